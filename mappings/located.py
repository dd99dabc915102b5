"""YAML that remembers where everything stands, so that every problem names its line and column and shows a caret.

Only ``true`` and ``false`` are booleans (a group may be called ``no``), only plain decimal numbers are numbers, and a key
may stand once. All problems of a file are collected; nothing stops at the first.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, TypeVar, cast

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

Path = tuple[str | int, ...]
Severity = Literal["error", "warning"]
Model = TypeVar("Model", bound=BaseModel)
NODES = 200_000  # a page of YAML has hundreds; aliases must not explode it

_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_CONSTANTS: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a file: where (1-based), what, and what to do about it."""

    file: str
    line: int
    column: int
    message: str
    hint: str | None = None
    severity: Severity = "error"
    source: str | None = None

    def __str__(self) -> str:
        head = f"{self.file}:{self.line}:{self.column}: {'warning: ' if self.severity == 'warning' else ''}{self.message}"
        lines = [head]
        if self.source is not None:
            lines += [f"    {self.source}", f"    {' ' * (self.column - 1)}^"]
        if self.hint:
            lines.append(f"    hint: {self.hint}")
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "severity": self.severity,
            "message": self.message,
            "hint": self.hint,
        }


class Document:
    """A parsed file: plain `data`, and where each value and key of it stands."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.data: Any = None
        self._lines = text.split("\n")
        self._values: dict[Path, tuple[int, int]] = {(): (1, 1)}
        self._keys: dict[Path, tuple[int, int]] = {}

    def at(self, path: Path, *, key: bool = False) -> tuple[int, int]:
        """Line and column of the value at `path` (of its key with `key`), or of the nearest ancestor that exists."""
        if key and path in self._keys:
            return self._keys[path]
        while path not in self._values:
            path = path[:-1]
        return self._values[path]

    def problem(
        self, path: Path, message: str, hint: str | None = None, *, key: bool = False, severity: Severity = "error"
    ) -> Problem:
        """A problem at a path of this document."""
        line, column = self.at(path, key=key)
        return self.problem_at(line, column, message, hint, severity=severity)

    def problem_at(
        self, line: int, column: int, message: str, hint: str | None = None, *, severity: Severity = "error"
    ) -> Problem:
        source = self._lines[line - 1].rstrip("\r") if 0 < line <= len(self._lines) else None
        return Problem(self.file, line, column, message, hint, severity, source)

    def place(self, path: Path, mark: yaml.Mark, *, key: bool = False) -> None:
        (self._keys if key else self._values)[path] = (mark.line + 1, mark.column + 1)


def parse(text: str, file: str) -> tuple[Document | None, list[Problem]]:
    """A document, or None when the text is no YAML at all, and every problem found on the way."""
    document = Document(file, text)
    try:
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return None, [document.problem_at(line, column, f"this is not YAML: {error.problem}", _yaml_hint(error))]
    except yaml.YAMLError as error:
        return None, [document.problem_at(1, 1, f"this is not YAML: {error}")]
    reader = _Reader(document)
    document.data = reader.read(node, ()) if node is not None else {}
    return document, reader.problems


def validate(model: type[Model], document: Document) -> tuple[Model | None, list[Problem]]:
    """`document` as `model`, or None and one located problem per mistake."""
    data = document.data
    if not isinstance(data, Mapping):
        return None, [document.problem((), "the file must be a map of keys", "start with `key: value` lines")]
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        return None, list(_problems(model, document, error))


def did_you_mean(word: str, known: list[str]) -> str | None:
    """A hint that names the nearest known word, else all of them when they are few."""
    near = difflib.get_close_matches(word, known, 1, 0.6)
    if near:
        return f"did you mean {near[0]}?"
    return f"known here: {', '.join(known)}" if 0 < len(known) <= 25 else None


class _Reader:
    """Turns nodes into plain data and notes where each stood."""

    def __init__(self, document: Document) -> None:
        self.problems: list[Problem] = []
        self._document = document
        self._left = NODES

    def read(self, node: yaml.Node, path: Path) -> Any:
        self._left -= 1
        if self._left < 0:
            raise_once = "this file is too large, or its aliases repeat too much"
            if not any(problem.message == raise_once for problem in self.problems):
                self.problems.append(self._document.problem((), raise_once))
            return None
        self._document.place(path, node.start_mark)
        if isinstance(node, yaml.MappingNode):
            return self._map(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*path, place)) for place, item in enumerate(node.value)]
        return self._scalar(cast(yaml.ScalarNode, node))

    def _map(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            mark = key_node.start_mark
            if not isinstance(key_node, yaml.ScalarNode):
                self._problem(mark, "a key must be a plain word")
                continue
            key = str(key_node.value)
            if key in data:
                first, _ = self._document.at((*path, key), key=True)
                self._problem(mark, f"the key {key} stands here a second time", f"it is already set in line {first}")
                continue
            self._document.place((*path, key), mark, key=True)
            data[key] = self.read(value_node, (*path, key))
        return data

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        text = str(node.value)
        if node.style is not None:
            return text
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if _INT.match(text):
            return int(text)
        if _FLOAT.match(text):
            return float(text)
        if _DATE.match(text):
            try:
                return date.fromisoformat(text)
            except ValueError:
                self._problem(node.start_mark, f"{text} is no date", "dates are YYYY-MM-DD")
        return text

    def _problem(self, mark: yaml.Mark, message: str, hint: str | None = None) -> None:
        self.problems.append(self._document.problem_at(mark.line + 1, mark.column + 1, message, hint))


def _yaml_hint(error: yaml.MarkedYAMLError) -> str | None:
    problem = error.problem or ""
    if "\\t" in problem or "tab" in problem:
        return "indent with spaces, not with tabs"
    if "mapping values are not allowed" in problem:
        return "put quotes around text that contains `: `"
    return None


def _problems(model: type[BaseModel], document: Document, error: ValidationError) -> Iterator[Problem]:
    seen: set[tuple[Path, str]] = set()
    for detail in error.errors():
        path = _existing(document, detail["loc"])
        message, hint = _sentence(model, detail, path)
        if (path, message) not in seen:
            seen.add((path, message))
            yield document.problem(path, message, hint, key=detail["type"] == "extra_forbidden")


def _existing(document: Document, loc: tuple[str | int, ...]) -> Path:
    """pydantic's location without the tags of unions and validators that are no part of the file."""
    path: Path = ()
    data = document.data
    for part in loc:
        if (isinstance(data, Mapping) and part in data) or (
            isinstance(data, list) and isinstance(part, int) and part < len(data)
        ):
            data = data[part]
        else:
            continue
        path = (*path, part)
    return path


def _sentence(model: type[BaseModel], detail: ErrorDetails, path: Path) -> tuple[str, str | None]:
    kind, context, name = detail["type"], detail.get("ctx", {}), str(detail["loc"][-1]) if detail["loc"] else ""
    if kind == "extra_forbidden":
        return f"the key {name} is unknown", did_you_mean(name, _keys_at(model, path[:-1]))
    if kind == "missing":
        return f"the key {name} is missing", None
    if kind in {"literal_error", "enum"}:
        expected = re.findall(r"'([^']+)'", str(context.get("expected", "")))
        return f"{detail['input']!r} is not possible here", did_you_mean(str(detail["input"]), expected)
    if kind == "value_error":
        text, _, hint = str(context.get("error", "")).partition(" | ")
        return text, hint or None
    wanted = {
        "string_type": "text",
        "int_type": "a number",
        "int_parsing": "a number",
        "float_type": "a number",
        "bool_type": "true or false",
        "bool_parsing": "true or false",
        "list_type": "a list",
        "tuple_type": "a list",
        "dict_type": "a map",
        "model_type": "a map of keys",
        "date_type": "a date",
    }.get(kind)
    if wanted is not None:
        got = detail["input"]
        hint = 'put it in quotes: "…"' if wanted == "text" and isinstance(got, int | float | bool | date) else None
        return f"{wanted} is expected here, not {got!r}", hint
    return str(detail["msg"]), None


def _keys_at(model: type[BaseModel], path: Path) -> list[str]:
    """The keys that the model knows at a path; follows fields, lists, maps and optional values."""
    kinds: list[Any] = [model]
    for part in path:
        kinds = [inner for kind in kinds for inner in _inside(kind, part)]
    return sorted({key for kind in kinds for key in _fields(kind)})


def _fields(kind: Any) -> list[str]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [field.alias or name for name, field in kind.model_fields.items()]
    return []


def _inside(kind: Any, part: str | int) -> list[Any]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        found = [f.annotation for name, f in kind.model_fields.items() if (f.alias or name) == part]
        if found:
            return [leaf for annotation in found for leaf in _leaves(annotation)]
    return [kind]


def _leaves(annotation: Any) -> list[Any]:
    """Every class mentioned in an annotation, however wrapped."""
    arguments = getattr(annotation, "__args__", None)
    if not arguments:
        value = getattr(annotation, "__value__", None)
        return _leaves(value) if value is not None else [annotation]
    return [leaf for argument in arguments for leaf in _leaves(argument)]
