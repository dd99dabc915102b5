"""PURE: what lies ahead of one person: the steps of their plan, and what is wanted but stays undone, with its state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bridge.people.grant import Grant, State
from bridge.provisioning import holds, situation
from bridge.provisioning.holds import Sorted
from bridge.provisioning.plan import Step, StepKind
from bridge.provisioning.situation import Situation
from bridge.settings import Settings

Wish = tuple[int, str, str | None]
"""Workspace, kind of step, role: equal for two changes that want the same, whatever becomes of them."""

_SETTLED = {State.GRANTED, State.LEFT_ALONE}


@dataclass(frozen=True, slots=True)
class Change:
    """One membership that is not as it is wanted. `state` and `why`: what keeps it so; None: it is done.

    `calls` to Clerk that it takes now: the membership, and what must be there first: user, organization, another owner.
    Look-ups and the ends of sessions are apart, because only Clerk knows what there is.
    """

    workspace: int
    kind: StepKind
    from_role: str | None
    to_role: str | None
    charged: tuple[str, ...]
    cause: str
    state: State | None = None
    why: str | None = None
    calls: int = 1

    @property
    def wish(self) -> Wish:
        return self.workspace, self.kind, self.to_role


@dataclass(frozen=True, slots=True)
class Ahead:
    """`gains` are steps to come, and losses by what holds say of them: those `ripe` at once, and those `settling` first.
    `undone` is what no step will do.

    `clerk_user` None: it is made with the first gain. `revoked`: by hand, so no brake asks. `arrives`: where they will
    have access through us and have none now; `newcomer`: they have none anywhere. `apart`: not of those whom one change
    made due, whose losses are judged as a whole.
    """

    person: int
    connections: tuple[str, ...]
    clerk_user: str | None
    revoked: bool
    gains: tuple[Step, ...]
    ripe: Sorted
    settling: Sorted
    undone: tuple[Change, ...]
    arrives: tuple[int, ...] = ()
    newcomer: bool = False
    apart: bool = False

    @property
    def wishes(self) -> set[Wish]:
        """Everything that is wanted and not so."""
        steps = (*self.gains, *self.every_loss)
        return {(step.workspace, step.kind, step.to_role) for step in steps} | {one.wish for one in self.undone}

    @property
    def charged(self) -> set[tuple[str, int]]:
        """The connections, each with the workspace, whose brakes ask about this person's changes."""
        places = [(one.charged, one.workspace) for one in self.every_loss]
        places += [(one.charged, one.workspace) for one in self.undone]
        return {(connection, workspace) for connections, workspace in places for connection in connections}

    @property
    def every_loss(self) -> tuple[Step, ...]:
        return (*self.ripe.every, *self.settling.every)


def ahead(one: Situation, settings: Settings, held: Sequence[Any], *, now: int, marked_at: int | None = None) -> Ahead:
    """Everything, however long its losses settle. `held`: what holds say of this person; `marked_at`: when something made
    them due that has not happened yet, so that their losses settle from then on."""
    plan = situation.plan(one, settings, now=now, settled=True)
    steps = {step.workspace for step in plan.steps}
    ripe = _ripe(one, settings, now, marked_at) if plan.losses else set()
    facts = one.facts_digest() if held else ""
    ranks = situation.role_keys(settings)
    gains = tuple(step for step in plan.steps if not step.is_loss)
    undone = tuple(
        change for row in plan.rows if row.workspace not in steps and (change := _undone(row, one.active, ranks)) is not None
    )
    has = {row.workspace for row in one.grants if row.ours and row.in_clerk}
    will = {row.workspace for row in plan.rows if row.ours and row.in_clerk} | {step.workspace for step in gains}
    return Ahead(
        person=one.person.pk,
        connections=tuple({known.account.connection: None for known in one.known}),
        clerk_user=one.person.clerk_user,
        revoked=one.person.revoked is not None,
        gains=gains,
        ripe=holds.sort([step for step in plan.losses if step.workspace in ripe], held, facts),
        settling=holds.sort([step for step in plan.losses if step.workspace not in ripe], held, facts),
        undone=undone,
        arrives=tuple(will - has),
        newcomer=not has,
    )


def _ripe(one: Situation, settings: Settings, now: int, marked_at: int | None) -> set[int]:
    """The workspaces whose losses need not settle any more."""
    if marked_at is not None:
        one = replace(one, person=replace(one.person, changed_at=marked_at))
    return {step.workspace for step in situation.plan(one, settings, now=now).losses}


def _undone(row: Grant, active: bool, ranks: Mapping[str, int]) -> Change | None:
    """What is wanted of a row that the plan leaves as it is."""
    to_role = row.decided or (row.before if row.ours and active else None)
    if row.state in _SETTLED or to_role == row.in_clerk:
        return None
    kind = _kind(row.in_clerk, to_role, ranks)
    return Change(row.workspace, kind, row.in_clerk, to_role, row.connections, row.cause or "", row.state, row.cause, 0)


def _kind(from_role: str | None, to_role: str | None, ranks: Mapping[str, int]) -> StepKind:
    if from_role is None:
        return "add"
    if to_role is None:
        return "remove"
    return "raise" if ranks.get(to_role, 0) > ranks.get(from_role, 0) else "lower"
