"""The tests that stand in a mapping file: a person, and exactly what they must get."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from mappings import model
from mappings.explain import explain
from mappings.identity import GroupFact, Identity
from mappings.located import Document, Problem
from mappings.ruleset import Ruleset, zone
from mappings.words import fold


@dataclass(frozen=True, slots=True)
class TestResult:
    """`rules`: those that matched. `problem`: None if it came out as written."""

    __test__ = False

    name: str
    passed: bool
    rules: tuple[str, ...]
    problem: Problem | None = None

    def as_dict(self) -> dict[str, Any]:
        return {"name": self.name, "passed": self.passed, "rules": list(self.rules)}


def run(file: model.MappingFile, ruleset: Ruleset, document: Document, now: datetime) -> list[TestResult]:
    """Every test of a file."""
    return [_run(test, place, ruleset, document, now) for place, test in enumerate(file.tests)]


def _run(test: model.Expectation, place: int, ruleset: Ruleset, document: Document, now: datetime) -> TestResult:
    moment = datetime.combine(test.date, time(12), zone(ruleset.scope.timezone)) if test.date else now
    explained = explain(_identity(test.given, ruleset), ruleset, moment)
    got = {alias: str(grant.role) for alias, grant in explained.decision.grants.items()}
    expected = dict(test.expect) if isinstance(test.expect, dict) else {}
    rules = tuple(verdict.rule for verdict in explained.matched)
    if got == expected:
        return TestResult(test.name, True, rules)
    message = f"the test {test.name!r} expects {_shown(expected)} and gets {_shown(got)}"
    hint = f"matching rules: {', '.join(rules)}" if rules else "no rule matches"
    return TestResult(test.name, False, rules, document.problem(("tests", place, "expect"), message, hint))


def _identity(given: model.Given, ruleset: Ruleset) -> Identity:
    names = {fold(name): name for name in given.groups}
    groups = tuple(GroupFact(name, ruleset.groups.get(folded)) for folded, name in names.items())
    attributes = {name: tuple(values) for name, values in given.attributes.items()}
    return Identity(given.email, groups, attributes, frozenset({given.source}))


def _shown(grants: Mapping[str, str]) -> str:
    return ", ".join(f"{alias}: {role}" for alias, role in sorted(grants.items())) or "none"
