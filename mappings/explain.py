"""Why: every rule with what made it match or not, the nearest misses first; and the facts as they were seen."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any as Anything

from mappings.conditions import All, Any, Attribute, Condition, Facts, Not
from mappings.decide import Decision, decide
from mappings.identity import Identity
from mappings.ruleset import Rule, Ruleset


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule about one person. `why`: the facts of a match, or what kept it from matching."""

    rule: str
    line: int
    matched: bool
    why: str
    misses: int

    def as_dict(self) -> dict[str, Anything]:
        return {"rule": self.rule, "line": self.line, "matched": self.matched, "why": self.why}


@dataclass(frozen=True, slots=True)
class Explanation:
    """`verdicts`: matches in the file's order, then misses, nearest first."""

    decision: Decision
    facts: str
    verdicts: tuple[Verdict, ...]

    @property
    def matched(self) -> tuple[Verdict, ...]:
        return tuple(verdict for verdict in self.verdicts if verdict.matched)

    @property
    def missed(self) -> tuple[Verdict, ...]:
        return tuple(verdict for verdict in self.verdicts if not verdict.matched)


def explain(identity: Identity, ruleset: Ruleset, now: datetime) -> Explanation:
    """The decision and everything that led to it."""
    facts = Facts(identity)
    verdicts = [_verdict(rule, facts, now) for rule in ruleset.rules]
    verdicts.sort(key=lambda verdict: (not verdict.matched, verdict.misses, verdict.line))
    return Explanation(decide(identity, ruleset, now), _facts_line(identity, ruleset), tuple(verdicts))


def _verdict(rule: Rule, facts: Facts, now: datetime) -> Verdict:
    evidence = rule.when.holds(facts)
    if rule.disabled is not None:
        return Verdict(rule.name, rule.line, False, f"disabled: {rule.disabled}", 99)
    if evidence is None:
        return Verdict(rule.name, rule.line, False, rule.when.why_not(facts), _misses(rule.when, facts))
    if not rule.period.covers(now):
        return Verdict(rule.name, rule.line, False, f"counts only {rule.period}", 0)
    return Verdict(rule.name, rule.line, True, ", ".join(evidence), 0)


def _misses(condition: Condition, facts: Facts) -> int:
    """How far from matching: a group that isn't there is further than an attribute that differs."""
    if isinstance(condition, All):
        return condition.misses(facts)
    return 1 if "not in group" not in condition.why_not(facts) and "in no group" not in condition.why_not(facts) else 2


def _facts_line(identity: Identity, ruleset: Ruleset) -> str:
    groups = [group.name + (f" (through {group.through})" if group.through else "") for group in identity.groups]
    parts = [f"groups {', '.join(groups)}" if groups else "no groups"]
    parts += [f"{name} {', '.join(values)}" for name, values in sorted(identity.attributes.items())]
    asked = sorted(_asked(ruleset) - set(identity.attributes))
    return "; ".join(parts + [f"{name} not sent" for name in asked])


def _asked(ruleset: Ruleset) -> set[str]:
    conditions = [rule.when for rule in ruleset.rules] + [limit.when for limit in ruleset.limits]
    return {name for condition in conditions for name in attribute_names(condition)}


def attribute_names(condition: Condition) -> set[str]:
    """The attributes a condition asks for, however deep."""
    if isinstance(condition, Attribute):
        return {condition.name}
    if isinstance(condition, Not):
        return attribute_names(condition.part)
    if isinstance(condition, All | Any):
        return {name for part in condition.parts for name in attribute_names(part)}
    return set()
