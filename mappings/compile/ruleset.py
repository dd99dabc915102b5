"""Rules, limits and `otherwise` of a file, compiled one by one."""

import difflib
from collections.abc import Sequence
from typing import TypeVar

from mappings import model
from mappings.captures import Pattern, pieces
from mappings.compile import captures, grants
from mappings.compile.conditions import condition
from mappings.compile.notes import Notes
from mappings.conditions import All, Condition, GroupLike, InGroup, leaves
from mappings.located import Document, Path, Problem
from mappings.pages import CAPTURES
from mappings.roles import Role
from mappings.ruleset import Limit, Period, Rule, Ruleset, Scope, indexed, zone
from mappings.words import fold

_Entry = TypeVar("_Entry")
_NONE: frozenset[Path] = frozenset()
LOOKS = 200_000  # names that are compared with others, for a "did you mean"


def compile_ruleset(
    file: model.MappingFile, document: Document, scope: Scope, broken: frozenset[Path] = _NONE
) -> tuple[Ruleset, list[Problem]]:
    """The ruleset, and every problem: with an error among them it must not be taken into service.

    `broken`: the paths of entries whose shape is wrong; they are left out.
    """
    notes = Notes(document, scope, {fold(name): id for name, id in file.groups.items()})
    rules = _whole(file.rules, "rules", broken)
    limits = _whole(file.limits, "limits", broken)
    compiled_rules = tuple(_rule(rule, ("rules", at), at, notes) for at, rule in rules)
    compiled_limits = tuple(_limit(limit, ("limits", at), notes) for at, limit in limits)
    otherwise = _otherwise(file.otherwise, notes)
    _same_names("rule", "rules", [(at, rule.name) for at, rule in rules], notes)
    _same_names("limit", "limits", [(at, limit.name) for at, limit in limits], notes)
    for at, test in _whole(file.tests, "tests", broken):
        _expected(test, ("tests", at, "expect"), notes)
    if not broken:
        conditions = [*(rule.when for rule in compiled_rules), *(limit.when for limit in compiled_limits)]
        _groups(file.groups, conditions, notes)
    line = document.at(("otherwise",), key=True)[0] if file.otherwise != "none" else 1
    ruleset = indexed(document.file, scope, compiled_rules, compiled_limits, otherwise, line, notes.groups)
    return ruleset, notes.problems


def _whole(entries: list[_Entry], key: str, broken: frozenset[Path]) -> list[tuple[int, _Entry]]:
    return [(at, entry) for at, entry in enumerate(entries) if (key, at) not in broken]


def _rule(rule: model.Rule, path: Path, place: int, notes: Notes) -> Rule:
    words = captures.words(rule.captures, (*path, "captures"), notes)
    when = condition(rule.when, (*path, "when"), notes, words)
    capture, beside = _capture(when, (*path, "when"), notes)
    pattern = capture.pattern if capture else None
    captures.check(rule.captures, pattern, path, notes)
    if capture is not None:
        captures.spent(capture.pattern, rule.grant, _pattern_path(rule.when, (*path, "when")), notes)
    grants.check(rule, pattern, path, notes)
    if rule.from_ and rule.until and rule.from_ > rule.until:
        message = f"this rule ends on {rule.until}, before it begins on {rule.from_}"
        notes.error((*path, "until"), message, "change one of the two days: both of them count")
    return Rule(
        rule.name,
        place,
        notes.document.at(path)[0],
        when,
        tuple(rule.grant.items()),
        Period(rule.from_, rule.until, zone(notes.scope.timezone)),
        capture,
        beside,
        rule.disabled,
    )


def _capture(when: Condition, path: Path, notes: Notes) -> tuple[GroupLike | None, Condition]:
    """The condition that fills captures, and the rest."""
    parts = when.parts if isinstance(when, All) else (when,)
    capturing = [part for part in parts if isinstance(part, GroupLike) and part.pattern.captures]
    if len(capturing) > 1:
        notes.error(path, "a rule can have one capturing condition", "split it into two rules", see=CAPTURES)
    if not capturing:
        return None, when
    return capturing[0], All(tuple(part for part in parts if part is not capturing[0]))


def _pattern_path(when: model.When, path: Path) -> Path:
    """Where the capturing `group_like` stands: in `when` itself, or in an `all` of it."""
    if when.group_like is not None and Pattern(when.group_like, pieces(fold(when.group_like))).captures:
        return (*path, "group_like")
    inner = (_pattern_path(one, (*path, "all", at)) for at, one in enumerate(when.all or ()))
    return next((found for found in inner if found[-1] == "group_like"), path)


def _limit(limit: model.Limit, path: Path, notes: Notes) -> Limit:
    for at, alias in enumerate(limit.in_ or ()):
        _limited(alias, (*path, "in", at), notes)
    return Limit(
        limit.name,
        notes.document.at(path)[0],
        condition(limit.when, (*path, "when"), notes, None),
        None if limit.at_most == "none" else Role.parse(limit.at_most),
        frozenset(limit.in_) if limit.in_ is not None else None,
    )


def _limited(alias: str, path: Path, notes: Notes) -> None:
    """A limit may name a workspace that only a capture brings; a slip of the pen would leave it without effect."""
    if notes.scope.wildcard is None:
        notes.alias(alias, path)
    elif alias not in notes.scope.workspaces:
        message = f"the workspace {alias} is not listed: only a capture can bring it"
        near = difflib.get_close_matches(alias, notes.scope.workspaces, 1)
        hint = f"did you mean {near[0]}?" if near else "leave it if a group's name brings it, or ask the operator to list it"
        notes.warning(path, message, hint)


def _otherwise(otherwise: model.Roles, notes: Notes) -> dict[str, Role]:
    if isinstance(otherwise, str):
        return {}
    for alias, role in otherwise.items():
        grants.literal(alias, role, ("otherwise", alias), notes)
    return {alias: Role.parse(role) for alias, role in otherwise.items()}


def _expected(test: model.Expectation, path: Path, notes: Notes) -> None:
    for alias in test.expect if isinstance(test.expect, dict) else ():
        if notes.scope.ceiling(alias) is None:
            notes.alias(alias, (*path, alias), key=True)


def _same_names(kind: str, key: str, names: Sequence[tuple[int, str]], notes: Notes) -> None:
    seen: dict[str, int] = {}
    for at, name in names:
        if name in seen:
            line = notes.document.at((key, seen[name]))[0]
            hint = "give it a name of its own: `explain` and the audit trail call it by name"
            notes.error((key, at, "name"), f"a {kind} of this name stands in line {line}", hint)
        seen.setdefault(name, at)


def _groups(groups: dict[str, str], conditions: Sequence[Condition], notes: Notes) -> None:
    inside = (leaf for one in conditions for leaf in leaves(one) if isinstance(leaf, InGroup))
    asked = {fold(name): name for leaf in inside for name in leaf.names}
    first = {fold(name): name for name in reversed(groups)}
    for name, id in groups.items():
        if not id.strip():
            hint = "write the IdP's id of the group, or take this line out: the name alone is enough then"
            notes.error(("groups", name), f"the group {name} is bound to no id", hint)
        if first[fold(name)] != name:
            hint = "take one of them out, or call it differently"
            notes.error(("groups", name), f"the group {name} is bound twice: names ignore case", hint, key=True)
    idle = [name for folded, name in first.items() if folded not in asked]
    unbound = sorted(name for folded, name in asked.items() if folded not in notes.groups)[: LOOKS // (len(idle) or 1)]
    for name in idle:
        near = difflib.get_close_matches(name, unbound, 1)
        hint = f"did you mean {near[0]}?" if near else "take this line out, or ask for the group by this name"
        notes.warning(("groups", name), f"no rule or limit asks for the group {name}", hint, key=True)
