"""PURE: identity + rules + now -> who gets which role where, and why.

The highest role of all matching rules wins, then limits cut; where no rule gave anything, `otherwise` does. The order
of rules never matters.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mappings.conditions import Evidence, Facts
from mappings.identity import Identity
from mappings.roles import Role
from mappings.ruleset import Limit, Rule, Ruleset
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
    """`because`: the rules that gave this role. `cut`: the limits that lowered it from something higher."""

    workspace: str
    role: Role
    because: tuple[Because, ...]
    cut: tuple[Because, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "workspace": self.workspace,
            "role": str(self.role),
            "because": [reason.as_dict() for reason in self.because],
            "cut": [reason.as_dict() for reason in self.cut],
        }


@dataclass(frozen=True, slots=True)
class Decision:
    """`grants` by alias; `next_change_at`: when a date changes it; `notes`: what was odd, for people."""

    grants: Mapping[str, Grant]
    next_change_at: datetime | None = None
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "grants": {alias: grant.as_dict() for alias, grant in self.grants.items()},
            "next_change_at": self.next_change_at.isoformat() if self.next_change_at else None,
            "notes": list(self.notes),
        }


def decide(identity: Identity, ruleset: Ruleset, now: datetime) -> Decision:
    """What `identity` gets at `now` (an aware datetime)."""
    facts = Facts(identity)
    raised: dict[str, Grant] = {}
    edges: list[datetime] = []
    notes: list[str] = []
    for rule in ruleset.candidates(facts):
        evidence = rule.when.holds(facts)
        if evidence is None:
            continue
        if (edge := rule.period.next_edge(now)) is not None:
            edges.append(edge)
        if rule.period.covers(now):
            for alias, role, facts_used in grants_of(rule, evidence, facts, ruleset, notes):
                _raise(raised, alias, role, Because(rule.name, ruleset.file, rule.line, facts_used))
    if not raised:
        for alias, role in ruleset.otherwise.items():
            _raise(raised, alias, role, Because("otherwise", ruleset.file, ruleset.otherwise_line, ("no rule matched",)))
    cut = _cut(raised, facts, ruleset)
    notes += shared_names(facts, ruleset)
    return Decision(dict(sorted(cut.items())), min(edges) if edges else None, tuple(sorted(set(notes))))


def grants_of(
    rule: Rule, evidence: Evidence, facts: Facts, ruleset: Ruleset, notes: list[str]
) -> list[tuple[str, Role, Evidence]]:
    """(alias, role, facts) of a rule that holds; captures are filled in once per group that fits."""
    if rule.capture is None:
        return [(alias, Role.parse(role), evidence) for alias, role in rule.grant]
    found: list[tuple[str, Role, Evidence]] = []
    for group in facts.identity.groups:
        splits = rule.capture.pattern.splits(fold(group.name))
        if len(splits) > 1:
            notes.append(f"{rule.name!r}: the group {group.name} can be read in two ways, so it gives nothing")
        elif splits:
            words = dict(splits[0])
            for alias, role in rule.grant:
                name, given = _filled(alias, words), Role.parse(_filled(role, words))
                ceiling = ruleset.scope.ceiling(name)
                if ceiling is None or given > ceiling:
                    notes.append(f"{rule.name!r}: the group {group.name} asks for {given} in {name}, which is not allowed")
                else:
                    rest = tuple(fact for fact in evidence if not fact.startswith("group "))
                    found.append((name, given, (str(group), *rest)))
    return found


def shared_names(facts: Facts, ruleset: Ruleset) -> list[str]:
    """Groups of one name that a rule asks for by that name: such a rule grants nothing (rule R11)."""
    return [
        f"two groups are called {facts.by_name[name][0].name}: rules by that name give nothing until `groups:` binds it"
        for name in facts.by_name
        if name in ruleset.by_group and facts.is_shared(name)
    ]


def applies(limit: Limit, alias: str, facts: Facts) -> Evidence | None:
    """The facts by which a limit concerns a workspace."""
    if limit.workspaces is not None and alias not in limit.workspaces:
        return None
    return limit.when.holds(facts)


def _raise(raised: dict[str, Grant], alias: str, role: Role, because: Because) -> None:
    old = raised.get(alias)
    if old is None or role > old.role:
        raised[alias] = Grant(alias, role, (because,))
    elif role == old.role:
        reasons = sorted({*old.because, because}, key=lambda reason: (reason.line, reason.rule, reason.facts))
        raised[alias] = Grant(alias, role, tuple(reasons))


def _cut(raised: Mapping[str, Grant], facts: Facts, ruleset: Ruleset) -> dict[str, Grant]:
    left: dict[str, Grant] = {}
    for alias, grant in raised.items():
        role: Role | None = grant.role
        cut: list[Because] = []
        for limit in ruleset.limits:
            evidence = applies(limit, alias, facts)
            if evidence is not None and (limit.at_most is None or limit.at_most < grant.role):
                cut.append(Because(limit.name, ruleset.file, limit.line, evidence))
                role = None if limit.at_most is None or role is None else min(role, limit.at_most)
        if role is not None:
            left[alias] = Grant(alias, role, grant.because, tuple(cut))
    return left


def _filled(template: str, words: Mapping[str, str]) -> str:
    for name, word in words.items():
        template = template.replace(f"{{{name}}}", word)
    return template
