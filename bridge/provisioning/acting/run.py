"""One claimed person in a worker's hands: every fact about Clerk is written as soon as it is known, with its audit event,
and each write keeps the claim alive. A claim that was lost stops the run: somebody else has the person now.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from bridge.audit import events
from bridge.audit.events import Event
from bridge.clerk.budget import Lane
from bridge.clerk.memberships import Membership
from bridge.dirty import persons as marks
from bridge.dirty.persons import Claim
from bridge.people import grants
from bridge.people.grant import Grant
from bridge.provisioning.observed import Seen
from bridge.provisioning.situation import Situation
from bridge.provisioning.tools import Tools
from scim.ports import Tx

CLAIM_MS = 10_000  # the reconciler renews what it holds every second


T = TypeVar("T")


def _nothing(_: Tx) -> None:
    """No work beside rows and event."""


class ClaimLost(Exception):
    """Another worker took the person over."""


class Stale(Exception):
    """Clerk had something else than we believed. The rows are corrected; plan again."""


class Busy(Exception):
    """Somebody else is just doing what this waits for; try again in a moment."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a run knows and needs; its writes go through `record`."""

    tools: Tools
    claim: Claim
    situation: Situation
    lane: Lane

    @property
    def person(self) -> int:
        return self.claim.person

    @property
    def connection(self) -> str:
        """The connection whose audit trail tells of this person."""
        leading = self.situation.leading
        return leading.account.connection if leading else "-"

    async def record(
        self, work: Callable[[Tx], object] = _nothing, rows: Sequence[Grant] = (), event: Event | None = None
    ) -> None:
        """`work(tx)`, rows and an event in one transaction; renews the claim."""
        await self.decide(work, rows, event)

    async def decide(self, work: Callable[[Tx], T], rows: Sequence[Grant] = (), event: Event | None = None) -> T:
        """The same, with what `work` found."""
        until = self.tools.clock() + CLAIM_MS

        def write(tx: Tx) -> tuple[T] | None:
            if not marks.renew(tx, self.claim, until=until):
                return None
            found = work(tx)
            grants.put(tx, self.person, rows)
            if event is not None:
                events.record(tx, event)
            return (found,)

        written = await self.tools.database.write(write)
        if written is None:
            raise ClaimLost
        return written[0]

    def seen(self, one: Membership) -> Seen:
        """A membership of this person's, as Clerk has it."""
        return Seen(one.id, one.role, made_here=one.person == self.situation.person.id)

    def event(self, action: str, facts: Mapping[str, Any], *, subject: str | None = None) -> Event:
        """An audit event about this person."""
        return Event(
            self.connection,
            self.tools.clock(),
            "system",
            action,
            person=self.person,
            subject=subject or self.situation.person.id,
            facts=facts,
        )
