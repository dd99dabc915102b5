"""The lease holder's round of people whose sessions are due: look, end what is over, write when to come back.

No claim on the person: to end a session twice is to end it, and what is known is merged with what others learn meanwhile.
While Clerk is away everybody stays due, and one tries.
"""

import asyncio
from collections.abc import Callable
from functools import partial

import structlog

from bridge import metrics
from bridge.audit import events
from bridge.audit.events import Event
from bridge.clerk import sessions
from bridge.clerk.budget import Lane
from bridge.clerk.errors import ClerkError, KeyRefused, NotNow
from bridge.clerk.sessions import Session
from bridge.people import grants, persons
from bridge.people.persons import Person
from bridge.provisioning.outage import Outages
from bridge.provisioning.sessions import due, watch
from bridge.provisioning.sessions.limits import limits
from bridge.provisioning.sessions.sweep import Sweep
from bridge.provisioning.sessions.watch import End, Limits, Seen, Watch
from bridge.provisioning.tools import Tools
from scim.ports import Tx

SLOTS = 4  # people in work at once
PAGE = 100
EVERY = 1.0  # seconds between rounds
REFUSED_MS = 600_000

log = structlog.get_logger()


class Patrol:
    """`leads` tells whether this process holds the lease of the Clerk instance."""

    def __init__(self, tools: Tools, leads: Callable[[], bool]) -> None:
        self._tools = tools
        self._leads = leads
        self._sweep = Sweep(tools)
        self._outages = Outages()
        self._slots = asyncio.Semaphore(SLOTS)

    async def run(self) -> None:
        """Until cancelled. What is not done stays due."""
        while True:
            try:
                await self._round()
            except ClerkError as error:
                self._away(error)
            except Exception:
                log.exception("a round of sessions failed")
            await asyncio.sleep(EVERY)

    async def _round(self) -> None:
        if self._leads() and self._outages.admits(1):
            await self._swept()
        while people := await self._due():
            await asyncio.gather(*map(self._handle, people))

    async def _swept(self) -> None:
        """Where Clerk won't say who was active, whose sessions are known still end in time."""
        try:
            await self._sweep.tick()
        except NotNow:
            raise
        except ClerkError as error:
            self._sweep.put_off()
            log.warning("clerk won't say who was active", code=error.code, sentence=error.sentence, trace=error.trace)

    async def _due(self) -> list[int]:
        """The next page; while Clerk is away one person, to see whether it is back."""
        limit = self._outages.admits(PAGE) if self._leads() else 0
        now, instance = self._tools.clock(), self._tools.instance
        return await self._tools.database.point(lambda tx: due.due(tx, instance, now=now, limit=limit)) if limit else []

    async def _handle(self, pk: int) -> None:
        async with self._slots:
            if self._outages.wait() > 0:
                return
            try:
                if await self._judge(pk):
                    self._outages.over()
            except NotNow as error:
                self._away(error)
            except ClerkError as error:
                log.warning("clerk refused", person=pk, code=error.code, sentence=error.sentence, trace=error.trace)
                await self._postpone(pk)
            except Exception:
                log.exception("a person's sessions could not be judged", person=pk)
                await self._postpone(pk)

    async def _postpone(self, pk: int) -> None:
        until = self._tools.clock() + REFUSED_MS
        await self._tools.database.write(partial(due.postpone, person=pk, until=until))

    async def _judge(self, pk: int) -> bool:
        """Whether Clerk was asked, and answered."""
        now, database = self._tools.clock(), self._tools.database
        person, known, rule = await database.point(partial(self._load, pk=pk))
        if person is None:
            return False
        look = bool(rule) and watch.needs_look(known, rule, now)
        change: Callable[[Watch], Watch] = _same
        if look and person.clerk_user is not None:
            live = await sessions.live(self._tools.clerk, person.clerk_user, lane=Lane.NORMAL)
            metrics.session_looks.inc()
            change = partial(watch.looked, live=[_seen(one) for one in live], at=now)
        known, rule = await database.write(lambda tx: self._settled(tx, pk, change, now))
        ends = watch.over(known, rule, now)
        for end in ends:
            await self._end(person, end, now)
        return look or bool(ends)

    def _load(self, tx: Tx, pk: int) -> tuple[Person | None, Watch, Limits]:
        """The person, what is known, and what holds for them."""
        return persons.get(tx, pk), due.known(tx, pk), self._limits(tx, pk)

    def _limits(self, tx: Tx, pk: int) -> Limits:
        """None for whom nothing is granted, or who has no user at Clerk."""
        person = persons.get(tx, pk)
        linked = person is not None and person.clerk_user is not None
        return limits(self._tools.settings.connections, grants.of_person(tx, pk) if linked else ())

    def _settled(self, tx: Tx, pk: int, change: Callable[[Watch], Watch], now: int) -> tuple[Watch, Limits]:
        return due.update(tx, pk, change, lambda: self._limits(tx, pk), now=now)

    async def _end(self, person: Person, end: End, now: int) -> None:
        """The call, then its record: a crash between leaves a session to be ended that is over."""
        was_live = await sessions.revoke(self._tools.clerk, end.session, lane=Lane.NORMAL)

        def work(tx: Tx) -> None:
            self._settled(tx, person.pk, partial(watch.without, session=end.session), now)
            if was_live:
                events.record(tx, _expired(person, end, now))

        await self._tools.database.write(work)
        if was_live:
            metrics.sessions_expired.labels(end.why).inc()

    def _away(self, error: ClerkError) -> None:
        if self._outages.wait() == 0:
            log.warning("clerk is out of reach; sessions wait", code=error.code, sentence=error.sentence, trace=error.trace)
        self._outages.began(long=isinstance(error, KeyRefused))


def _expired(person: Person, end: End, now: int) -> Event:
    span = "age" if end.why == "max_age" else "rested"
    facts = {"session": end.session, "why": end.why, span: end.ms // 1000, "limit": end.limit.ms // 1000}
    return Event(end.limit.connection, now, "system", "session.expired", person=person.pk, subject=person.id, facts=facts)


def _seen(one: Session) -> Seen:
    return Seen(one.id, one.created, one.active, one.expires)


def _same(known: Watch) -> Watch:
    return known
