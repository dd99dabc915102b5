"""Everything that can be said about a mapping file without a directory, a database or a network; its own tests run too."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mappings import model
from mappings.compile import compile_ruleset
from mappings.located import Document, Problem, no_value, parse, validate
from mappings.ruleset import Ruleset, Scope
from mappings.salvage import salvage
from mappings.selftest import TestResult, run


@dataclass(frozen=True, slots=True)
class Checked:
    """`ruleset` is None when the file can't be understood. `ok`: it may be taken into service."""

    file: str
    ruleset: Ruleset | None
    problems: tuple[Problem, ...]
    tests: tuple[TestResult, ...] = ()

    @property
    def ok(self) -> bool:
        return self.ruleset is not None and not any(problem.severity == "error" for problem in self.problems)

    def as_dict(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "ok": self.ok,
            "problems": [problem.as_dict() for problem in self.problems],
            "tests": [test.as_dict() for test in self.tests],
        }


def check(text: str, file: str, scope: Scope, now: datetime) -> Checked:
    """Parse, compile and test one file; `now` is the day of tests without a date."""
    document, problems = parse(text, file)
    if document is None:
        return Checked(file, None, tuple(problems))
    shape, found = validate(model.MappingFile, document)
    problems += [*found, *(no_value(document, path) for path in document.empty() if path)]
    if shape is None:
        understood, broken = salvage(document)
        problems += compile_ruleset(understood, document, scope, broken)[1]
        return Checked(file, None, _ordered(problems))
    if shape.connection != scope.connection:
        message = f"this file is for the connection {shape.connection}, but it belongs to {scope.connection}"
        problems.append(document.problem(("connection",), message))
    ruleset, found = compile_ruleset(shape, document, scope)
    problems += found
    if any(problem.severity == "error" for problem in problems):
        return Checked(file, ruleset, _ordered(problems))
    results = run(shape, ruleset, document, now)
    problems += [result.problem for result in results if result.problem is not None]
    problems += _untested(ruleset, results, document)
    return Checked(file, ruleset, _ordered(problems), tuple(results))


def _untested(ruleset: Ruleset, results: list[TestResult], document: Document) -> list[Problem]:
    if not results:
        return []
    reached = {name for result in results for name in result.rules}
    return [
        document.problem(("rules", rule.place, "name"), f"no test reaches the rule {rule.name!r}", severity="warning")
        for rule in ruleset.rules
        if rule.name not in reached and rule.disabled is None
    ]


def _ordered(problems: list[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(set(problems), key=lambda problem: (problem.line, problem.column, problem.message)))
