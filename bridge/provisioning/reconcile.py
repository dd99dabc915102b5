"""The loop that brings Clerk to what is decided: one lease holder, due people claimed and handed to workers, at once after
a commit and whenever time makes somebody due. What it holds it renews; what it loses it drops.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import structlog
from sqlalchemy import text

from bridge import metrics
from bridge.clerk.budget import Lane
from bridge.clerk.errors import ClerkError, KeyRefused
from bridge.dirty import persons as marks
from bridge.dirty.persons import Claim, Priority
from bridge.errors import BridgeError
from bridge.provisioning import timers
from bridge.provisioning.acting.run import CLAIM_MS
from bridge.provisioning.outage import Outages
from bridge.provisioning.sift import PAGE, sift
from bridge.provisioning.tools import Tools
from bridge.provisioning.worker import Worker
from bridge.store import leases
from scim.ports import Tx

SLOTS = 32  # people in work at once: enough to spend the limit where Clerk takes 300 ms for a call
URGENT_SLOTS = 8  # beside them, for those who must be out: they don't wait for a place
LEASE_MS = 4_000
POLL = 0.25  # seconds: the command line may write beside us
FORGET = 3600.0  # seconds
CHORES = 1.0  # seconds between timers, watches, seals
GRACE = 10.0  # seconds that a stop waits for what is in work
PATIENCE = 5.0  # seconds that somebody at the door waits for whoever has them in work
SOON = 0.05  # seconds

_ABANDONED = (
    text("UPDATE person SET claim_until = 0 WHERE clerk_instance = :instance AND claim_until > 0"),
    text("UPDATE workspace SET owner_claim_until = 0 WHERE clerk_instance = :instance AND owner_claim_until > 0"),
    text("UPDATE lease SET until = 0 WHERE clerk_instance = :instance"),
)
log = structlog.get_logger()
Chore = Callable[[], Awaitable[object]]


class Occupied(BridgeError):
    """Somebody else has the person in work, for long."""


class Reconciler:
    """`chores` run every second while we hold the lease. `alone`: nobody else can be on this database, so whatever was
    claimed before we came is nobody's any more."""

    def __init__(self, tools: Tools, chores: tuple[Chore, ...] = (), *, alone: bool = False) -> None:
        self._tools = tools
        self._worker = Worker(tools)
        own: tuple[Chore, ...] = (partial(timers.dates, tools), partial(timers.probes, tools), self._forget_hourly)
        self._chores = (*chores, *own)
        self._forget_at = 0.0
        self._alone = alone
        self._wake = asyncio.Event()
        self._stopping = False
        self._work: dict[asyncio.Task[Any], Claim] = {}
        self._outages = Outages()
        self._held_until = 0.0
        self._left = 0  # who need work, as far as was looked

    @property
    def holds_lease(self) -> bool:
        return asyncio.get_running_loop().time() < self._held_until

    @property
    def at_work(self) -> int:
        """How many people are in work."""
        return len(self._work)

    def wake(self) -> None:
        """Something was committed."""
        self._wake.set()

    async def bring(self, person: int) -> str:
        """Bring this person to what is decided now, due or not, ahead of everybody: they stand at the door.

        On any replica, with the lease or without. NotNow: Clerk is out of reach, and the person stays due.
        """
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while True:
            outcome = await self._brought(await self._claim_one(person, deadline))
            if outcome != "busy" or asyncio.get_running_loop().time() > deadline:
                return outcome
            await asyncio.sleep(SOON)

    async def _brought(self, claim: Claim) -> str:
        task = asyncio.create_task(self._worker.handle(claim, Lane.URGENT))
        self._work[task] = claim  # so that it is kept alive, also when whoever asked goes away
        task.add_done_callback(self._done)
        outcome = await asyncio.shield(task)
        metrics.reconciled.labels(outcome).inc()
        return outcome

    async def _claim_one(self, person: int, deadline: float) -> Claim:
        """Wait for whoever has the person in work."""
        while True:
            now, holder = self._tools.clock(), self._tools.holder
            claim = await self._tools.database.write(
                lambda tx: marks.claim_one(tx, person, holder, now=now, until=now + CLAIM_MS)  # noqa: B023 - awaited here
            )
            if claim is not None:
                return claim
            if asyncio.get_running_loop().time() > deadline:
                raise Occupied("sign_in_busy", "This account is being changed just now.", hint="Try again in a moment.")
            await asyncio.sleep(SOON)

    async def take_over(self) -> None:
        """Before `run`: where nobody else can be on this database, what was claimed before us is free again."""
        if self._alone:
            await self._tools.database.write(self._free)

    async def run(self) -> None:
        """Until `stop`."""
        beside = [asyncio.create_task(self._keep_alive()), asyncio.create_task(self._do_chores())]
        try:
            while not self._stopping:
                self._wake.clear()
                try:
                    wait = await self._round()
                except Exception:
                    log.exception("a round of the reconciler failed")
                    wait = CHORES
                await self._rest(wait)
        finally:
            for task in beside:
                task.cancel()
            await self._let_go()

    async def stop(self) -> None:
        """Take nobody on any more; `run` ends when what is in work is done."""
        self._stopping = True
        self._wake.set()

    async def _round(self) -> float:
        """Claim who is due; the seconds until somebody may be due again."""
        if not self.holds_lease:
            return POLL
        await timers.expand(self._tools)
        await self._sift()
        now, instance = self._tools.clock(), self._tools.instance
        if self._left <= 0:
            due_at = await self._tools.database.point(lambda tx: marks.next_due(tx, instance, now=now))
            return POLL if due_at is None else max(0.0, min(POLL, (due_at - now) / 1000))
        free = self._outages.admits(SLOTS) - len(self._work)
        if free <= 0:
            return self._outages.wait() or await self._urgent()
        limit = min(free, self._left)
        taken = await self._take(limit, Priority.BULK)
        self._left = self._left - limit if taken == limit else 0
        return 0.0 if taken == limit else POLL

    async def _urgent(self) -> float:
        """Every place is taken: only who must be out is let in beside."""
        free = self._outages.admits(SLOTS + URGENT_SLOTS) - len(self._work)
        if free > 0:
            await self._take(free, Priority.SIGN_OUT)
        return POLL

    async def _take(self, limit: int, worst: Priority) -> int:
        """Put so many due people to work, nobody less urgent than `worst`; how many there were."""
        now, instance, holder = self._tools.clock(), self._tools.instance, self._tools.holder
        until = now + CLAIM_MS
        claims = await self._tools.database.write(
            lambda tx: marks.claim(tx, instance, holder, now=now, until=until, limit=limit, worst=worst)
        )
        for claim in claims:
            task = asyncio.create_task(self._handle(claim))
            self._work[task] = claim
            task.add_done_callback(self._done)
        return len(claims)

    async def _sift(self) -> None:
        """Nobody who needs nothing takes a place; looked at again when those who need something are in work."""
        while self._left <= 0:
            try:
                sifted = await sift(self._tools)
            except Exception:
                log.exception("a page of people could not be sifted; each is looked at alone")
                self._left = PAGE
                return
            metrics.reconciled.labels("nothing").inc(sifted.done)
            self._left = sifted.left
            await self._tools.newcomers.look_up(self._tools.clerk, sifted.newcomers)
            if not sifted.more:
                return

    async def _handle(self, claim: Claim) -> None:
        try:
            outcome = await self._worker.handle(claim)
            self._outages.over()
        except ClerkError as error:
            outcome = "outage"
            self._outages.began(long=isinstance(error, KeyRefused))
            log.warning("clerk is out of reach; work waits", code=error.code, sentence=error.sentence, trace=error.trace)
        except Exception:
            outcome = "failed"
            log.exception("a person could not be reconciled", person=claim.person)
        metrics.reconciled.labels(outcome).inc()

    def _done(self, task: "asyncio.Task[Any]") -> None:
        self._work.pop(task, None)
        if not task.cancelled():
            task.exception()  # whoever asked for it may be gone
        self._wake.set()

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(seconds, 0.001)):
                await self._wake.wait()

    async def _keep_alive(self) -> None:
        """The lease, and every claim in work, long before they run out."""
        while True:
            loop, claims = asyncio.get_running_loop(), list(self._work.values())
            began, now = loop.time(), self._tools.clock()

            try:
                held = await self._tools.database.write(partial(self._renew, claims=claims, now=now))
            except Exception:
                log.exception("the lease could not be renewed")
                held = False
            if held and not self.holds_lease:
                log.info("lease taken", instance=self._tools.instance, holder=self._tools.holder)
                self._wake.set()
            # counted from before the write: we stop believing it before anybody else may start
            self._held_until = began + LEASE_MS / 1000 if held else 0.0
            self._tools.clerk.lead(held)
            await asyncio.sleep(LEASE_MS / 4000)

    def _renew(self, tx: Tx, claims: list[Claim], now: int) -> bool:
        for claim in claims:
            marks.renew(tx, claim, until=now + CLAIM_MS)
        tools = self._tools
        return leases.take(tx, tools.instance, tools.holder, now=now, lasts_ms=LEASE_MS) is not None

    async def _do_chores(self) -> None:
        while True:
            if self.holds_lease:
                for chore in self._chores:
                    try:
                        await chore()
                    except Exception:
                        log.exception("a chore failed")
            await asyncio.sleep(CHORES if self.holds_lease else POLL / 5)

    async def _forget_hourly(self) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._forget_at:
            self._forget_at = now + FORGET
            await timers.forget(self._tools)

    async def _let_go(self) -> None:
        """Finish what is in work, then leave the lease to others."""
        if self._work:
            await asyncio.wait(list(self._work), timeout=GRACE)
        for task in list(self._work):
            task.cancel()
        instance, holder = self._tools.instance, self._tools.holder
        await self._tools.database.write(lambda tx: leases.drop(tx, instance, holder))

    def _free(self, tx: Tx) -> None:
        for statement in _ABANDONED:
            tx.run(statement, instance=self._tools.instance)
