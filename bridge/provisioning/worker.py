"""One person at a time: claim -> situation -> plan -> brake -> apply -> finish. The worker's function is everybody's: the
background, a sign-in, a revocation.
"""

from collections.abc import Mapping
from dataclasses import replace

import orjson

from bridge.audit import events
from bridge.clerk.budget import Lane
from bridge.clerk.errors import Outage, Unknown
from bridge.dirty import persons as marks
from bridge.dirty.persons import Claim
from bridge.errors import BridgeError
from bridge.people import workspaces
from bridge.people.grant import Grant, State
from bridge.provisioning import batches, holds, situation
from bridge.provisioning.acting.apply import Ruled, apply
from bridge.provisioning.acting.link import Conflict, Merged
from bridge.provisioning.acting.look import look
from bridge.provisioning.acting.owners import Busy
from bridge.provisioning.acting.places import Places
from bridge.provisioning.acting.run import ClaimLost, Run, Stale
from bridge.provisioning.plan import Plan
from bridge.provisioning.population import Population
from bridge.provisioning.situation import Situation
from bridge.provisioning.tools import Tools
from scim.ports import Tx

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

    async def handle(self, claim: Claim, *, actor: str = "system") -> str:
        """Bring one claimed person to what is decided; says how it ended. Outage and Unknown pass on, claim released."""
        try:
            return await self._settle(claim, actor)
        except ClaimLost:
            return "claim_lost"
        except Busy:
            await self._release(claim, self._tools.clock() + _BUSY_MS, unknown=False, problem=None)
            return "busy"
        except (Outage, Unknown) as error:
            await self._release(
                claim, self._tools.clock(), unknown=claim.was_open or isinstance(error, Unknown), problem=error
            )
            raise
        except Exception as error:
            wait = min(1_000 * 2**claim.tries, _LONGEST_MS)
            await self._release(claim, self._tools.clock() + wait, unknown=True, problem=error)
            if not isinstance(error, BridgeError):
                raise
            return "failed"

    async def _settle(self, claim: Claim, actor: str) -> str:
        looked = not claim.was_open
        for _ in range(ROUNDS):
            known = await self._load(claim.person)
            if known is None:
                return "gone"
            run = Run(self._tools, claim, known, _lane(known), actor)
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
            return await self._in_conflict(run, str(conflict), now)
        await self._finish(run, plan.again_at)
        return "applied" if ruled.steps else "nothing"

    async def _rule(self, run: Run, plan: Plan, now: int) -> Ruled:
        """The brake's say, and the rows as they are to be before the first call, in one transaction."""
        rows = {row.workspace: row for row in plan.rows}
        if not plan.losses and not await self._tools.database.point(lambda tx: holds.concern(tx, run.person)):
            await self._write_rows(run, rows)
            return Ruled(plan.steps, rows, False)
        if run.situation.person.revoked is not None:
            ruling = holds.Ruling(plan.losses, (), ())
            await run.record(lambda tx: holds.pass_by(tx, run.person, now=now))
        else:
            ruling = await self._judge(run, plan, now)
        for step, hold, _ in ruling.held:
            rows[step.workspace] = replace(rows[step.workspace], state=State.HELD, cause=f"waits in hold h{hold}")
        for step in ruling.kept:
            rows[step.workspace] = replace(rows[step.workspace], state=State.RETAINED, cause="its removal was discarded")
        await self._write_rows(run, rows)
        gains = tuple(step for step in plan.steps if not step.is_loss)
        return Ruled((*gains, *ruling.go), rows, bool(ruling.held or ruling.kept))

    async def _judge(self, run: Run, plan: Plan, now: int) -> holds.Ruling:
        batch, facts = run.situation.person.batch, run.situation.facts_digest()
        whole = await batches.verdict(self._tools, self._population, batch) if batch and plan.losses else None

        def work(tx: Tx) -> holds.Ruling:
            limits = self._population.limits(tx, plan.losses, whole)
            ruling = holds.rule(tx, run.person, plan.losses, limits, facts=facts, now=now)
            for step, hold, why in ruling.held:
                if why != holds.WAITING:
                    events.record(tx, run.event("hold.added", {"why": why, "from": step.from_role}, subject=f"h{hold}"))
            return ruling

        return await self._tools.database.write(work)

    async def _write_rows(self, run: Run, rows: Mapping[int, Grant]) -> None:
        believed = {row.workspace: row for row in run.situation.grants}
        changed = [row for row in rows.values() if row != believed.get(row.workspace)]
        if changed:
            await run.record(rows=changed)

    async def _in_conflict(self, run: Run, sentence: str, now: int) -> str:
        doubted = replace(run.situation, conflict=sentence)
        plan = situation.plan(doubted, self._tools.settings, now=now)
        await run.record(rows=plan.rows, event=run.event("person.conflict", {"sentence": sentence}))
        await self._finish(run, None)
        return "conflict"

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
