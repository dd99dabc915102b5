"""A mapping file compiled: conditions ready to run, and an index so that a decision meets only rules that may matter.

Rules that ask for a group by name are found by that name; 5,000 rules about other groups cost a person nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from mappings.conditions import All, Any, Condition, GroupLike, GroupRegex, InGroup, leaves
from mappings.facts import Facts
from mappings.roles import Role
from mappings.words import fold, fold_id

_NOTHING = All(())


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
        """The highest role rules may give in a workspace, captured or not; None: they can't have it."""
        return self.workspaces.get(alias, self.wildcard)


@dataclass(frozen=True, slots=True)
class Period:
    """Both days count, in the connection's timezone."""

    first: date | None
    last: date | None
    zone: tzinfo

    def covers(self, now: datetime) -> bool:
        if self.first is None and self.last is None:
            return True
        today = now.astimezone(self.zone).date()
        return (self.first is None or self.first <= today) and (self.last is None or today <= self.last)

    def next_edge(self, now: datetime) -> datetime | None:
        """The next moment at which `covers` changes, in UTC."""
        if self.first is None and self.last is None:
            return None
        edges = (self._begin(self.first, 0), self._begin(self.last, 1))
        return min((edge for edge in edges if edge is not None and edge > now.astimezone(UTC)), default=None)

    def __str__(self) -> str:
        first = f"from {self.first}" if self.first else ""
        last = f"until {self.last}" if self.last else ""
        return f"{first} {last}".strip() or "always"

    def _begin(self, day: date | None, days_later: int) -> datetime | None:
        """When a day begins; None for a day beyond the calendar, such as the one after 9999-12-31."""
        try:
            return datetime.combine(day + timedelta(days_later), time(), self.zone).astimezone(UTC) if day else None
        except OverflowError:
            return None


@dataclass(frozen=True, slots=True)
class Rule:
    """`grant`: (alias or {capture}, role or {capture}) pairs. `place` is its order in the file, used only to show it.

    `capture`: the condition that fills captures; `beside`: what else of `when` must hold.
    """

    name: str
    place: int
    line: int
    when: Condition
    grant: tuple[tuple[str, str], ...]
    period: Period
    capture: GroupLike | None = None
    beside: Condition = _NOTHING
    disabled: str | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """`at_most` None: no access. `workspaces` None: everywhere."""

    name: str
    line: int
    when: Condition
    at_most: Role | None
    workspaces: frozenset[str] | None = None

    def allows(self, role: Role | None) -> Role | None:
        """What it leaves of a role."""
        return None if role is None or self.at_most is None else min(role, self.at_most)


@dataclass(frozen=True, slots=True)
class Ruleset:
    """One version of one connection's rules. `groups`: folded name -> id.

    `by_group`, `by_id` and `others` index the live rules; `named` and `patterns` are all that ask for groups by name.
    """

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
    named: frozenset[str] = frozenset()
    patterns: tuple[GroupLike | GroupRegex, ...] = ()

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
    live = [rule for rule in rules if rule.disabled is None]
    for rule in live:
        asked = _asked(rule.when)
        if asked is None:
            others.append(rule)
            continue
        for name, id in asked:
            index, key = (by_group, name) if id is None else (by_id, fold_id(id))
            index.setdefault(key, []).append(rule)
    asking = [leaf for when in (*(rule.when for rule in live), *(limit.when for limit in limits)) for leaf in leaves(when)]
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
        frozenset(name for leaf in asking if isinstance(leaf, InGroup) for name, id in _keys(leaf) if id is None),
        tuple(leaf for leaf in asking if isinstance(leaf, GroupLike | GroupRegex)),
    )


def zone(name: str) -> tzinfo:
    """A timezone by name; ValueError for an unknown one."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        raise ValueError(f"{name!r} is no timezone") from error


def _asked(condition: Condition) -> set[tuple[str, str | None]] | None:
    """The groups (folded name, bound id) of which one must be there whatever else holds; None: it asks for none."""
    if isinstance(condition, InGroup):
        return _keys(condition)
    if isinstance(condition, All):
        return next((asked for part in condition.parts if (asked := _asked(part)) is not None), None)
    if isinstance(condition, Any):
        parts = [_asked(part) for part in condition.parts]
        return None if None in parts else {key for part in parts if part is not None for key in part}
    return None


def _keys(condition: InGroup) -> set[tuple[str, str | None]]:
    return {(fold(name), condition.ids.get(fold(name))) for name in condition.names}
