"""A mapping file compiled: conditions ready to run, and an index so that a decision meets only rules that may matter.

Rules that ask for a group, an attribute's value or a domain are found by it; 5,000 rules about others cost a person nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from mappings.attributes import Attribute
from mappings.conditions import All, Any, Condition, EmailDomain, GroupLike, GroupRegex, InGroup, leaves
from mappings.facts import Facts, Key, Kind
from mappings.roles import Role
from mappings.words import fold

Given = tuple[tuple[str, Role], ...]  # (alias, role) pairs
_NOTHING = All(())
_RARE: tuple[Kind, ...] = ("id", "group", "attribute", "domain")  # a group has fewer people than a domain


@dataclass(frozen=True, slots=True)
class Scope:
    """What the operator's connection file allows: alias -> ceiling; `wildcard`: the ceiling of ``"*"``, None: no such.

    `attributes`: the names the connection's preset knows; `domains`: folded, whose people can get anything. None: unknown
    here.
    """

    connection: str
    workspaces: Mapping[str, Role]
    wildcard: Role | None = None
    timezone: str = "UTC"
    attributes: frozenset[str] | None = None
    domains: frozenset[str] | None = None

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
    gives: Given = field(init=False, repr=False, compare=False)
    dated: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Roles are read once; a word that is none is in a file with errors, which decides nothing."""
        roles = {str(role): role for role in Role}
        object.__setattr__(self, "gives", tuple((alias, roles[word]) for alias, word in self.grant if word in roles))
        object.__setattr__(self, "dated", self.period.first is not None or self.period.last is not None)


@dataclass(frozen=True, slots=True)
class Limit:
    """`at_most` None: no access. `workspaces` None: everywhere."""

    name: str
    line: int
    when: Condition
    at_most: Role | None
    workspaces: frozenset[str] | None = None

    def concerns(self, alias: str) -> bool:
        return self.workspaces is None or alias in self.workspaces

    def allows(self, role: Role | None) -> Role | None:
        """What it leaves of a role in a workspace that it concerns."""
        return None if role is None or self.at_most is None else min(role, self.at_most)


@dataclass(frozen=True, slots=True)
class Ruleset:
    """One version of one connection's rules. `groups`: folded name -> id.

    `index` has the live rules by the facts they ask for, `others` those that ask for none; `named` and `patterns` are all
    that ask for groups by name.
    """

    file: str
    scope: Scope
    rules: tuple[Rule, ...]
    limits: tuple[Limit, ...]
    otherwise: Mapping[str, Role]
    otherwise_line: int
    groups: Mapping[str, str]
    index: Mapping[Kind, Mapping[Key, Sequence[Rule]]] = field(default_factory=dict)
    others: tuple[Rule, ...] = ()
    named: frozenset[str] = frozenset()
    patterns: tuple[GroupLike | GroupRegex, ...] = ()

    def candidates(self, facts: Facts) -> Iterator[Rule]:
        """Every rule that may hold for these facts, each once."""
        yield from self.others
        seen: set[int] = set()
        for kind, index in self.index.items():
            for key in facts.keys(kind) if index else ():
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
    """Put each live rule under the facts it asks for, the rest under `others`."""
    index: dict[Kind, dict[Key, list[Rule]]] = {kind: {} for kind in _RARE}
    others: list[Rule] = []
    live = [rule for rule in rules if rule.disabled is None]
    for rule in live:
        asked = _asked(rule.when)
        if asked is None:
            others.append(rule)
        for kind, key in asked or ():
            index[kind].setdefault(key, []).append(rule)
    asking = [leaf for when in (*(rule.when for rule in live), *(limit.when for limit in limits)) for leaf in leaves(when)]
    return Ruleset(
        file,
        scope,
        rules,
        limits,
        otherwise,
        otherwise_line,
        groups,
        index,
        tuple(others),
        frozenset(asked.name for leaf in asking if isinstance(leaf, InGroup) for asked in leaf.asked if asked.id is None),
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


def _asked(condition: Condition) -> frozenset[tuple[Kind, Key]] | None:
    """The facts of which one must be there whatever else holds; None: it asks for none that the index knows."""
    match condition:
        case InGroup():
            return frozenset(("group", one.name) if one.id is None else ("id", one.id) for one in condition.asked)
        case Attribute(values=tuple(values), present=None):
            return frozenset(("attribute", (fold(condition.name), fold(value))) for value in values)
        case EmailDomain():
            return frozenset(("domain", fold(domain)) for domain in condition.domains)
        case All():
            found = [asked for part in condition.parts if (asked := _asked(part)) is not None]
            return min(found, key=_how_common, default=None)
        case Any():
            each = [_asked(part) for part in condition.parts]
            return None if None in each else frozenset().union(*(asked for asked in each if asked is not None))
    return None


def _how_common(asked: frozenset[tuple[Kind, Key]]) -> int:
    """What the most people have that meet a rule under these facts."""
    return max((_RARE.index(kind) for kind, _ in asked), default=0)
