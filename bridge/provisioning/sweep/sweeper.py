"""The periodic sweep: the lease holder compares everybody with Clerk, in a few calls of the lane that waits for all others.

It changes nobody: whoever differs from what we believe is due with a look, and the worker judges what it finds (rule R9).
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import aclosing
from functools import partial

import structlog

from bridge import metrics
from bridge.audit import events
from bridge.audit.events import Event
from bridge.clerk.budget import Lane
from bridge.clerk.errors import ClerkError
from bridge.dirty import persons as marks
from bridge.dirty.persons import Priority
from bridge.people import persons, workspaces
from bridge.provisioning.sweep import believed
from bridge.provisioning.sweep.compare import NEWS, Difference, Kind
from bridge.provisioning.sweep.gone import gone
from bridge.provisioning.sweep.survey import Surveyed, survey
from bridge.provisioning.tools import Tools
from bridge.store import leases
from scim.ports import Tx

CAUSE = "the sweep saw something else in Clerk"
_COUNTED = ("workspaces", "members", "marked", "drifted", "foreign", "gone")
LONGEST_WAIT = 30.0  # seconds between looks at the lease
log = structlog.get_logger()


class Sweeper:
    """`every` in seconds, 0 for never. `leads`: do we hold the instance's lease?"""

    def __init__(self, tools: Tools, every: int, leads: Callable[[], bool]) -> None:
        self._tools = tools
        self._every = every
        self._leads = leads

    async def run(self) -> None:
        """Until cancelled. When the last one ended stands in the database: a new holder doesn't begin anew."""
        while self._every:
            try:
                wait = await self._due_in()
                if wait <= 0 and self._leads():
                    await self.sweep()
            except ClerkError as error:
                log.warning("the sweep will be tried again", code=error.code, sentence=error.sentence, trace=error.trace)
                wait = LONGEST_WAIT
            except Exception:
                log.exception("the sweep failed")
                wait = LONGEST_WAIT
            await asyncio.sleep(min(max(wait, 1.0), LONGEST_WAIT))

    async def sweep(self) -> dict[str, int]:
        """Once, now; the counts, as the audit trail has them. Who loses the lease on the way leaves it to the next one."""
        tools, counts = self._tools, Counter[str]()
        places = list((await tools.database.read(lambda tx: workspaces.all_of(tx, tools.instance))).values())
        async with aclosing(survey(tools, tools.clerk, places, lane=Lane.BULK)) as found:
            async for one in found:
                if not self._leads():
                    return dict(counts)
                counts.update(await tools.database.write(partial(self._noted, one=one)))
        await self._end({key: counts[key] for key in _COUNTED})
        return dict(counts)

    async def _end(self, facts: dict[str, int]) -> None:
        tools, now = self._tools, self._tools.clock()
        metrics.drifted.labels(tools.instance).set(facts["drifted"])
        metrics.sweeps.labels(tools.instance).inc()

        def end(tx: Tx) -> None:
            leases.swept(tx, tools.instance, at=now)
            events.record(tx, Event("-", now, "system", "clerk.swept", facts=facts))

        await tools.database.write(end)
        log.info("clerk swept", **facts)

    async def _due_in(self) -> float:
        """Seconds until the next one; the first comes a period after the first start."""
        tools, now = self._tools, self._tools.clock()
        last = await tools.database.point(lambda tx: leases.last_sweep(tx, tools.instance))
        if last is None:
            await tools.database.write(lambda tx: leases.swept(tx, tools.instance, at=now))
        return self._every - (now - (last or now)) / 1000

    def _noted(self, tx: Tx, one: Surveyed) -> dict[str, int]:
        """Who is to be looked at is due, unless somebody was at work on them since."""
        now = self._tools.clock()
        known = workspaces.by_reference(tx, self._tools.instance, one.workspace.reference)
        if known is None or known.organization != one.workspace.organization:
            return {}  # it was made again since it was read
        if one.organization is None:
            gone(tx, one.workspace, now=now)
            return {"workspaces": 1, "gone": 1}
        news = {item.known.pk: item for item in one.differences if item.known is not None and item.kind in NEWS}
        rested = {pk: item.known.wanted for pk, item in news.items() if item.known and item.known.wanted is not None}
        look = believed.still(tx, rested, now=now)
        self._let_in_again(tx, [item for item in one.differences if item.kind is Kind.UNBANNED], set(look), now)
        marks.mark(tx, look, now=now, cause=CAUSE, priority=Priority.BULK, look=True)
        marks.mark(tx, one.stuck, now=now, cause="the workspace is open again")
        return {
            "workspaces": 1,
            "members": one.members,
            "marked": len(look),
            "drifted": sum(item.drifted for item in one.differences),
            "foreign": sum(item.kind is Kind.FOREIGN for item in one.differences),
        }

    def _let_in_again(self, tx: Tx, found: list[Difference], look: set[int], now: int) -> None:
        """A ban of ours that somebody lifted is no ban any more; the worker decides whether there should be one."""
        for item in found:
            if item.known is not None and item.known.pk in look:
                persons.set_barred(tx, item.known.pk, None)
                facts = {"clerk_user": item.user}
                events.record(tx, Event("-", now, "system", "clerk.unbarred_by_hand", person=item.known.pk, facts=facts))
