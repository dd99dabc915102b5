"""PURE: identity + rules + now -> who gets which role where, and why.

The highest role of all matching rules wins, then limits cut; where no rule gave anything, `otherwise` does. The order
of rules never matters.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any

from mappings.captures import filled
from mappings.conditions import Evidence
from mappings.facts import Facts
from mappings.identity import GroupFact, Identity
from mappings.roles import Role
from mappings.ruleset import Given, Limit, Rule, Ruleset
from mappings.words import fold


@dataclass(frozen=True, slots=True)
class Because:
    """One reason: a rule (or limit) of a file, and the facts it rests on."""

    rule: str
    file: str
    line: int
    facts: Evidence

    def as_dict(self) -> dict[str, Any]:
        return {"rule": self.rule, "file": self.file, "line": self.line, "facts": list(self.facts)}


@dataclass(frozen=True, slots=True)
class Grant:
    """`because`: the rules that gave `given`; `role` is what the limits in `cut` left of it."""

    workspace: str
    role: Role
    given: Role
    because: tuple[Because, ...]
    cut: tuple[Because, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "workspace": self.workspace,
            "role": str(self.role),
            "given": str(self.given),
            "because": [reason.as_dict() for reason in self.because],
            "cut": [reason.as_dict() for reason in self.cut],
        }


@dataclass(frozen=True, slots=True)
class Decision:
    """`grants` by alias; `next_change_at`: when a date changes it; `notes`: what was odd, for people; `denied`: what limits
    took away whole, with the role it would have been."""

    grants: Mapping[str, Grant]
    next_change_at: datetime | None = None
    notes: tuple[str, ...] = ()
    denied: Mapping[str, Grant] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {
            "grants": {alias: grant.as_dict() for alias, grant in self.grants.items()},
            "next_change_at": self.next_change_at.isoformat() if self.next_change_at else None,
            "notes": list(self.notes),
            "denied": {alias: grant.as_dict() for alias, grant in self.denied.items()},
        }


_IN_FILE = attrgetter("line", "rule", "facts")
_Raised = dict[str, tuple[Role, list[Because]]]  # alias -> the highest role so far and what gives it


def decide(identity: Identity, ruleset: Ruleset, now: datetime) -> Decision:
    """What `identity` gets at `now` (an aware datetime)."""
    facts = Facts(identity)
    raised: _Raised = {}
    edges: list[datetime] = []
    notes: list[str] = []
    for rule in ruleset.candidates(facts):
        evidence = rule.when.holds(facts)
        if evidence is None:
            continue
        if rule.dated and (edge := rule.period.next_edge(now)) is not None:
            edges.append(edge)
        if rule.dated and not rule.period.covers(now):
            continue
        for used, given in gifts(rule, evidence, facts, ruleset, notes):
            _raise(raised, given, Because(rule.name, ruleset.file, rule.line, used))
    if not raised:
        because = Because("otherwise", ruleset.file, ruleset.otherwise_line, ("no rule gave anything",))
        raised = {alias: (role, [because]) for alias, role in ruleset.otherwise.items()}
    grants, denied = _cut(raised, facts, ruleset)
    notes += _shared_names(facts, ruleset)
    return Decision(grants, min(edges, default=None), tuple(sorted(set(notes))), denied)


def gifts(rule: Rule, evidence: Evidence, facts: Facts, ruleset: Ruleset, notes: list[str]) -> list[tuple[Evidence, Given]]:
    """What a rule that holds gives, by which facts; captures are filled in once per group that fits."""
    if rule.capture is None:
        return [(evidence, rule.gives)]
    beside = rule.beside.holds(facts) or ()
    found: list[tuple[Evidence, Given]] = []
    for group in facts.named:
        splits = rule.capture.pattern.splits(fold(group.name))
        if len(splits) > 1:
            notes.append(f"{rule.name!r}: the group {group.name} can be read in two ways, so it gives nothing")
        elif splits:
            given = _captured(rule, dict(splits[0]), group, ruleset, notes)
            found += [((str(group), *beside), given)] if given else []
    return found


def _captured(rule: Rule, words: Mapping[str, str], group: GroupFact, ruleset: Ruleset, notes: list[str]) -> Given:
    """What one group gives by its name, as far as the operator allows it."""
    found: dict[tuple[str, Role], None] = {}
    for alias_template, role_template in rule.grant:
        alias, role = filled(alias_template, words), Role.parse(filled(role_template, words))
        ceiling = ruleset.scope.ceiling(alias)
        if ceiling is None or role > ceiling:
            notes.append(f"{rule.name!r}: the group {group.name} asks for {role} in {alias}, which is not allowed")
        else:
            found[alias, role] = None
    return tuple(found)


def _shared_names(facts: Facts, ruleset: Ruleset) -> list[str]:
    """Groups of one name that something asks for by that name: it grants nothing (rule R11)."""
    groups = [facts.by_name[name] for name in facts.shared]
    return [
        f"two groups are called {group.name}: rules by that name give nothing until `groups:` binds it"
        for group in groups
        if fold(group.name) in ruleset.named or any(pattern.fits(group) for pattern in ruleset.patterns)
    ]


def biting(facts: Facts, ruleset: Ruleset) -> list[tuple[Limit, Evidence]]:
    """The limits that hold. Doubt counts for them: nobody escapes by a second group of a name."""
    held = ((limit, limit.when.holds(facts.opposite)) for limit in ruleset.limits)
    return [(limit, evidence) for limit, evidence in held if evidence is not None]


def _raise(raised: _Raised, given: Given, because: Because) -> None:
    for alias, role in given:
        old = raised.get(alias)
        if old is None or role > old[0]:
            raised[alias] = (role, [because])
        elif role == old[0]:
            old[1].append(because)


def _reasons(found: list[Because]) -> tuple[Because, ...]:
    """In the file's order."""
    return tuple(sorted(found, key=_IN_FILE)) if len(found) > 1 else tuple(found)


def _cut(raised: _Raised, facts: Facts, ruleset: Ruleset) -> tuple[dict[str, Grant], dict[str, Grant]]:
    """What limits leave, and what they leave nothing of."""
    left: dict[str, Grant] = {}
    denied: dict[str, Grant] = {}
    limits = biting(facts, ruleset)
    for alias, (highest, because) in sorted(raised.items()):
        role: Role | None = highest
        cut: list[Because] = []
        for limit, evidence in limits:
            if limit.concerns(alias) and limit.allows(highest) != highest:
                cut.append(Because(limit.name, ruleset.file, limit.line, evidence))
                role = limit.allows(role)
        kept = Grant(alias, highest if role is None else role, highest, _reasons(because), tuple(cut))
        (left if role is not None else denied)[alias] = kept
    return left, denied
