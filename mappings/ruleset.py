"""A mapping file compiled: conditions ready to run, and an index so that a decision meets only rules that may matter.

Rules that ask for a group by name are found by that name; 5,000 rules about other groups cost a person nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from mappings.captures import Pattern
from mappings.conditions import All, Condition, Facts, GroupLike, InGroup
from mappings.roles import Role
from mappings.words import fold


@dataclass(frozen=True, slots=True)
class Scope:
    """What the operator's connection file allows: alias -> ceiling; `wildcard`: the ceiling of ``"*"``, None: no such.

    `attributes`: the names the connection's preset knows, None: unknown here.
    """

    connection: str
    workspaces: Mapping[str, Role]
    wildcard: Role | None = None
    timezone: str = "UTC"
    attributes: frozenset[str] | None = None

    def ceiling(self, alias: str) -> Role | None:
        """The highest role rules may give in a workspace; None: they can't name it."""
        return self.workspaces.get(alias, self.wildcard)


@dataclass(frozen=True, slots=True)
class Period:
    """Both days count, in the connection's timezone."""

    first: date | None
    last: date | None
    zone: tzinfo

    def covers(self, now: datetime) -> bool:
        today = now.astimezone(self.zone).date()
        return (self.first is None or self.first <= today) and (self.last is None or today <= self.last)

    def next_edge(self, now: datetime) -> datetime | None:
        """The next moment at which `covers` changes."""
        days = [self.first, self.last + timedelta(days=1) if self.last else None]
        edges = [datetime.combine(day, time(), self.zone) for day in days if day is not None]
        later = [edge.astimezone(UTC) for edge in edges if edge > now]
        return min(later) if later else None

    def __str__(self) -> str:
        return f"from {self.first or 'ever'} until {self.last or 'ever'}"


@dataclass(frozen=True, slots=True)
class Rule:
    """`grant`: (alias or {capture}, role or {capture}) pairs. `place` is its order in the file, used only to show it."""

    name: str
    place: int
    line: int
    when: Condition
    grant: tuple[tuple[str, str], ...]
    period: Period
    capture: GroupLike | None = None
    disabled: str | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """`at_most` None: no access. `workspaces` None: everywhere."""

    name: str
    line: int
    when: Condition
    at_most: Role | None
    workspaces: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Ruleset:
    """One version of one connection's rules."""

    file: str
    scope: Scope
    rules: tuple[Rule, ...]
    limits: tuple[Limit, ...]
    otherwise: Mapping[str, Role]
    otherwise_line: int
    groups: Mapping[str, str]
    by_group: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)
    by_id: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)
    others: tuple[Rule, ...] = ()

    def candidates(self, facts: Facts) -> Iterator[Rule]:
        """Every rule that may hold for these facts, each once."""
        yield from self.others
        seen: set[int] = set()
        for index, keys in ((self.by_group, facts.by_name), (self.by_id, facts.by_id)):
            for key in keys:
                for rule in index.get(key, ()):
                    if rule.place not in seen:
                        seen.add(rule.place)
                        yield rule


def indexed(
    file: str,
    scope: Scope,
    rules: tuple[Rule, ...],
    limits: tuple[Limit, ...],
    otherwise: Mapping[str, Role],
    otherwise_line: int,
    groups: Mapping[str, str],
) -> Ruleset:
    """Put each live rule under the groups it asks for, the rest under `others`."""
    by_group: dict[str, list[Rule]] = {}
    by_id: dict[str, list[Rule]] = {}
    others: list[Rule] = []
    for rule in rules:
        if rule.disabled is not None:
            continue
        asked = _asked_group(rule.when)
        if asked is None:
            others.append(rule)
            continue
        for name in asked.names:
            bound = asked.ids.get(name)
            index, key = (by_group, fold(name)) if bound is None else (by_id, fold(bound))
            index.setdefault(key, []).append(rule)
    return Ruleset(
        file,
        scope,
        rules,
        limits,
        otherwise,
        otherwise_line,
        groups,
        {key: tuple(found) for key, found in by_group.items()},
        {key: tuple(found) for key, found in by_id.items()},
        tuple(others),
    )


def zone(name: str) -> tzinfo:
    """A timezone by name; ValueError for an unknown one."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        raise ValueError(f"{name!r} is no timezone") from error


def pattern_of(condition: Condition) -> list[Pattern]:
    """The capturing patterns at the top of a condition."""
    parts = condition.parts if isinstance(condition, All) else (condition,)
    return [part.pattern for part in parts if isinstance(part, GroupLike) and part.pattern.captures]


def _asked_group(condition: Condition) -> InGroup | None:
    """The group condition that must hold whatever else does."""
    if isinstance(condition, InGroup):
        return condition
    if isinstance(condition, All):
        return next((asked for part in condition.parts if (asked := _asked_group(part)) is not None), None)
    return None
