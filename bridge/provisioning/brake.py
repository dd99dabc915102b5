"""PURE: too many people losing something at once wait for a human (rule R6).

Distinct people are counted, per connection and per workspace, over a sliding window: once somebody is in the window,
their further losses cost nothing. The larger of `people` and `percent` may go; the rest is held.
"""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from bridge.counted import people, they
from bridge.provisioning.plan import Step

_NOBODY: AbstractSet[int] = frozenset()
SMALL = 3  # a workspace of at least so many people is never emptied without asking


@dataclass(frozen=True, slots=True)
class Budget:
    """What a connection's operator allows within the window."""

    people: int
    percent: float

    def allows(self, population: int) -> int:
        return max(self.people, int(population * self.percent / 100))


@dataclass(frozen=True, slots=True)
class Usage:
    """Who lost something within the window, and how many have access (they included).

    Per connection: `lost[connection]`, `population[connection]`. Per workspace of that connection the same, keyed
    ``(connection, workspace)``; `present[workspace]` counts everybody who is in it now.
    """

    lost: Mapping[str, AbstractSet[int]]
    population: Mapping[str, int]
    lost_in: Mapping[tuple[str, int], AbstractSet[int]] = field(default_factory=dict)
    population_in: Mapping[tuple[str, int], int] = field(default_factory=dict)
    present: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Losers:
    """Who loses something by one change: per connection (None), and per workspace of a connection."""

    of: dict[tuple[str, int | None], set[int]] = field(default_factory=dict)

    def add(self, person: int, losses: Sequence[Step]) -> None:
        for step in losses:
            for connection in step.charged:
                self.of.setdefault((connection, None), set()).add(person)
                self.of.setdefault((connection, step.workspace), set()).add(person)

    def too_many(self, allowed: Callable[[str, int | None], int], cause: str) -> str | None:
        """Why all of them wait; None: their losses count one by one. `allowed`: how many may go, there or at all."""
        for (connection, workspace), who in sorted(self.of.items(), key=lambda item: -len(item[1])):
            may = allowed(connection, workspace)
            if len(who) > may:
                where = "access" if workspace is None else "access to one workspace"
                return f"{they(len(who), 'loses', 'lose')} {where} by one change ({cause}), and {may} may"
        return None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Which losses may go now, and why each other one is held."""

    go: tuple[Step, ...]
    held: tuple[tuple[Step, str], ...]


def judge(person: int, losses: Sequence[Step], budgets: Mapping[str, Budget], usage: Usage) -> Verdict:
    """Split one person's losses by what the budgets still allow."""
    go: list[Step] = []
    held: list[tuple[Step, str]] = []
    for step in losses:
        reason = _reason(person, step, budgets, usage)
        if reason is None:
            go.append(step)
        else:
            held.append((step, reason))
    return Verdict(tuple(go), tuple(held))


def _reason(person: int, step: Step, budgets: Mapping[str, Budget], usage: Usage) -> str | None:
    for connection in step.charged:
        budget = budgets[connection]
        lost, population = usage.lost.get(connection, _NOBODY), usage.population.get(connection, 0)
        if person not in lost and len(lost) >= budget.allows(population):
            return f"{people(len(lost))} of {connection} lost access lately and {budget.allows(population)} may"
        key = (connection, step.workspace)
        lost, population = usage.lost_in.get(key, _NOBODY), usage.population_in.get(key, 0)
        if person not in lost and len(lost) >= budget.allows(population):
            return f"{people(len(lost))} left this workspace lately and {budget.allows(population)} may"
        present = usage.present.get(step.workspace, 0)
        if step.kind == "remove" and present <= 1 and present + len(lost - {person}) >= SMALL:
            return "nobody would be left in this workspace"
    return None
