"""What a step may ask of an answer: a path into it, an operation, and a value to compare with.

Paths: ``$.members[0].value``, ``$['urn:…:User'].manager.value``, ``body`` (the whole text) and ``response_time_ms``.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson

Op = Literal[
    "eq", "eq_num", "eq_str", "exists", "absent", "not_empty", "contains", "not_contains", "is_number", "len",
    "eq_or_absent", "empty", "in", "type", "lt", "between", "has", "lacks",
]  # fmt: skip

_STEP = re.compile(r"\.(?P<name>[^.\[\]]+)|\[(?P<index>\d+)\]|\['(?P<quoted>[^']+)'\]")
_PATH = re.compile(r"\$(?:\.[^.\[\]]+|\[\d+\]|\['[^']+'\])*")
_SHOWN = 160


class _Missing:
    """Nothing stands at a path; JSON's null does stand there."""

    def __repr__(self) -> str:
        return "missing"


MISSING = _Missing()


@dataclass(frozen=True, slots=True)
class Check:
    """`value` may hold ``{{variables}}``; operations like `exists` need none."""

    path: str
    op: Op
    value: Any = None

    def __post_init__(self) -> None:
        understood(self.path)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `document` is the JSON in it, `MISSING` where there is none; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    text: str
    document: Any
    ms: float


def read(status: int, headers: Mapping[str, str], body: bytes, ms: float) -> Answer:
    """An answer as its checks see it."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        document = MISSING
    return Answer(status, headers, body.decode("utf-8", "replace"), document, ms)


def understood(path: str) -> None:
    """ValueError for a path that `pick` can't follow."""
    if path not in {"body", "response_time_ms", "$."} and not _PATH.fullmatch(path):
        raise ValueError(f"{path!r} is no path such as $.members[0].value")


def pick(answer: Answer, path: str) -> Any:
    """What stands at a path, or `MISSING`."""
    if path == "body":
        return answer.text
    if path == "response_time_ms":
        return answer.ms
    return picked(answer.document, path)


def picked(document: Any, path: str) -> Any:
    """The same in a document alone."""
    found = document
    for step in _STEP.finditer(path, 1):
        found = _down(found, step)
    return found


def problem(answer: Answer, check: Check) -> str | None:
    """A sentence when the check fails."""
    holds, words = _OPERATIONS[check.op]
    got = pick(answer, check.path)
    try:
        passed = holds(got, check.value)
    except (TypeError, ValueError):
        passed = False
    return None if passed else f"{check.path} should {words.format(_shown(check.value))}, but it is {_shown(got)}"


def header_problem(answer: Answer, name: str, wanted: str) -> str | None:
    """A header may carry parameters after the wanted value; else `wanted` is a pattern for all of it."""
    got = answer.headers.get(name.lower())
    if got is not None and (got.split(";")[0].strip() == wanted or _fits(wanted, got)):
        return None
    return f"the header {name} should be {wanted}, but it is {got or 'missing'}"


def _fits(pattern: str, text: str) -> bool:
    try:
        return re.fullmatch(pattern, text) is not None
    except re.error:
        return False


def _down(found: Any, step: re.Match[str]) -> Any:
    if step["index"] is not None:
        index = int(step["index"])
        return found[index] if isinstance(found, list) and index < len(found) else MISSING
    return found.get(step["name"] or step["quoted"], MISSING) if isinstance(found, dict) else MISSING


def _same(got: Any, wanted: Any) -> bool:
    return isinstance(got, bool) == isinstance(wanted, bool) and bool(got == wanted)


def _holds(entry: Any, wanted: Mapping[str, Any]) -> bool:
    """An entry of a list may have more than what is asked for."""
    return isinstance(entry, dict) and all(_same(entry.get(key, MISSING), value) for key, value in wanted.items())


def _is_nothing(got: Any) -> bool:
    return got is MISSING or got is None or got in ("", [], {})


def _is_number(got: Any) -> bool:
    return isinstance(got, int | float) and not isinstance(got, bool)


def _shown(value: Any) -> str:
    text = "missing" if value is MISSING else orjson.dumps(value).decode()
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


_TYPES: Mapping[str, type] = {"array": list, "object": dict, "string": str}

_OPERATIONS: Mapping[str, tuple[Callable[[Any, Any], bool], str]] = {
    "eq": (_same, "be {}"),
    "eq_num": (lambda got, wanted: _is_number(got) and float(got) == float(wanted), "be the number {}"),
    "eq_str": (lambda got, wanted: _same(got, wanted) or str(got) == str(wanted), "read as {}"),
    "exists": (lambda got, _: got is not MISSING, "be there"),
    "absent": (lambda got, _: got is MISSING or got is None, "be absent"),
    "not_empty": (lambda got, _: not _is_nothing(got), "hold something"),
    "empty": (lambda got, _: _is_nothing(got), "be empty"),
    "contains": (lambda got, wanted: wanted in got, "contain {}"),
    "not_contains": (lambda got, wanted: got is MISSING or wanted not in got, "not contain {}"),
    "is_number": (lambda got, _: _is_number(got), "be a number"),
    "len": (lambda got, wanted: isinstance(got, list) and len(got) == wanted, "have {} entries"),
    "eq_or_absent": (lambda got, wanted: got is MISSING or got is None or _same(got, wanted), "be {} or absent"),
    "in": (lambda got, wanted: any(_same(got, one) for one in wanted), "be one of {}"),
    "type": (lambda got, wanted: isinstance(got, _TYPES[wanted]), "be of the type {}"),
    "lt": (lambda got, wanted: got < wanted, "be less than {}"),
    "between": (lambda got, wanted: wanted[0] <= got <= wanted[1], "lie between the two of {}"),
    "has": (lambda got, wanted: isinstance(got, list) and any(_holds(one, wanted) for one in got), "have an entry with {}"),
    "lacks": (lambda got, wanted: _is_nothing(got) or not any(_holds(one, wanted) for one in got), "have no entry with {}"),
}
