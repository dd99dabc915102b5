"""Why: every rule and what made it match or not, nearest misses first; every limit and what it cuts; the facts as seen."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mappings.conditions import attribute_names
from mappings.decide import Decision, decide, gifts
from mappings.facts import Facts
from mappings.identity import Identity
from mappings.ruleset import Limit, Rule, Ruleset
from mappings.words import fold, listed

_FAR = 1_000  # a disabled rule is the furthest


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule about one person. `why`: the facts of a match, or what kept it from matching.

    `gives`: (alias, role) pairs; captures are filled in where it matched, and stand as written where it did not.
    """

    rule: str
    line: int
    matched: bool
    why: str
    misses: int
    gives: tuple[tuple[str, str], ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "line": self.line,
            "matched": self.matched,
            "why": self.why,
            "gives": [{"workspace": alias, "role": role} for alias, role in self.gives],
        }


@dataclass(frozen=True, slots=True)
class Cut:
    """What one limit leaves of a role. `to_role` None: nothing."""

    workspace: str
    from_role: str
    to_role: str | None

    def as_dict(self) -> dict[str, Any]:
        return {"workspace": self.workspace, "from": self.from_role, "to": self.to_role}


@dataclass(frozen=True, slots=True)
class LimitVerdict:
    """One limit about one person. `why`: the facts by which it concerns them, or what keeps it from that."""

    limit: str
    line: int
    concerns: bool
    why: str
    misses: int
    cuts: tuple[Cut, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "limit": self.limit,
            "line": self.line,
            "concerns": self.concerns,
            "why": self.why,
            "cuts": [cut.as_dict() for cut in self.cuts],
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """`verdicts`: rules that matched in the file's order, then the others, nearest first; `limits` in the same way.

    `asked`: the attributes that some rule or limit asks for, as the file calls them.
    """

    identity: Identity
    asked: tuple[str, ...]
    decision: Decision
    verdicts: tuple[Verdict, ...]
    limits: tuple[LimitVerdict, ...]

    @property
    def groups(self) -> str:
        return ", ".join(str(group).removeprefix("group ") for group in self.identity.groups) or "none"

    @property
    def not_sent(self) -> tuple[str, ...]:
        """What is asked for and the person doesn't have."""
        sent = {fold(name) for name in self.identity.attributes}
        return tuple(name for name in self.asked if fold(name) not in sent)

    @property
    def attributes(self) -> str:
        """What is asked for comes first, sent or not."""
        asked = {fold(name) for name in self.asked}
        shown = {name: ", ".join(values) for name, values in self.identity.attributes.items()}
        shown |= dict.fromkeys(self.not_sent, "not sent")
        ordered = sorted(shown, key=lambda name: (fold(name) not in asked, name))
        return "; ".join(f"{name} {shown[name]}" for name in ordered) or "none"

    @property
    def matched(self) -> tuple[Verdict, ...]:
        return tuple(verdict for verdict in self.verdicts if verdict.matched)

    @property
    def missed(self) -> tuple[Verdict, ...]:
        return tuple(verdict for verdict in self.verdicts if not verdict.matched)


def explain(identity: Identity, ruleset: Ruleset, now: datetime) -> Explanation:
    """The decision and everything that led to it."""
    facts, decision = Facts(identity), decide(identity, ruleset, now)
    rules = [_rule(rule, facts, ruleset, now) for rule in ruleset.rules]
    limits = [_limit(limit, facts, decision) for limit in ruleset.limits]
    return Explanation(
        identity,
        asked(ruleset),
        decision,
        tuple(sorted(rules, key=lambda one: (not one.matched, one.misses, one.line))),
        tuple(sorted(limits, key=lambda one: (not one.concerns, one.misses, one.line))),
    )


def _rule(rule: Rule, facts: Facts, ruleset: Ruleset, now: datetime) -> Verdict:
    if rule.disabled is not None:
        return _missed(rule, f"disabled: {rule.disabled}", _FAR)
    evidence = rule.when.holds(facts)
    if evidence is None:
        return _missed(rule, rule.when.why_not(facts), rule.when.misses(facts))
    if not rule.period.covers(now):
        return _missed(rule, f"counts only {rule.period}", 0)
    notes: list[str] = []
    found = gifts(rule, evidence, facts, ruleset, notes)
    if not found:
        return _missed(rule, "; ".join(notes), 0)
    used = dict.fromkeys(fact for evidence, _ in found for fact in evidence)
    given = dict.fromkeys((alias, str(role)) for _, pairs in found for alias, role in pairs)
    return Verdict(rule.name, rule.line, True, ", ".join(used), 0, tuple(given))


def _missed(rule: Rule, why: str, misses: int) -> Verdict:
    return Verdict(rule.name, rule.line, False, why, misses, rule.grant)


def _limit(limit: Limit, facts: Facts, decision: Decision) -> LimitVerdict:
    seen = facts.opposite
    evidence = limit.when.holds(seen)
    if evidence is None:
        return LimitVerdict(limit.name, limit.line, False, limit.when.why_not(seen), limit.when.misses(seen))
    given = {**decision.grants, **decision.denied}
    cuts = [
        Cut(alias, str(grant.given), str(left) if (left := limit.allows(grant.given)) is not None else None)
        for alias, grant in sorted(given.items())
        if limit.concerns(alias) and limit.allows(grant.given) != grant.given
    ]
    if cuts:
        return LimitVerdict(limit.name, limit.line, True, ", ".join(evidence), 0, tuple(cuts))
    return LimitVerdict(limit.name, limit.line, True, f"{', '.join(evidence)}; {_nothing_to_cut(limit)}", 0)


def _nothing_to_cut(limit: Limit) -> str:
    places = f" in {listed(sorted(limit.workspaces))}" if limit.workspaces is not None else ""
    return f"nothing above {limit.at_most} to cut{places}" if limit.at_most is not None else f"nothing to cut{places}"


def asked(ruleset: Ruleset) -> tuple[str, ...]:
    """The attributes that some rule or limit asks for, each as the file calls it."""
    conditions = [*(rule.when for rule in ruleset.rules), *(limit.when for limit in ruleset.limits)]
    found = {fold(name): name for when in conditions for name in attribute_names(when)}
    return tuple(sorted(found.values()))
