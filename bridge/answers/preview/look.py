"""One page of people by two versions of the rules: what each of them has ahead, and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from bridge.answers.everybody import Places
from bridge.people import accounts, grants
from bridge.people.grant import State
from bridge.provisioning import holds, situation
from bridge.provisioning.forecast import Ahead, Wish, ahead
from bridge.provisioning.heirs import last_resort
from bridge.provisioning.situation import Situation
from bridge.provisioning.tools import View
from bridge.rulebook import Rules
from mappings.compare import Comparison, Reason
from mappings.decide import Decision
from mappings.decide import Grant as Given
from mappings.roles import Role
from scim.keys import fold
from scim.ports import Tx

_NO_STATES: Mapping[int, State] = {}
_NO_GROUPS: frozenset[str] = frozenset()
_OTHERS = "it waited, and what happens to others decides about it"


@dataclass(frozen=True, slots=True)
class Seen:
    """A person for whom something is ahead, by the file or `without` it (None: nothing). `states`: of their rows now,
    which stay so without the file unless they are `due`. `reasons`: by workspace; `groups`: of those with a group to blame.

    A hundred thousand of them are kept, so what they have in common is one object.
    """

    ahead: Ahead
    without: Ahead | None
    due: bool
    id: str
    email: str | None
    states: Mapping[int, State]
    reasons: Mapping[int, Reason]
    groups: frozenset[str]


@dataclass
class Looking:
    """`people`: how many were looked at, all of the connection and who else is concerned; `present`: how many of them are
    in each workspace; `joining`: how many of those who gain something are known to Clerk through another connection."""

    view: View
    connection: str
    supposed: Rules
    comparison: Comparison
    now: int
    places: Places = field(default_factory=Places)
    present: dict[int, int] = field(default_factory=dict)
    people: int = 0
    joining: int = 0
    _told: dict[tuple[tuple[int, Reason], ...], Mapping[int, Reason]] = field(default_factory=dict)

    def page(self, tx: Tx, pks: Sequence[int]) -> list[Seen]:
        """Who of these has anything ahead."""
        looked = self._look(tx, pks)
        for was, _ in looked:
            self._count(was)
        return [seen for _, seen in looked if seen is not None]

    def bystanders(self, tx: Tx, seen: Sequence[Seen]) -> list[Seen]:
        """People of other connections who were kept as last owners, where these people bring somebody who can govern."""
        roles = self.view.settings.bridge.roles
        places = {
            step.workspace for one in seen for step in one.ahead.gains if step.to_role in {roles["owner"], roles["admin"]}
        }
        kept = {person for place in places for person in grants.retained_in(tx, place, 0)}
        mine = {one.person for one in accounts.of_people(tx, sorted(kept)) if one.connection == self.connection}
        found = [(was, one) for was, one in self._look(tx, sorted(kept - mine)) if one is not None and one.ahead.every_loss]
        for was, _ in found:
            self._count(was)
        bystanders = [replace(one, ahead=replace(one.ahead, apart=True)) for _, one in found]
        return [*bystanders, *self._heirs(tx, [*seen, *bystanders])]

    def _heirs(self, tx: Tx, seen: Sequence[Seen]) -> list[Seen]:
        """Who is made owner where the last one goes, and has nothing else ahead."""
        owner, settings = self.view.settings.bridge.roles["owner"], self.view.settings
        places = {step.workspace for one in seen for step in one.ahead.every_loss if step.from_role == owner}
        known = {one.ahead.person for one in seen}
        heirs = [last_resort(tx, settings, self.places.by_key[place].reference) for place in sorted(places)]
        new = sorted({heir.pk for heir in heirs if heir is not None} - known)
        read = situation.decided(tx, self.view.rulebook, situation.read(tx, settings, new, now=self.now), now=self.now)
        held = holds.of_people(tx, new)
        return [self._waiting(self.places.placed(one), held[one.person.pk]) for one in read]

    def _waiting(self, one: Situation, held: Sequence[Any]) -> Seen:
        theirs = ahead(one, self.view.settings, held, now=self.now)
        email = one.leading.account.email if one.leading else None
        return Seen(replace(theirs, apart=True), None, False, one.person.id, email, _NO_STATES, {}, _NO_GROUPS)

    def _look(self, tx: Tx, pks: Sequence[int]) -> list[tuple[Situation, Seen | None]]:
        """Each as they are, and what is ahead of them."""
        read = situation.read(tx, self.view.settings, pks, now=self.now)
        others = accounts.linked_at(tx, [fold(email) for one in read if (email := _new_at_clerk(one))])
        read = [_doubted(one, others) for one in read]
        before = situation.decided(tx, self.view.rulebook, read, now=self.now)
        after = situation.decided(tx, self.supposed, read, now=self.now)
        held = holds.of_people(tx, pks)
        seen = [self._one(was, will, held[was.person.pk]) for was, will in zip(before, after, strict=True)]
        self.joining += sum(
            one is not None and bool(one.ahead.gains) and fold(_new_at_clerk(was) or "") in others
            for was, one in zip(read, seen, strict=True)
        )
        return list(zip(before, seen, strict=True))

    def _count(self, one: Situation) -> None:
        self.people += 1
        for grant in one.grants:
            if grant.in_clerk is not None:
                self.present[grant.workspace] = self.present.get(grant.workspace, 0) + 1

    def _one(self, was: Situation, will: Situation, held: Sequence[Any]) -> Seen | None:
        was, will = self.places.placed(was), self.places.placed(will)
        settings = self.view.settings
        by_file = ahead(will, settings, held, now=self.now, marked_at=self.now)
        due = was.person.wanted > was.person.applied
        without = by_file if _same(was, will) and not due else ahead(was, settings, held, now=self.now)
        wishes, waiting = by_file.wishes, without.wishes
        if not wishes and not waiting:
            return None
        reasons = self._reasons(was, will, wishes)
        blamed = any(reason.asks for reason in reasons.values())
        return Seen(
            ahead=by_file,
            without=without if waiting else None,
            due=due,
            id=will.person.id,
            email=will.leading.account.email if will.leading else None,
            states={grant.workspace: grant.state for grant in was.grants} if waiting else _NO_STATES,
            reasons=reasons,
            groups=_groups(will) if blamed else _NO_GROUPS,
        )

    def _reasons(self, was: Situation, will: Situation, wishes: Iterable[Wish]) -> Mapping[int, Reason]:
        reasons = {workspace: self._reason(was, will, workspace) for workspace in sorted({wish[0] for wish in wishes})}
        return self._told.setdefault(tuple(reasons.items()), reasons)

    def _reason(self, was: Situation, will: Situation, workspace: int) -> Reason:
        """By the account of this connection; both versions may decide the same of somebody who waits for others."""
        moment, reference = datetime.fromtimestamp(self.now / 1000, UTC), will.workspaces[workspace].reference
        for old, new in zip(was.known, will.known, strict=True):
            if new.account.connection != self.connection or new.identity is None:
                continue
            for alias in {**_given(old.decision), **_given(new.decision)}:
                found = new.reference(alias)
                if found is not None and found.key == reference:
                    reason = self.comparison.reason(new.identity, alias, old.decision, new.decision, moment)
                    if reason is not None:
                        return reason
        return Reason(0, _OTHERS)


def _new_at_clerk(one: Situation) -> str | None:
    """The address under which somebody would be made a Clerk user."""
    leading = one.leading
    if one.person.clerk_user is not None or leading is None or not leading.speaks or leading.identity is None:
        return None
    return leading.identity.email


def _doubted(one: Situation, others: Mapping[str, set[tuple[str, int]]]) -> Situation:
    """An address whose Clerk user belongs to another person of the same connection is a conflict as soon as it is tried."""
    email, mine = _new_at_clerk(one), {known.account.connection for known in one.known}
    theirs = sorted({connection for connection, _ in others.get(fold(email or ""), ())} & mine)
    if not theirs or one.conflict is not None:
        return one
    return replace(one, conflict=f"{email} belongs to another person of {', '.join(theirs)}.")


def _same(was: Situation, will: Situation) -> bool:
    """Do both versions give the same roles? Most people see no difference."""
    return all(_roles(old.decision) == _roles(new.decision) for old, new in zip(was.known, will.known, strict=True))


def _roles(decision: Decision | None) -> Mapping[str, Role] | None:
    return None if decision is None else {alias: grant.role for alias, grant in decision.grants.items()}


def _given(decision: Decision | None) -> Mapping[str, Given]:
    return decision.grants if decision is not None else {}


def _groups(one: Situation) -> frozenset[str]:
    return frozenset(group.name for known in one.known if known.identity for group in known.identity.groups)
