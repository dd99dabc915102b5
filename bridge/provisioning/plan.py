"""PURE: what is decided against what Clerk has -> the ordered steps between them, and each row's state with its cause.

Rules R2 (modes), R3 (foreign memberships), R5 (domains), R7 (settle) and R9 (hand edits) live here; the brake (R6) and
the last owner (R8) are judged on the finished plan. Time, limits and ids are arguments.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from bridge.people.grant import Grant, State
from bridge.provisioning.observed import RAISED

StepKind = Literal["add", "raise", "lower", "remove"]
Barrier = Literal["outside_domains", "conflict"]


@dataclass(frozen=True, slots=True)
class Want:
    """What a person's accounts, together, decide for one workspace. `applies`: not only observed."""

    workspace: int
    role: str
    rank: int
    connections: tuple[str, ...]
    because: tuple[Mapping[str, Any], ...]
    applies: bool = True


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which terms one person is planned.

    `active`: some account is. `modes`: of the connections. `reach`: the workspaces the person's connections may touch,
    each with those connections. `leave`: workspaces whose earlier memberships are not ours. `blocked`: workspace ->
    why. `ranks`: role key -> rank, 0 for roles that aren't ours. `settle_ms` None: losses are ripe at once. `invited`:
    workspaces whose invitation nobody accepted yet -> what to say of it; `joined`: where somebody did. Times are epoch ms.
    """

    now: int
    active: bool
    changed_at: int
    settle_ms: int | None
    modes: Mapping[str, str]
    reach: Mapping[int, tuple[str, ...]]
    ranks: Mapping[str, int]
    leave: frozenset[int] = frozenset()
    blocked: Mapping[int, str] = field(default_factory=dict)
    barrier: Barrier | None = None
    conflict: str = "the address belongs to two people"
    invited: Mapping[int, str] = field(default_factory=dict)
    joined: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Step:
    """One membership call. `charged` are the connections whose brake a loss counts against."""

    kind: StepKind
    workspace: int
    from_role: str | None
    to_role: str | None
    charged: tuple[str, ...]
    cause: str

    @property
    def is_loss(self) -> bool:
        return self.kind in {"lower", "remove"}


@dataclass(frozen=True, slots=True)
class Plan:
    """`steps` in the order to apply, gains first; `rows` as they are to be written before the first call; `again_at`:
    when the next settling loss is ripe (epoch ms)."""

    steps: tuple[Step, ...]
    rows: tuple[Grant, ...]
    again_at: int | None = None

    @property
    def losses(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.is_loss)


def diff(wants: Sequence[Want], haves: Sequence[Grant], terms: Terms) -> Plan:
    """The plan of one person. No step where nothing changes; the order of the arguments never matters."""
    wanted = {want.workspace: want for want in wants}
    had = {have.workspace: have for have in haves}
    planned = [_workspace(pk, wanted.get(pk), had.get(pk), terms) for pk in sorted(wanted.keys() | had.keys())]
    steps = [step for step, _, _ in planned if step is not None]
    ripe = [at for _, _, at in planned if at is not None]
    steps.sort(key=lambda step: (step.is_loss, step.workspace))
    return Plan(tuple(steps), tuple(row for _, row, _ in planned), min(ripe) if ripe else None)


_Outcome = tuple[Step | None, Grant, int | None]


def _workspace(pk: int, want: Want | None, have: Grant | None, terms: Terms) -> _Outcome:
    row = _as_decided(pk, want, have, terms)
    if terms.barrier == "conflict":
        return None, replace(row, state=State.CONFLICT, cause=terms.conflict), None
    if want is not None and (terms.barrier is None or pk in terms.joined):
        return _wanted(want, row, terms)
    if row.in_clerk is None:
        cause = terms.invited.get(pk, "the address is outside the connection's domains") if want else None
        return None, replace(row, state=State.OUTSIDE_DOMAINS, cause=cause), None
    return _unwanted(row, terms)


def _as_decided(pk: int, want: Want | None, have: Grant | None, terms: Terms) -> Grant:
    """The row with the new decision in it, before its state is judged."""
    decided = want.role if want else None
    if have is None:
        connections = want.connections if want else ()
        because = want.because if want else ()
        return Grant(pk, connections, decided, None, None, False, None, State.PENDING, None, because, None, terms.now)
    return replace(
        have,
        decided=decided,
        connections=want.connections if want else have.connections,
        because=want.because if want else have.because,
        since=terms.now if decided != have.decided else have.since,
    )


def _wanted(want: Want, row: Grant, terms: Terms) -> _Outcome:
    waits = _waiting(want, row, terms)
    if waits is not None:
        return None, waits, None
    if row.in_clerk is None:
        return _gain("add", want, row)
    if not row.ours:
        row = replace(row, ours=True, before=row.in_clerk)
    if want.role == row.in_clerk:
        return None, replace(row, state=State.GRANTED, cause=None, ending_at=None), None
    if want.rank > terms.ranks.get(row.in_clerk or "", 0):
        return _gain("raise", want, row)
    return _loss(row, want.role, "a lower role is decided", terms)


def _waiting(want: Want, row: Grant, terms: Terms) -> Grant | None:
    """The row as it stays when nothing may be done towards what is wanted; None if something may."""
    if not want.applies:
        return replace(row, state=State.PENDING, cause="observe mode: reported, not applied")
    if row.state is State.DRIFTED and row.since != terms.now:
        return row
    if row.workspace in terms.blocked:
        return replace(row, state=State.BLOCKED, cause=terms.blocked[row.workspace])
    if row.in_clerk is not None and not row.ours and row.workspace in terms.leave:
        return replace(row, state=State.LEFT_ALONE, cause="was here before us")
    return None


def _gain(kind: StepKind, want: Want, row: Grant) -> _Outcome:
    step = Step(kind, row.workspace, row.in_clerk, want.role, want.connections, "decided")
    return step, replace(row, state=State.PENDING, cause=None, ending_at=None), None


def _unwanted(row: Grant, terms: Terms) -> _Outcome:
    """Nothing is decided, and Clerk has a membership."""
    if row.ours:
        back_to = row.before if terms.active else None
        if back_to == row.in_clerk:
            return None, replace(row, ours=False, state=State.LEFT_ALONE, cause="was here before us"), None
        return _loss(row, back_to, "no rule gives it any more" if terms.active else "deactivated", terms)
    reached = row.workspace in terms.reach and row.workspace not in terms.leave
    if terms.active or not reached or terms.barrier is not None:
        return None, replace(row, state=State.LEFT_ALONE, cause="not given by a rule"), None
    adopted = replace(row, ours=True, connections=terms.reach[row.workspace])
    return _loss(adopted, None, "deactivated", terms)


def _loss(row: Grant, to_role: str | None, cause: str, terms: Terms) -> _Outcome:
    modes = {terms.modes.get(connection, "observe") for connection in row.connections}
    if modes - {"enforce"}:
        mode = "observe" if "observe" in modes else "additive"
        return None, replace(row, state=State.RETAINED, cause=f"{mode} mode: nothing is taken away"), None
    if row.workspace in terms.blocked:
        return None, replace(row, state=State.BLOCKED, cause=terms.blocked[row.workspace]), None
    ripe_at = row.ending_at or (terms.changed_at + (terms.settle_ms or 0))
    by_hand = row.cause == RAISED  # no half of a move: there is no other half to wait for
    if terms.active and not by_hand and terms.settle_ms is not None and terms.now < ripe_at:
        waiting = replace(row, state=State.PENDING, cause=f"settling: {cause}", ending_at=ripe_at)
        return None, waiting, ripe_at
    step = Step(_kind(row.in_clerk, to_role, terms), row.workspace, row.in_clerk, to_role, row.connections, cause)
    return step, replace(row, state=State.PENDING, cause=cause, ending_at=ripe_at), None  # what is ripe settles no more


def _kind(from_role: str | None, to_role: str | None, terms: Terms) -> StepKind:
    """What is given back may be more than what was decided: a role from before us that a rule had lowered."""
    if to_role is None:
        return "remove"
    return "raise" if terms.ranks.get(to_role, 0) > terms.ranks.get(from_role or "", 0) else "lower"
