"""What `check` prints: lines for people, JSON for scripts, workflow commands for GitHub's annotations."""

from collections.abc import Iterator, Sequence

import orjson

from bridge.cli.check.verdict import Verdict
from bridge.counted import many
from mappings.located import Problem

NOT_CHECKED = "whether the groups and workspaces exist (inferpipe-bridge preview FILE does)"
_ELSEWHERE = "Other files have errors, too: inferpipe-bridge check without FILES shows them."


def text(found: Sequence[Verdict], *, ok: bool, elsewhere: bool) -> str:
    """Every problem with its line and a caret, then a line per file."""
    problems = (str(problem) for one in found for problem in one.problems)
    return "\n".join([*problems, *_ending(found, ok, elsewhere)])


def json(found: Sequence[Verdict], *, ok: bool, elsewhere: bool) -> str:
    """The shape that docs/checking.md describes."""
    answer = {
        "ok": ok,
        "errors": sum(one.count("error") for one in found),
        "warnings": sum(one.count("warning") for one in found),
        "files": [one.as_dict() for one in found],
        "errors_elsewhere": elsewhere,
        "not_checked": [NOT_CHECKED],
    }
    return orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode()


def github(found: Sequence[Verdict], *, ok: bool, elsewhere: bool) -> str:
    """A command per problem, which GitHub shows at its line; then the same ending as the text has."""
    commands = (_command(problem) for one in found for problem in one.problems)
    return "\n".join([*commands, *_ending(found, ok, elsewhere)])


def _ending(found: Sequence[Verdict], ok: bool, elsewhere: bool) -> Iterator[str]:
    for one in found:
        verdict = "not checked: no file of the configuration" if _strange(one) else "ok" if one.ok else "NOT OK"
        yield f"{one.file}: {', '.join(_counts(verdict, one))}"
    errors, warnings = (sum(one.count(kind) for one in found) for kind in ("error", "warning"))
    yield f"{many(len(found), 'file')}: {'ok' if ok else 'NOT OK'}, {many(errors, 'error')}, {many(warnings, 'warning')}"
    if elsewhere:
        yield _ELSEWHERE
    yield f"not checked: {NOT_CHECKED}"


def _counts(verdict: str, one: Verdict) -> Iterator[str]:
    ruleset = one.checked.ruleset if one.checked else None
    yield f"{verdict}: {many(len(ruleset.rules), 'rule')}" if ruleset else verdict
    if ruleset:
        yield many(len(ruleset.limits), "limit")
        tests = one.checked.tests if one.checked else ()
        yield f"{sum(test.passed for test in tests)} of {many(len(tests), 'test')} pass" if tests else "no tests"
    for kind in ("error", "warning"):
        if one.count(kind):
            yield many(one.count(kind), kind)


def _strange(one: Verdict) -> bool:
    return one.kind == "other" and not one.problems


def _command(problem: Problem) -> str:
    """GitHub's own escaping: actions/toolkit, packages/core/src/command.ts."""
    place = {"file": problem.file, "line": problem.line, "col": problem.column, "title": "inferpipe-bridge check"}
    properties = ",".join(f"{key}={_property(str(value))}" for key, value in place.items())
    said = "\n".join([problem.message, *str(problem).splitlines()[1:]])
    return f"::{problem.severity} {properties}::{_data(said)}"


def _data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")
