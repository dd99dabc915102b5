"""What is said of each file. Nothing stops at the first mistake, nor does one file's mistake hide another's."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from bridge.cli.check.files import Target
from bridge.settings import Reading
from mappings.check import Checked, connection_of
from mappings.check import check as check_mapping
from mappings.located import Problem, did_you_mean, parse


@dataclass(frozen=True, slots=True)
class Verdict:
    """`checked`: of a mapping file, its rules and tests."""

    file: str
    kind: str
    connection: str | None
    problems: tuple[Problem, ...]
    checked: Checked | None = None

    @property
    def ok(self) -> bool:
        return not any(problem.severity == "error" for problem in self.problems)

    def count(self, severity: str) -> int:
        return sum(problem.severity == severity for problem in self.problems)

    def as_dict(self) -> dict[str, Any]:
        ruleset = self.checked.ruleset if self.checked else None
        return {
            "file": self.file,
            "kind": self.kind,
            "connection": self.connection,
            "ok": self.ok,
            "rules": len(ruleset.rules) if ruleset else None,
            "limits": len(ruleset.limits) if ruleset else None,
            "problems": [problem.as_dict() for problem in self.problems],
            "tests": [test.as_dict() for test in self.checked.tests] if self.checked else [],
        }


def verdicts(reading: Reading, targets: Sequence[Target], now: datetime) -> list[Verdict]:
    """A verdict per file; `now` is the day of tests without a date."""
    return [_verdict(reading, target, now) for target in targets]


def _verdict(reading: Reading, target: Target, now: datetime) -> Verdict:
    if target.kind in {"mapping", "proposal"}:
        return _mapping(reading, target, now)
    problems = [problem for problem in reading.problems if problem.file == str(target.path)]
    if target.kind == "connection" and not _file(reading, "mappings", target.name).exists():
        hint = f"write {_file(reading, 'mappings', target.name)}, if only with `connection: {target.name}`"
        text = f"{target.name} has no mapping file: its people get nothing"
        problems.append(Problem(str(target.path), 1, 1, text, hint, "warning"))
    ordered = sorted(problems, key=lambda problem: (problem.line, problem.column, problem.message))
    return Verdict(str(target.path), target.kind, target.name or None, tuple(ordered))


def _mapping(reading: Reading, target: Target, now: datetime) -> Verdict:
    file = str(target.path)
    try:
        text = target.path.read_bytes().decode("utf-8", errors="replace")
    except OSError as error:
        problem = Problem(file, 1, 1, f"can't be read: {error.strerror}", "make it a file that this user may read")
        return Verdict(file, "mapping", target.name or None, (problem,))
    said, known = connection_of(text), _known(reading)
    name = said if said in known and target.name not in known else target.name or said
    checked = check_mapping(text, file, reading.scope(name), now)
    beside = _at_connection(text, list(_beside(reading, target, name, said)))
    return Verdict(file, "mapping", name if name in known else None, (*beside, *checked.problems), checked)


def _beside(reading: Reading, target: Target, name: str, said: str) -> Iterator[Problem]:
    """What the file's place and its connection file have to do with it."""
    here, known, file = partial(Problem, str(target.path), 1, 1), _known(reading), _file(reading, "connections", name)
    if target.kind == "proposal" and not said:
        hint = "write `connection: NAME` into it; a connection file is checked where it belongs, in connections/"
        yield here("this file doesn't say for which connection it is", hint)
    elif name not in known:
        hint = did_you_mean(name, known) or f"write {file} first"
        yield here(f"there is no connection {name}: {file} is missing", hint)
    elif name not in reading.connections:
        text = f"{file} has errors, so what it allows is known here only in part"
        yield here(text, "mend that file first", "warning")
    if target.kind == "mapping" and name in known and target.name != name:
        own = _file(reading, "mappings", name)
        yield here(f"this file is not read: {name} has its rules in {own}", f"call it {own.name}")


def _at_connection(text: str, problems: list[Problem]) -> list[Problem]:
    """At the line that says the connection, if there is one."""
    document = parse(text, problems[0].file)[0] if problems else None
    if document is None:
        return problems
    return [document.problem(("connection",), one.message, one.hint, severity=one.severity) for one in problems]


def _known(reading: Reading) -> list[str]:
    return [name for name in reading.layers if name != "bridge"]


def _file(reading: Reading, kind: str, name: str) -> Path:
    return reading.config / kind / f"{name}.yaml"
