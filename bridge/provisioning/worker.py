"""One person at a time: claim -> situation -> plan -> brake -> apply -> finish."""

from collections.abc import Iterable
from dataclasses import replace

import orjson
import structlog

from bridge.audit import events
from bridge.clerk.budget import Lane
from bridge.clerk.errors import NotNow, Unknown
from bridge.dirty import persons as marks
from bridge.dirty.persons import Claim
from bridge.errors import BridgeError
from bridge.people import grants, persons, workspaces
from bridge.people.grant import Grant, State
from bridge.people.persons import Doubt
from bridge.provisioning import batches, holds, situation
from bridge.provisioning.acting.apply import apply
from bridge.provisioning.acting.link import Conflict, Merged
from bridge.provisioning.acting.look import look
from bridge.provisioning.acting.places import Places
from bridge.provisioning.acting.refused import Refused
from bridge.provisioning.acting.ruled import Ruled
from bridge.provisioning.acting.run import Busy, ClaimLost, Run, Stale
from bridge.provisioning.plan import Plan
from bridge.provisioning.population import Population
from bridge.provisioning.situation import Situation
from bridge.provisioning.tools import Tools
from bridge.rulebook import Unusable
from scim.ports import Tx

log = structlog.get_logger()

ROUNDS = 8
_BUSY_MS = 300
_LONGEST_MS = 300_000


class Unsettled(BridgeError):
    """Clerk kept showing something new; somebody else changes the same person there."""


class Worker:
    """`tools` are shared by every run of this process."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._places = Places()
        self._population = Population(tools.settings, tools.clock)

    async def handle(self, claim: Claim, lane: Lane | None = None) -> str:
        """Bring one claimed person to what is decided; says how it ended. NotNow passes on, with the claim released.

        `lane`: of the calls to Clerk; without it, what the person's own state asks for.
        """
        try:
            return await self._settle(claim, lane)
        except ClaimLost:
            return "claim_lost"
        except Busy:
            await self._release(claim, self._tools.clock() + _BUSY_MS, unknown=False, problem=None)
            return "busy"
        except NotNow as error:
            await self._release(
                claim, self._tools.clock(), unknown=claim.was_open or isinstance(error, Unknown), problem=error
            )
            raise
        except Exception as error:
            wait = min(1_000 * 2**claim.tries, _LONGEST_MS)
            unknown = claim.was_open or not isinstance(error, Unusable)  # which comes before any call
            await self._release(claim, self._tools.clock() + wait, unknown=unknown, problem=error)
            if not isinstance(error, BridgeError):
                raise
            log.warning("a person must wait", person=claim.person, code=error.code, sentence=error.sentence, ms=wait)
            return "failed"

    async def _settle(self, claim: Claim, lane: Lane | None) -> str:
        looked = not claim.was_open
        for _ in range(ROUNDS):
            known = await self._load(claim.person)
            if known is None:
                return "gone"
            if known.unusable is not None:
                raise known.unusable
            run = Run(self._tools, claim, known, _lane(known) if lane is None else lane)
            try:
                if not looked:
                    await look(run)
                    looked = True
                    continue
                return await self._once(run)
            except Stale:
                continue
            except Merged:
                return "joined"
        raise Unsettled("unsettled", f"Clerk showed something else in each of {ROUNDS} looks.")

    async def _once(self, run: Run) -> str:
        now = self._tools.clock()
        plan = situation.plan(run.situation, self._tools.settings, now=now)
        ruled = await self._rule(run, plan, now)
        try:
            await apply(run, ruled, self._places)
        except Conflict as conflict:
            return await self._in_conflict(run, conflict.doubt, now)
        except Refused as refused:
            await self._put_off(run, refused, plan.again_at)
            return "refused"
        await self._finish(run, plan.again_at)
        return "applied" if ruled.steps else "nothing"

    async def _rule(self, run: Run, plan: Plan, now: int) -> Ruled:
        """The brake's say, and the rows as they are to be before the first call, in one transaction."""
        quiet = not plan.losses and not await self._tools.database.point(lambda tx: holds.concern(tx, run.person))
        if quiet and not _changed(run, plan.rows):
            return Ruled(plan.steps, _by_workspace(plan.rows), False)
        batch = run.situation.person.batch
        whole = await batches.verdict(self._tools, self._population, batch) if batch and plan.losses else None
        return await run.decide(lambda tx: self._ruled(tx, run, plan, whole, now))

    def _ruled(self, tx: Tx, run: Run, plan: Plan, whole: str | None, now: int) -> Ruled:
        ruling = self._judged(tx, run, plan, whole, now)
        rows = _by_workspace(plan.rows)
        for one in ruling.held:
            pk = one.step.workspace
            rows[pk] = replace(rows[pk], state=State.HELD, cause=f"waits in hold h{one.hold}")
            if one.why is not None:
                facts = {"why": one.why, "from": one.step.from_role}
                events.record(tx, run.event("hold.added", facts, subject=f"h{one.hold}"))
        for step in ruling.kept:
            rows[step.workspace] = replace(rows[step.workspace], state=State.RETAINED, cause="its removal was discarded")
        grants.put(tx, run.person, _changed(run, rows.values()))
        gains = tuple(step for step in plan.steps if not step.is_loss)
        return Ruled((*gains, *ruling.go), rows, bool(ruling.held or ruling.kept))

    def _judged(self, tx: Tx, run: Run, plan: Plan, whole: str | None, now: int) -> holds.Ruling:
        if run.situation.person.revoked is not None:
            holds.pass_by(tx, run.person, now=now)
            return holds.Ruling(plan.losses, (), ())
        limits = self._population.limits(tx, plan.losses, whole)
        return holds.rule(tx, run.person, plan.losses, limits, facts=run.situation.facts_digest(), now=now)

    async def _in_conflict(self, run: Run, doubt: Doubt, now: int) -> str:
        """It stands, and costs no call again, until a human says or the address is another one."""
        doubted = replace(run.situation, conflict=doubt.sentence)
        plan = situation.plan(doubted, self._tools.settings, now=now)
        event = run.event("person.conflict", {"sentence": doubt.sentence, "clerk_user": doubt.clerk_user})
        await run.record(lambda tx: persons.set_conflict(tx, run.person, doubt), rows=plan.rows, event=event)
        await self._finish(run, None)
        return "conflict"

    async def _put_off(self, run: Run, refused: Refused, again_at: int | None) -> None:
        """What Clerk refuses about one person is tried again, ever more seldom; what is due before then does not wait."""
        at = self._tools.clock() + refused.wait_ms(run.claim.tries)
        moments = [at, again_at, run.situation.next_change_at]
        not_before = min(moment for moment in moments if moment is not None)
        await self._release(run.claim, not_before, unknown=False, problem=refused.error)

    async def _load(self, person: int) -> Situation | None:
        """The situation, with a row for every workspace that is decided."""
        tools, now = self._tools, self._tools.clock()

        def load(tx: Tx) -> Situation | None:
            return situation.load(tx, tools.settings, tools.rulebook, person, now=now)

        known = await tools.database.read(load)
        if known is not None and known.missing:
            missing = known.missing
            await tools.database.write(lambda tx: workspaces.ensure(tx, tools.instance, missing))
            known = await tools.database.read(load)
        return known

    async def _finish(self, run: Run, again_at: int | None) -> None:
        claim, at, now = run.claim, run.situation.next_change_at, self._tools.clock()

        def work(tx: Tx) -> bool:
            done = marks.finish(tx, claim, again_at=again_at, next_change_at=at)
            if not done:  # what we did overlapped with another worker: let it be looked at again
                marks.mark(tx, [claim.person], now=now, cause="a claim was lost")
            return done

        if not await self._tools.database.write(work):
            raise ClaimLost

    async def _release(self, claim: Claim, not_before: int, *, unknown: bool, problem: Exception | None) -> None:
        shown = _problem(problem, self._tools.clock()) if problem is not None else None
        await self._tools.database.write(
            lambda tx: marks.release(tx, claim, not_before=not_before, unknown=unknown, problem=shown)
        )


def _by_workspace(rows: Iterable[Grant]) -> dict[int, Grant]:
    return {row.workspace: row for row in rows}


def _changed(run: Run, rows: Iterable[Grant]) -> list[Grant]:
    """Those that are not as they were read."""
    believed = _by_workspace(run.situation.grants)
    return [row for row in rows if row != believed.get(row.workspace)]


def _lane(known: Situation) -> Lane:
    if not known.active:
        return Lane.URGENT
    return Lane.BULK if known.person.batch is not None else Lane.NORMAL


def _problem(error: Exception, now: int) -> str:
    if isinstance(error, BridgeError):
        shown = {"code": error.code, "sentence": error.sentence, "at": now}
    else:
        shown = {"code": "internal", "sentence": f"{type(error).__name__}: {error}"[:300], "at": now}
    return orjson.dumps(shown).decode()
