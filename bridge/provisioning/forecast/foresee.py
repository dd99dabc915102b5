"""PURE: everybody's changes in the order in which the reconciler comes to them, and what becomes of each.

Gains first, because losses wait until they settle; then the losses, one person after the other, as brake and last owners
allow. Only what Clerk itself may refuse is not foreseen.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bridge.people.grant import State
from bridge.provisioning.brake import Losers, Usage, judge
from bridge.provisioning.forecast.ahead import Ahead, Change
from bridge.provisioning.forecast.world import World
from bridge.provisioning.plan import Step

LAST_OWNER = "is the last owner of the workspace"


def foresee(people: Sequence[Ahead], world: World, *, cause: str | None = None) -> list[tuple[Change, ...]]:
    """What becomes of each person's changes, in the order of the people.

    `cause`: one change made all of them due, so its losses are judged as a whole.
    """
    return list(_Future(world, cause).of(people))


class _Future:
    """Walks through everybody; `world` moves on with them."""

    def __init__(self, world: World, cause: str | None) -> None:
        self._world = world
        self._cause = cause
        self._made: set[int] = set()
        self._usage = Usage(world.lost, {}, world.lost_in, {}, world.present)

    def of(self, people: Sequence[Ahead]) -> Iterator[tuple[Change, ...]]:
        whole = self._whole(people)
        gained = [self._gain(one) for one in people]
        for one, gains in zip(people, gained, strict=True):
            yield (*gains, *self._lose(one, whole), *one.undone)

    def _whole(self, people: Sequence[Ahead]) -> str | None:
        if self._cause is None:
            return None
        losers = Losers()
        for one in people:
            losers.add(one.person, one.every_loss)
        return losers.too_many(self._world.allowed, self._cause)

    def _gain(self, one: Ahead) -> list[Change]:
        changes: list[Change] = []
        user = one.clerk_user
        for step in one.gains:
            change = self._gained(step)
            if change.state is None:
                change = replace(change, calls=1 + (user is None) + self._makes(step.workspace))
                user = user or f"person {one.person}"
                self._arrive(step, user)
            changes.append(change)
        return changes

    def _arrive(self, step: Step, user: str) -> None:
        if step.kind == "add":
            self._world.present[step.workspace] = self._world.present.get(step.workspace, 0) + 1
        if step.to_role == self._world.owner_role:
            self._owners(step.workspace).add(user)

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

    def _lose(self, one: Ahead, whole: str | None) -> list[Change]:
        losses = one.losses
        if one.revoked:
            return [self._go(one, step) for step in one.every_loss]
        changes = [_kept(step, State.RETAINED, "its removal was discarded") for step in losses.kept]
        changes += [_kept(held.step, State.HELD, f"waits in hold h{held.hold}") for held in losses.held]
        go = list(losses.go)
        if whole is not None:
            changes += [_kept(step, State.HELD, whole) for step in losses.fresh]
        elif losses.fresh:
            verdict = judge(one.person, losses.fresh, self._world.budgets, self._used(losses.fresh))
            changes += [_kept(step, State.HELD, why) for step, why in verdict.held]
            self._charge(one.person, verdict.go)
            go += verdict.go
        return [*(self._go(one, step) for step in go), *changes]

    def _used(self, losses: Sequence[Step]) -> Usage:
        """With the populations that these losses are measured against."""
        world = self._world
        charged = {connection for step in losses for connection in step.charged}
        pairs = {(connection, step.workspace) for step in losses for connection in step.charged}
        return replace(
            self._usage,
            population={connection: world.population(connection, None) for connection in charged},
            population_in={pair: world.population(*pair) for pair in pairs},
        )

    def _charge(self, person: int, steps: Sequence[Step]) -> None:
        world = self._world
        for step in steps:
            for connection in step.charged:
                world.lost[connection].add(person)
                world.lost_in.setdefault((connection, step.workspace), set()).add(person)
            if step.kind == "remove":
                world.present[step.workspace] = world.present.get(step.workspace, 0) - 1

    def _go(self, one: Ahead, step: Step) -> Change:
        if step.from_role != self._world.owner_role:
            return _as_change(step)
        owners, heir = self._owners(step.workspace), step.workspace in self._world.heirs
        if not owners - {one.clerk_user} and not heir:
            return _kept(step, State.RETAINED, LAST_OWNER)
        owners.discard(one.clerk_user or "")
        return _as_change(step)

    def _owners(self, workspace: int) -> set[str]:
        return self._world.owners.setdefault(workspace, set())


def _as_change(step: Step) -> Change:
    return Change(step.workspace, step.kind, step.from_role, step.to_role, step.charged, step.cause)


def _kept(step: Step, state: State, why: str) -> Change:
    return replace(_as_change(step), state=state, why=why)
