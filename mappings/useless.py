"""Rules and limits that do nothing: over, given already by another, or cut away whole. All of it is only worth a warning.

Rules are compared by structure (see `logic`) and found through an index, so 5,000 of them take no 5,000 times 5,000 looks.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from mappings.located import Document, Problem
from mappings.logic import Way, everything, follows, ways
from mappings.pages import USELESS
from mappings.roles import Role
from mappings.ruleset import Limit, Period, Rule, Ruleset, zone

LOOKS = 64  # rules of one condition and workspace that are compared with one

_Entry = TypeVar("_Entry")
_Key = tuple[Hashable, Hashable]


def ended(ruleset: Ruleset, document: Document, now: datetime) -> Iterator[Problem]:
    """Rules whose time is over."""
    for rule in _live(ruleset):
        if over(rule, now):
            message = f"this rule ended on {rule.period.last}"
            hint = "take the rule out, or move the day; `disabled: why` keeps it without a warning"
            yield document.problem(("rules", rule.place, "until"), message, hint, severity="warning", see=USELESS)


def over(rule: Rule, now: datetime) -> bool:
    """Is its last day behind us?"""
    return rule.period.last is not None and rule.period.last < now.astimezone(rule.period.zone).date()


def useless(ruleset: Ruleset, document: Document, now: datetime) -> Iterator[Problem]:
    """What never makes a difference in a file without errors."""
    rules = [_Giving(rule, found) for rule in _live(ruleset) if not over(rule, now) and (found := ways(rule.when))]
    yield from _given_already(rules, document)
    yield from _cut_away(rules, ruleset.limits, document)
    yield from _idle(ruleset.limits, document)
    yield from _never_otherwise(rules, ruleset, document)


def _live(ruleset: Ruleset) -> list[Rule]:
    return [rule for rule in ruleset.rules if rule.disabled is None]


@dataclass(frozen=True, slots=True)
class _Giving:
    """A live rule and every way it can hold."""

    rule: Rule
    ways: list[Way]

    def covers(self, other: "_Giving") -> bool:
        """Whenever `other` gives something, this gives at least that."""
        return (
            _within(other.rule.period, self.rule.period)
            and all(self._gives(alias, role) for alias, role in other.rule.grant)
            and all(any(follows(everything(way), weaker) for weaker in self.ways) for way in other.ways)
        )

    def _gives(self, alias: str, role: str) -> bool:
        return any(own == alias and (most == role or _higher(most, role)) for own, most in self.rule.grant)


class _Index(Generic[_Entry]):
    """Entries by tag (a workspace) and way of holding; each stands under its rarest atom, where nobody else looks."""

    def __init__(self, entries: Iterable[tuple[str | None, Way, _Entry]]) -> None:
        listed = list(entries)
        self._common = Counter(key for _, way, _ in listed for key in _keys(way))
        self._found: dict[tuple[str | None, _Key | None], list[_Entry]] = {}
        for tag, way, entry in listed:
            for key in self._rarest(way):
                self._found.setdefault((tag, key), []).append(entry)

    def near(self, tag: str | None, way: Way) -> Iterator[_Entry]:
        """Entries whose way may follow from this one (as `everything` completes it), and some others."""
        keys = [min(((kind, one) for one in members), key=lambda key: self._common[key]) for kind, members in way]
        for key in (None, *keys):
            yield from self._found.get((tag, key), [])[:LOOKS]

    def _rarest(self, way: Way) -> list[_Key | None]:
        if not way:
            return [None]
        kind, members = min(way, key=lambda atom: max(self._common[atom[0], member] for member in atom[1]))
        return [(kind, member) for member in members]


def _keys(way: Way) -> Iterator[_Key]:
    return ((kind, member) for kind, members in way for member in members)


def _higher(most: str, role: str) -> bool:
    words = {str(one): one for one in Role}
    return most in words and role in words and words[most] > words[role]


def _within(inner: Period, outer: Period) -> bool:
    begins = outer.first is None or (inner.first is not None and outer.first <= inner.first)
    return begins and (outer.last is None or (inner.last is not None and inner.last <= outer.last))


def _given_already(rules: list[_Giving], document: Document) -> Iterator[Problem]:
    index = _Index((alias, way, one) for one in rules for way in one.ways for alias, _ in one.rule.grant)
    for one in rules:
        near = {other.rule.place: other for other in index.near(one.rule.grant[0][0], everything(one.ways[0]))}
        for place in sorted(near):
            other = near[place]
            if other is one or not other.covers(one) or (place > one.rule.place and one.covers(other)):
                continue
            message = f"the rule {other.rule.name!r} in line {other.rule.line} already gives this"
            hint = "take this rule out, or let it give more, or narrow the other one"
            at = ("rules", one.rule.place, "name")
            yield document.problem(at, message, hint, severity="warning", see=USELESS)
            break


def _cut_away(rules: list[_Giving], limits: tuple[Limit, ...], document: Document) -> Iterator[Problem]:
    """A rule of which limits with ``at_most: none`` leave nothing, whoever it is about."""
    denying = [(limit, found) for limit in limits if limit.at_most is None and (found := ways(limit.when))]
    index = _Index(
        (alias, way, (limit, way))
        for limit, found in denying
        for way in found
        for alias in (limit.workspaces if limit.workspaces is not None else [None])
    )
    for one in rules:
        cut = [_denied(one, alias, index) for alias, _ in one.rule.grant]
        if all(cut):
            limit = next(limit for limit in cut if limit is not None)
            message = f"the limit {limit.name!r} in line {limit.line} takes away all that this rule gives"
            hint = "take this rule out, or let the limit leave something"
            yield document.problem(("rules", one.rule.place, "name"), message, hint, severity="warning", see=USELESS)


def _denied(one: _Giving, alias: str, index: _Index[tuple[Limit, Way]]) -> Limit | None:
    """A limit that denies a workspace to everybody a rule is about."""
    limits: list[Limit | None] = []
    for way in map(everything, one.ways):
        near = (found for tag in (alias, None) for found in index.near(tag, way))
        limits.append(next((limit for limit, weaker in near if follows(way, weaker)), None))
    return limits[0] if all(limits) else None


def _idle(limits: tuple[Limit, ...], document: Document) -> Iterator[Problem]:
    for at, limit in enumerate(limits):
        if limit.at_most is Role.OWNER:
            message, hint = "this limit cuts nothing: owner is the highest role", "write a lower role, or take the limit out"
            yield document.problem(("limits", at, "at_most"), message, hint, severity="warning", see=USELESS)


def _never_otherwise(rules: list[_Giving], ruleset: Ruleset, document: Document) -> Iterator[Problem]:
    always = Period(None, None, zone("UTC"))
    for one in rules if ruleset.otherwise else ():
        if one.rule.capture is None and frozenset() in one.ways and _within(always, one.rule.period):
            message = (
                f"nobody is left for `otherwise`: the rule {one.rule.name!r} in line {one.rule.line} holds for everybody"
            )
            hint = "take `otherwise` out, or give the rule a condition"
            yield document.problem(("otherwise",), message, hint, key=True, severity="warning", see=USELESS)
            return
