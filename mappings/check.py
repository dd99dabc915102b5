"""Everything that can be said about a mapping file without a directory, a database or a network; its own tests run too."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mappings import model
from mappings.compile import compile_ruleset
from mappings.located import Document, Path, Problem, no_value, parse, validate
from mappings.pages import TESTS, see
from mappings.ruleset import Ruleset, Scope
from mappings.salvage import salvage
from mappings.selftest import TestResult, run
from mappings.useless import ended, over, useless

_CONNECTION = re.compile(r"""^connection:[ \t]*["']?([A-Za-z0-9_-]+)""", re.MULTILINE)


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
    document, problems = parse(text, file, see)
    if document is None:
        return Checked(file, None, tuple(problems))
    shape, found = validate(model.MappingFile, document)
    problems += [*found, *_without_value(document, found)]
    if shape is None:
        understood, broken = salvage(document)
        ruleset, found = compile_ruleset(understood, document, scope, broken)
        return Checked(file, None, _ordered([*problems, *found, *ended(ruleset, document, now)]))
    if shape.connection != scope.connection:
        message = f"this file is for the connection {shape.connection}, but it belongs to {scope.connection}"
        hint = f"write `connection: {scope.connection}`, or rename the file"
        problems.append(document.problem(("connection",), message, hint))
    ruleset, found = compile_ruleset(shape, document, scope)
    problems += [*found, *ended(ruleset, document, now)]
    if any(problem.severity == "error" for problem in problems):
        return Checked(file, ruleset, _ordered(problems))
    results = run(shape, ruleset, document, now)
    problems += [result.problem for result in results if result.problem is not None]
    problems += [*useless(ruleset, document, now), *(_untested(ruleset, results, document, now) if results else ())]
    return Checked(file, ruleset, _ordered(problems), tuple(results))


def connection_of(text: str) -> str:
    """The connection that a file says it is for, or empty; as text: a file too broken to parse may still say it."""
    found = _CONNECTION.search(text)
    return found.group(1) if found else ""


def _without_value(document: Document, found: list[Problem]) -> Iterator[Problem]:
    """Keys and entries that stand there without a value, unless more was said about them."""
    told = {(problem.line, problem.column) for problem in found}
    for path in document.empty():
        problem = no_value(model.MappingFile, document, path)
        if path and (problem.line, problem.column) not in told:
            yield problem


def _untested(ruleset: Ruleset, results: list[TestResult], document: Document, now: datetime) -> Iterator[Problem]:
    """What a file with tests has no test for."""
    reached = {name for result in results for name in result.rules}
    for rule in ruleset.rules:
        if rule.name not in reached and rule.disabled is None and not over(rule, now):
            message = f"no test reaches the rule {rule.name!r}"
            hint = "add a test with a person for whom it holds, and what they get"
            yield _pointing(document, ("rules", rule.place, "name"), message, hint)
    cutting = {name for result in results for name in result.limits}
    for at, limit in enumerate(ruleset.limits):
        if limit.name not in cutting:
            message = f"no test shows what the limit {limit.name!r} cuts"
            hint = "add a test with a person for whom it holds and to whom rules give more"
            yield _pointing(document, ("limits", at, "name"), message, hint)


def _pointing(document: Document, path: Path, message: str, hint: str) -> Problem:
    return document.problem(path, message, hint, severity="warning", see=TESTS)


def _ordered(problems: list[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(set(problems), key=lambda problem: (problem.line, problem.column, problem.message)))
