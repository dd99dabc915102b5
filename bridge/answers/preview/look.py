"""One page of people by two versions of the rules: what each of them has ahead, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bridge.answers.everybody import Places
from bridge.provisioning import holds, situation
from bridge.provisioning.forecast import Ahead, ahead
from bridge.provisioning.situation import Situation
from bridge.provisioning.tools import View
from bridge.rulebook import Rules
from mappings.compare import Comparison, Reason
from mappings.decide import Decision
from mappings.decide import Grant as Given
from mappings.roles import Role
from scim.ports import Tx

Wish = tuple[int, str, str | None]
_DUE = "due whatever the file says"


@dataclass(frozen=True, slots=True)
class Seen:
    """A person for whom something is ahead by the file or without it. `before`: what is wanted by the version in
    service; `reasons`: by workspace; `groups`: of those with a group to blame."""

    ahead: Ahead
    id: str
    email: str | None
    before: frozenset[Wish]
    reasons: Mapping[int, Reason]
    groups: frozenset[str]


@dataclass
class Looking:
    """`present`: how many of the connection's people are in each workspace; `people`: how many there are."""

    view: View
    connection: str
    supposed: Rules
    comparison: Comparison
    now: int
    places: Places = field(default_factory=Places)
    present: dict[int, int] = field(default_factory=dict)
    people: int = 0

    def page(self, tx: Tx, pks: Sequence[int]) -> list[Seen]:
        """Who of these has anything ahead."""
        read = situation.read(tx, self.view.settings, pks)
        before = situation.decided(tx, self.view.rulebook, read, now=self.now)
        after = situation.decided(tx, self.supposed, read, now=self.now)
        held = holds.of_people(tx, pks)
        self.people += len(read)
        seen = [self._one(was, will, held[was.person.pk]) for was, will in zip(before, after, strict=True)]
        return [one for one in seen if one is not None]

    def _one(self, was: Situation, will: Situation, held: Sequence[Any]) -> Seen | None:
        was, will = self.places.placed(was), self.places.placed(will)
        for grant in was.grants:
            if grant.in_clerk is not None:
                self.present[grant.workspace] = self.present.get(grant.workspace, 0) + 1
        settings = self.view.settings
        by_file = ahead(will, settings, held, now=self.now)
        without = by_file if _same(was, will) else ahead(was, settings, held, now=self.now)
        wishes = by_file.wishes
        if not wishes and not without.wishes:
            return None
        reasons = {wish[0]: self._reason(was, will, wish) for wish in wishes - without.wishes}
        email = will.leading.account.email if will.leading else None
        blamed = any(reason.asks for reason in reasons.values())
        return Seen(by_file, will.person.id, email, without.wishes, reasons, _groups(will) if blamed else frozenset())

    def _reason(self, was: Situation, will: Situation, wish: Wish) -> Reason:
        """By the account of this connection; where both versions decide the same, it is due for another cause."""
        moment, reference = datetime.fromtimestamp(self.now / 1000, UTC), will.workspaces[wish[0]].reference
        for old, new in zip(was.known, will.known, strict=True):
            if new.account.connection != self.connection or new.identity is None:
                continue
            for alias in {**_given(old.decision), **_given(new.decision)}:
                found = new.reference(alias)
                if found is not None and found.key == reference:
                    reason = self.comparison.reason(new.identity, alias, old.decision, new.decision, moment)
                    if reason is not None:
                        return reason
        return Reason(0, _DUE)


def _same(was: Situation, will: Situation) -> bool:
    """Do both versions give the same roles? Most people see no difference."""
    return all(_roles(old.decision) == _roles(new.decision) for old, new in zip(was.known, will.known, strict=True))


def _roles(decision: Decision | None) -> Mapping[str, Role] | None:
    return None if decision is None else {alias: grant.role for alias, grant in decision.grants.items()}


def _given(decision: Decision | None) -> Mapping[str, Given]:
    return decision.grants if decision is not None else {}


def _groups(one: Situation) -> frozenset[str]:
    return frozenset(group.name for known in one.known if known.identity for group in known.identity.groups)
