"""PURE: the members that Clerk shows of one workspace against our rows: who differs, and whose doing it was (rule R9).

Whatever a difference means for a row is `observed`'s to say, as for the worker's own look: so both tell the same.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from bridge.clerk.memberships import Membership
from bridge.people.grant import Grant, State
from bridge.provisioning.observed import Seen, observed
from bridge.provisioning.sweep.believed import Believed, Known


class Kind(StrEnum):
    """What is different."""

    REMOVED = "removed"
    LOWERED = "lowered"
    RAISED = "raised"
    UNKNOWN_ROLE = "unknown_role"
    REMADE = "remade"
    USER_GONE = "user_gone"
    BANNED = "banned"
    UNBANNED = "unbanned"
    STANDS = "stands"  # a hand edit that we knew of
    ADDED = "added"  # to one of ours, by hand, where nothing is decided
    CHANGED = "changed"  # a membership that is not ours
    WAITS = "waits"  # not as decided, and its state says why
    ALONE = "left_alone"
    FOREIGN = "never_linked"


DRIFT = frozenset(
    {
        Kind.REMOVED,
        Kind.LOWERED,
        Kind.RAISED,
        Kind.UNKNOWN_ROLE,
        Kind.REMADE,
        Kind.USER_GONE,
        Kind.BANNED,
        Kind.UNBANNED,
        Kind.STANDS,
    }
)
"""Somebody did it by hand, against what is decided."""

NEWS = (DRIFT - {Kind.BANNED, Kind.STANDS}) | {Kind.ADDED, Kind.CHANGED}
"""Our rows don't have it yet: the worker must look."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One person in one workspace. `role`: what Clerk has, None for no membership; `row` as a look would leave it.

    `known` None: nobody of ours. `name` and `email` as Clerk has them.
    """

    kind: Kind
    workspace: int
    user: str | None
    role: str | None
    decided: str | None
    state: State
    cause: str | None
    known: Known | None = None
    row: Grant | None = None
    name: str = ""
    email: str = ""

    @property
    def drifted(self) -> bool:
        return self.kind in DRIFT

    @property
    def repairable(self) -> bool:
        """What we decided can be restored; a ban by hand was somebody's other decision."""
        return self.drifted and self.kind is not Kind.BANNED


@dataclass(frozen=True, slots=True)
class Scene:
    """What a workspace is compared by. `gone`: users that Clerk has no more; `reach`: the connections whose files list the
    workspace; `ranks`: role key -> rank."""

    workspace: int
    ranks: Mapping[str, int]
    reach: AbstractSet[str]
    gone: AbstractSet[str]
    now: int


def compare(
    believed: Iterable[Believed], seen: Mapping[str, Membership], linked: Mapping[str, Known], scene: Scene
) -> list[Difference]:
    """Every difference; `seen` by user. `linked`: who of those without a row here is a person of ours."""
    known = {one.known.user for one in believed}
    found = [difference for one in believed for difference in _of_row(one, seen.get(one.known.user or ""), scene)]
    strangers = (member for user, member in seen.items() if user not in known)
    return [*found, *(_without_row(member, linked.get(member.user), scene) for member in strangers)]


def _of_row(one: Believed, member: Membership | None, scene: Scene) -> Iterator[Difference]:
    there = {scene.workspace: Seen(member.id, member.role)} if member else {}
    corrected = next(iter(observed([one.row], there, scene.ranks, now=scene.now)), one.row)
    kind = _kind(one, corrected, member, scene)
    if kind is not None:
        state, cause = _told(kind, corrected)
        yield _difference(kind, one, corrected, member, state, cause)
    if member is not None and member.banned and one.known.barred is None:
        yield _difference(Kind.BANNED, one, corrected, member, State.DRIFTED, "was banned by hand in Clerk")
    if member is not None and not member.banned and one.known.barred == "banned":
        yield _difference(Kind.UNBANNED, one, corrected, member, State.DRIFTED, "we banned them; the ban was lifted by hand")


def _kind(one: Believed, corrected: Grant, member: Membership | None, scene: Scene) -> Kind | None:
    row = one.row
    if (corrected.in_clerk, corrected.ours, corrected.state) == (row.in_clerk, row.ours, row.state):
        return _standing(row)
    if member is None:
        return Kind.USER_GONE if one.known.user in scene.gone else Kind.REMOVED
    if row.in_clerk is None or row.membership not in {None, member.id}:
        return Kind.ADDED if row.in_clerk is None else Kind.REMADE
    return _moved(row, member.role, scene.ranks)


def _moved(row: Grant, role: str, ranks: Mapping[str, int]) -> Kind:
    if not row.ours:
        return Kind.CHANGED
    if role not in ranks:
        return Kind.UNKNOWN_ROLE
    return Kind.RAISED if ranks[role] > ranks.get(row.in_clerk or "", 0) else Kind.LOWERED


def _standing(row: Grant) -> Kind | None:
    """Clerk has what the row says: what does it say?"""
    if row.state is State.DRIFTED:
        return Kind.STANDS
    if row.state is State.LEFT_ALONE:
        return Kind.ALONE
    return Kind.WAITS if row.decided != row.in_clerk else None


def _told(kind: Kind, row: Grant) -> tuple[State, str | None]:
    if kind is Kind.USER_GONE:
        return State.DRIFTED, "the user was deleted in Clerk"
    if kind is Kind.UNKNOWN_ROLE:
        return State.DRIFTED, f"got {row.in_clerk} by hand in Clerk, which is no role of ours"
    if kind is Kind.RAISED:
        return State.DRIFTED, "was raised by hand in Clerk"
    if kind is Kind.REMOVED and row.decided is None:
        return State.DRIFTED, "was removed by hand in Clerk"
    return row.state, row.cause


def _difference(
    kind: Kind, one: Believed, row: Grant, member: Membership | None, state: State, cause: str | None
) -> Difference:
    name, email = (member.name, member.email) if member else ("", "")
    role = member.role if member else None
    return Difference(
        kind, row.workspace, one.known.user, role, row.decided, state, cause, one.known, row, name=name, email=email
    )


def _without_row(member: Membership, known: Known | None, scene: Scene) -> Difference:
    """Somebody of ours counts where their connection's file lists the workspace; else they are as foreign as anybody."""
    ours = known is not None and bool(known.connections & scene.reach)
    kind = Kind.ADDED if ours else Kind.FOREIGN
    cause = "was added by hand in Clerk" if ours else "was never linked to anybody here"
    who = known if ours else None
    return Difference(
        kind,
        scene.workspace,
        member.user,
        member.role,
        None,
        State.LEFT_ALONE,
        cause,
        who,
        name=member.name,
        email=member.email,
    )
