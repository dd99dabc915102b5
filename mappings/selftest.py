"""The tests that stand in a mapping file: a person, and exactly what they must get.

Only rules that hold are explained, found as the decision finds them: 200 tests of 5,000 rules take a second, not eight.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any

from mappings import model
from mappings.decide import Decision
from mappings.explain import explain
from mappings.facts import Facts
from mappings.identity import GroupFact, Identity
from mappings.located import Document, Problem
from mappings.roles import Role
from mappings.ruleset import Rule, Ruleset, zone
from mappings.words import fold


@dataclass(frozen=True, slots=True)
class TestResult:
    """`rules`: those that matched; `limits`: those that cut something. `problem`: None if it came out as written."""

    __test__ = False

    name: str
    passed: bool
    rules: tuple[str, ...]
    limits: tuple[str, ...]
    problem: Problem | None = None

    def as_dict(self) -> dict[str, Any]:
        return {"name": self.name, "passed": self.passed, "rules": list(self.rules), "limits": list(self.limits)}


def run(file: model.MappingFile, ruleset: Ruleset, document: Document, now: datetime) -> list[TestResult]:
    """Every test of a file."""
    return [_run(test, place, ruleset, document, now) for place, test in enumerate(file.tests)]


def _run(test: model.Expectation, place: int, ruleset: Ruleset, document: Document, now: datetime) -> TestResult:
    moment = datetime.combine(test.date, time(12), zone(ruleset.scope.timezone)) if test.date else now
    identity = _identity(test.given, ruleset)
    facts = Facts(identity)
    holding = tuple(rule for rule in ruleset.candidates(facts) if rule.when.holds(facts) is not None)
    explained = explain(identity, _only(holding, ruleset), moment)
    got = {alias: str(grant.role) for alias, grant in explained.decision.grants.items()}
    expected = dict(test.expect) if isinstance(test.expect, dict) else {}
    rules, limits = tuple(verdict.rule for verdict in explained.matched), _cutting(explained.decision)
    if got == expected:
        return TestResult(test.name, True, rules, limits)
    message = f"the test {test.name!r} expects {_shown(expected)} and gets {_shown(got)}"
    hint = f"{_reasons(rules, limits)}{_near(expected, got, facts, ruleset)}. Mend the rules, or what the test expects"
    problem = document.problem(("tests", place, "expect"), message, hint)
    return TestResult(test.name, False, rules, limits, problem)


def _only(holding: tuple[Rule, ...], ruleset: Ruleset) -> Ruleset:
    """The ruleset without rules that don't hold: it decides the same, and no condition is asked twice."""
    return replace(ruleset, rules=holding, others=holding, index={kind: {} for kind in ruleset.index})


def _cutting(decision: Decision) -> tuple[str, ...]:
    grants = (*decision.grants.values(), *decision.denied.values())
    return tuple(dict.fromkeys(because.rule for grant in grants for because in grant.cut))


def _reasons(rules: tuple[str, ...], limits: tuple[str, ...]) -> str:
    matching = f"matching rules: {', '.join(rules)}" if rules else "no rule matches"
    return f"{matching}; cut by: {', '.join(limits)}" if limits else matching


def _near(expected: Mapping[str, str], got: Mapping[str, str], facts: Facts, ruleset: Ruleset) -> str:
    """The rule that came nearest to giving what is missing, and what kept it from that."""
    missing = {alias: Role.parse(role) for alias, role in expected.items() if alias not in got}
    giving = [rule for rule in ruleset.rules if rule.disabled is None and _gives(rule, missing)]
    missed = [rule for rule in giving if rule.when.holds(facts) is None]
    nearest = min(missed, key=lambda rule: rule.when.misses(facts), default=None)
    return f"; nearest is {nearest.name!r} in line {nearest.line} ({nearest.when.why_not(facts)})" if nearest else ""


def _gives(rule: Rule, wanted: Mapping[str, Role]) -> bool:
    return any(alias in wanted and str(wanted[alias]) == role for alias, role in rule.grant)


def _identity(given: model.Given, ruleset: Ruleset) -> Identity:
    names = {fold(name): name for name in given.groups}
    groups = tuple(GroupFact(name, ruleset.groups.get(folded)) for folded, name in names.items())
    attributes = {name: tuple(values) for name, values in given.attributes.items()}
    return Identity(given.email, groups, attributes, frozenset({given.source}))


def _shown(grants: Mapping[str, str]) -> str:
    return ", ".join(f"{alias}: {role}" for alias, role in sorted(grants.items())) or "none"
