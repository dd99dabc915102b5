"""Why: every rule with what made it match or not, the nearest misses first; every limit; the facts as they were seen."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mappings.conditions import attribute_names
from mappings.decide import Decision, decide, gifts
from mappings.facts import Facts
from mappings.identity import Identity
from mappings.ruleset import Limit, Rule, Ruleset
from mappings.words import fold

_FAR = 1_000  # a disabled rule is the furthest


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule or limit about one person. `why`: the facts of a match, or what kept it from matching."""

    rule: str
    line: int
    matched: bool
    why: str
    misses: int

    def as_dict(self) -> dict[str, Any]:
        return {"rule": self.rule, "line": self.line, "matched": self.matched, "why": self.why}


@dataclass(frozen=True, slots=True)
class Explanation:
    """`verdicts`: rules that matched in the file's order, then the others, nearest first; `limits` in the same way."""

    decision: Decision
    facts: str
    verdicts: tuple[Verdict, ...]
    limits: tuple[Verdict, ...]

    @property
    def matched(self) -> tuple[Verdict, ...]:
        return tuple(verdict for verdict in self.verdicts if verdict.matched)

    @property
    def missed(self) -> tuple[Verdict, ...]:
        return tuple(verdict for verdict in self.verdicts if not verdict.matched)


def explain(identity: Identity, ruleset: Ruleset, now: datetime) -> Explanation:
    """The decision and everything that led to it."""
    facts = Facts(identity)
    rules = [_rule(rule, facts, ruleset, now) for rule in ruleset.rules]
    limits = [_limit(limit, facts) for limit in ruleset.limits]
    return Explanation(
        decide(identity, ruleset, now), _facts_line(identity, ruleset), _nearest_first(rules), _nearest_first(limits)
    )


def _nearest_first(verdicts: list[Verdict]) -> tuple[Verdict, ...]:
    return tuple(sorted(verdicts, key=lambda verdict: (not verdict.matched, verdict.misses, verdict.line)))


def _rule(rule: Rule, facts: Facts, ruleset: Ruleset, now: datetime) -> Verdict:
    if rule.disabled is not None:
        return Verdict(rule.name, rule.line, False, f"disabled: {rule.disabled}", _FAR)
    evidence = rule.when.holds(facts)
    if evidence is None:
        return Verdict(rule.name, rule.line, False, rule.when.why_not(facts), rule.when.misses(facts))
    if not rule.period.covers(now):
        return Verdict(rule.name, rule.line, False, f"counts only {rule.period}", 0)
    notes: list[str] = []
    given = gifts(rule, evidence, facts, ruleset, notes)
    if not given:
        return Verdict(rule.name, rule.line, False, "; ".join(notes), 0)
    used = dict.fromkeys(fact for evidence, _ in given for fact in evidence)
    return Verdict(rule.name, rule.line, True, ", ".join(used), 0)


def _limit(limit: Limit, facts: Facts) -> Verdict:
    evidence = limit.when.holds(facts.opposite)
    if evidence is not None:
        return Verdict(limit.name, limit.line, True, ", ".join(evidence), 0)
    why, misses = limit.when.why_not(facts.opposite), limit.when.misses(facts.opposite)
    return Verdict(limit.name, limit.line, False, why, misses)


def _facts_line(identity: Identity, ruleset: Ruleset) -> str:
    groups = [str(group).removeprefix("group ") for group in identity.groups]
    parts = [f"groups {', '.join(groups)}" if groups else "no groups"]
    parts += [f"{name} {', '.join(values)}" for name, values in sorted(identity.attributes.items())]
    sent = {fold(name) for name in identity.attributes}
    conditions = [*(rule.when for rule in ruleset.rules), *(limit.when for limit in ruleset.limits)]
    asked = {fold(name): name for when in conditions for name in attribute_names(when)}
    missing = sorted(name for folded, name in asked.items() if folded not in sent)
    return "; ".join(parts + [f"{name} not sent" for name in missing])
