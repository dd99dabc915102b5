"""PURE: everybody's changes in the order in which the reconciler comes to them, and what becomes of each.

It comes twice: first with every gain and what is ripe at once, then with the losses that had to settle. Only what Clerk
itself may refuse is not foreseen.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from bridge.people.grant import State
from bridge.provisioning.brake import Losers, Usage, judge
from bridge.provisioning.forecast.ahead import Ahead, Change
from bridge.provisioning.forecast.world import Heir, World
from bridge.provisioning.holds import Sorted
from bridge.provisioning.plan import Step, StepKind

LAST_OWNER = "is the last owner of the workspace"
LAST_RESORT = "the last owner goes, and the operator named them as the last resort"
LAST_GOVERNOR = "Clerk keeps the last member who can govern the workspace"


def foresee(people: Sequence[Ahead], world: World, *, cause: str | None = None) -> Iterator[tuple[Change, ...]]:
    """What becomes of each person's changes, in the order of the people.

    `cause`: one change made all of them due, so its losses are judged as a whole.
    """
    return _Future(world.copy(), cause).of(people)


class _Future:
    """Walks through everybody; `world` moves on with them."""

    def __init__(self, world: World, cause: str | None) -> None:
        self._world = world
        self._cause = cause
        self._people: Sequence[Ahead] = ()
        self._made: set[int] = set()
        self._users: dict[int, str] = {}
        self._roles: dict[tuple[int, int], str | None] = {}
        self._promoted: dict[tuple[int, int], Heir] = {}
        self._usage = Usage(world.lost, {}, world.lost_in, {}, world.present)

    def of(self, people: Sequence[Ahead]) -> Iterator[tuple[Change, ...]]:
        self._people = people
        first = [self._first(one) for one in people]
        every = [
            (*changes, *self._go_on(one, self._ruled(one, one.settling)), *one.undone)
            for one, changes in zip(people, first, strict=True)
        ]
        for one, changes in zip(people, every, strict=True):
            yield self._as_heir(one.person, changes)

    def _first(self, one: Ahead) -> tuple[Change, ...]:
        """The brake speaks before anything is done, and gains are done before losses."""
        ruled = self._ruled(one, one.ripe)
        return (*self._gain(one), *self._go_on(one, ruled))

    @cached_property
    def _whole(self) -> str | None:
        """Judged when the first loss is ripe, with those who have access then."""
        if self._cause is None:
            return None
        losers = Losers()
        for one in self._people:
            if not one.apart:
                losers.add(one.person, one.every_loss)
        return losers.too_many(self._world.allowed, self._cause)

    def _gain(self, one: Ahead) -> list[Change]:
        changes: list[Change] = []
        user, barred = one.clerk_user, set()
        for step in one.gains:
            if (one.person, step.workspace) in self._promoted:
                continue  # they are more than that already
            change = self._gained(step)
            if change.state is None:
                user = user or self._users.get(one.person)
                change = replace(change, calls=1 + (user is None) + self._makes(step.workspace))
                user = self._users[one.person] = user or f"person {one.person}"
                self._roles[one.person, step.workspace] = step.to_role
                self._enter(step, user)
            else:
                barred.add(step.workspace)
            changes.append(change)
        arrives = [workspace for workspace in one.arrives if workspace not in barred]
        self._world.arrive(one.person, one.connections, arrives, newcomer=one.newcomer)
        return changes

    def _enter(self, step: Step, user: str) -> None:
        if step.kind == "add":
            self._world.present[step.workspace] = self._world.present.get(step.workspace, 0) + 1
        if step.to_role is not None and step.to_role in self._world.roles:
            self._governors(step.workspace)[user] = step.to_role

    def _gained(self, step: Step) -> Change:
        place = self._world.workspaces[step.workspace]
        if place.blocked_code is not None:
            return _kept(step, State.BLOCKED, place.blocked_sentence or place.blocked_code)
        reference = self._world.references.get(step.workspace)
        if reference is not None and reference.family is not None and step.workspace not in self._made:
            made = self._world.made.get(reference.family, 0)
            if reference.at_most is not None and made >= reference.at_most:
                return _kept(step, State.BLOCKED, f'"*" has made {made} workspaces and its at_most is {reference.at_most}')
        return _as_change(step)

    def _makes(self, workspace: int) -> int:
        """The call that finds or makes an organization, once."""
        if self._world.workspaces[workspace].organization is not None or workspace in self._made:
            return 0
        self._made.add(workspace)
        reference = self._world.references.get(workspace)
        if reference is not None and reference.family is not None:
            self._world.made[reference.family] = self._world.made.get(reference.family, 0) + 1
        return 1

    def _ruled(self, one: Ahead, losses: Sorted) -> tuple[Sequence[Step], list[Change]]:
        """What may go, and what stays as it is."""
        if one.revoked or not losses.every:
            self._leave(losses.every)
            return losses.every, []
        self._leave(losses.go)
        stay = [_kept(step, State.RETAINED, "its removal was discarded") for step in losses.kept]
        stay += [_kept(held.step, State.HELD, f"waits in hold h{held.hold}") for held in losses.held]
        whole = None if one.apart else self._whole
        if whole is not None:
            return losses.go, stay + [_kept(step, State.HELD, whole) for step in losses.fresh]
        verdict = judge(one.person, losses.fresh, self._world.budgets, self._used(losses.fresh))
        self._charge(one.person, verdict.go)
        return (*losses.go, *verdict.go), stay + [_kept(step, State.HELD, why) for step, why in verdict.held]

    def _go_on(self, one: Ahead, ruled: tuple[Sequence[Step], list[Change]]) -> list[Change]:
        go, stay = ruled
        return [*(self._go(one, step) for step in go), *stay]

    def _used(self, losses: Sequence[Step]) -> Usage:
        """With the populations that these losses are measured against."""
        world = self._world
        charged = {connection for step in losses for connection in step.charged}
        pairs = {(connection, step.workspace) for step in losses for connection in step.charged}
        return replace(
            self._usage,
            population={connection: world.people(connection) for connection in charged},
            population_in={pair: world.people(*pair) for pair in pairs},
        )

    def _charge(self, person: int, steps: Sequence[Step]) -> None:
        world = self._world
        for step in steps:
            for connection in step.charged:
                world.lost[connection].add(person)
                world.lost_in.setdefault((connection, step.workspace), set()).add(person)
        self._leave(steps)

    def _leave(self, steps: Sequence[Step]) -> None:
        """Who is just leaving counts no more among those who are in a workspace."""
        for step in steps:
            if step.kind == "remove":
                self._world.present[step.workspace] = self._world.present.get(step.workspace, 0) - 1

    def _go(self, one: Ahead, step: Step) -> Change:
        """Rule R8, and Clerk's own: somebody must be left who can govern the workspace."""
        roles, change = self._world.roles, _as_change(step)
        if (one.person, step.workspace) in self._promoted:
            return replace(change, calls=0)
        if step.from_role not in roles:
            self._roles[one.person, step.workspace] = step.to_role
            return change
        governors = self._governors(step.workspace)
        others = {user: role for user, role in governors.items() if user != one.clerk_user}
        if step.from_role == roles.owner and roles.owner not in others.values():
            heir = self._world.heirs.get(step.workspace)
            if heir is None or heir.person == one.person:
                return _kept(step, State.RETAINED, LAST_OWNER)
            user, calls = self._promote(step.workspace, heir)
            others[user] = governors[user] = roles.owner
            change = replace(change, calls=1 + calls)
        if step.to_role not in roles and not others:
            return _kept(step, State.RETAINED, LAST_GOVERNOR, calls=1)  # it is Clerk who says no
        self._roles[one.person, step.workspace] = step.to_role
        governors.pop(one.clerk_user or "", None)
        if step.to_role is not None and step.to_role in roles and one.clerk_user is not None:
            governors[one.clerk_user] = step.to_role
        return change

    def _promote(self, workspace: int, heir: Heir) -> tuple[str, int]:
        """Their Clerk user, and the calls that it takes: a user, and a try to raise a role that is none yet."""
        known = heir.user or self._users.get(heir.person)
        user = self._users[heir.person] = known or f"person {heir.person}"
        member = self._roles.get((heir.person, workspace), heir.role) is not None
        self._roles[heir.person, workspace] = self._world.roles.owner
        self._promoted[heir.person, workspace] = heir
        return user, (known is None) + (1 if member else 2)

    def _as_heir(self, person: int, changes: Sequence[Change]) -> tuple[Change, ...]:
        """Whatever else became of them in a workspace: they are its owner in the end."""
        promoted = {workspace: heir for (who, workspace), heir in self._promoted.items() if who == person}
        ends = []
        for workspace, heir in promoted.items():
            calls = sum(change.calls for change in changes if change.workspace == workspace)
            kind: StepKind = "add" if heir.role is None else "raise"
            ends.append(Change(workspace, kind, heir.role, self._world.roles.owner, (), LAST_RESORT, calls=calls))
        return (*(change for change in changes if change.workspace not in promoted), *ends)

    def _governors(self, workspace: int) -> dict[str, str]:
        return self._world.governors.setdefault(workspace, {})


def _as_change(step: Step) -> Change:
    return Change(step.workspace, step.kind, step.from_role, step.to_role, step.charged, step.cause)


def _kept(step: Step, state: State, why: str, *, calls: int = 0) -> Change:
    return replace(_as_change(step), state=state, why=why, calls=calls)
