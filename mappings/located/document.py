"""Text -> plain data and the place of each value and key in it.

Only ``true`` and ``false`` are booleans (a group may be called ``no``), only numbers that read the same when written
back are numbers (``1.10`` and ``0123`` stay text), and a key may stand once. Nothing stops at the first problem.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any, cast

import yaml

from mappings.located.problem import Problem, Severity

Path = tuple[str | int, ...]
NODES = 200_000  # a page of YAML has hundreds; aliases must not explode it
DEPTH = 60

_INT = re.compile(r"(0|-?[1-9][0-9]{0,17})\Z")
_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_CONSTANTS: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # what libyaml counts as the end of a line
_STANDARD = "tag:yaml.org,2002:"
_TOO_LARGE = "this file is too large, or its aliases repeat too much"


class Document:
    """A parsed file: plain `data`, and where each value and key of it stands."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.data: Any = None
        self._lines = _BREAK.split(text.removeprefix("\ufeff"))
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
        source = self._lines[line - 1] if 0 < line <= len(self._lines) else None
        return Problem(self.file, line, column, message, hint, severity, source)

    def place(self, path: Path, mark: yaml.Mark, *, key: bool = False) -> None:
        (self._keys if key else self._values)[path] = (mark.line + 1, mark.column + 1)

    def empty(self) -> Iterator[Path]:
        """The path of every key or entry that stands there without a value."""
        yield from _empty(self.data, ())


def parse(text: str, file: str) -> tuple[Document | None, list[Problem]]:
    """A document, or None when the text is no YAML at all, and every problem found on the way."""
    document = Document(file, text)
    try:
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        return None, [_broken(document, text, error)]
    reader = _Reader(document)
    document.data = reader.read(node, ()) if node is not None else {}
    return (None if reader.too_large else document), reader.problems


class _Reader:
    """Turns nodes into plain data and notes where each stood."""

    def __init__(self, document: Document) -> None:
        self.problems: list[Problem] = []
        self.too_large = False
        self._document = document
        self._left = NODES

    def read(self, node: yaml.Node, path: Path) -> Any:
        self._left -= 1
        if self._left < 0 or len(path) > DEPTH:
            if not self.too_large:
                self.problems.append(self._document.problem((), _TOO_LARGE))
            self.too_large = True
            return None
        self._document.place(path, node.start_mark)
        if not node.tag.startswith(_STANDARD):
            self._problem(node.start_mark, f"the tag {node.tag} is not used here", "take it out, or put the text in quotes")
        if isinstance(node, yaml.MappingNode):
            return self._map(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*path, place)) for place, item in enumerate(node.value)]
        return _scalar(cast(yaml.ScalarNode, node))

    def _map(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            mark = key_node.start_mark
            if not isinstance(key_node, yaml.ScalarNode):
                self._problem(mark, "a key must be a plain word", 'put text that begins with { or [ in quotes: "{name}"')
                continue
            key = str(key_node.value)
            if key in data:
                first, _ = self._document.at((*path, key), key=True)
                self._problem(mark, f"the key {key} stands here a second time", f"it is already set in line {first}")
                continue
            self._document.place((*path, key), mark, key=True)
            data[key] = self.read(value_node, (*path, key))
        return data

    def _problem(self, mark: yaml.Mark, message: str, hint: str | None = None) -> None:
        self.problems.append(self._document.problem_at(mark.line + 1, mark.column + 1, message, hint))


def _scalar(node: yaml.ScalarNode) -> Any:
    text = str(node.value)
    if node.style or node.tag == f"{_STANDARD}str":  # quoted (plain text has the style "" or None)
        return text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INT.match(text):
        return int(text)
    if _FLOAT.match(text):
        return float(text) if repr(float(text)) == text else text
    return _date(text) if _DATE.match(text) else text


def _date(text: str) -> date | str:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


def _empty(data: Any, path: Path) -> Iterator[Path]:
    if data is None:
        yield path
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _empty(value, (*path, key))
    elif isinstance(data, list):
        for place, value in enumerate(data):
            yield from _empty(value, (*path, place))


def _broken(document: Document, text: str, error: yaml.YAMLError) -> Problem:
    """A text that is no YAML: the one problem that hides all others."""
    if isinstance(error, yaml.MarkedYAMLError):
        endless = "unexpected end" in str(error.problem)  # then the beginning is what helps
        mark = (error.context_mark if endless else None) or error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        said = ", ".join(part for part in (error.context, error.problem) if part)
        return document.problem_at(line, column, f"this is not YAML: {said}", _hint(said))
    line, column = _position(text, getattr(error, "position", 0))
    said = str(getattr(error, "reason", error))
    return document.problem_at(line, column, f"this is not YAML: {said}")


def _position(text: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset in UTF-8 bytes."""
    before = _BREAK.split(text.encode("utf-8", "replace")[:offset].decode("utf-8", "ignore"))
    return len(before), len(before[-1]) + 1


def _hint(said: str) -> str | None:
    if "cannot start any token" in said:
        return "indent with spaces, not with tabs; text that begins with @, ` or % needs quotes"
    if "mapping values are not allowed" in said:
        return 'put quotes around text that contains ": ", or mend the indentation'
    if "single document" in said:
        return "a file holds one document: take out the line ---"
    return None
