"""Text -> plain data and the place of each value and key in it.

Only ``true`` and ``false`` are booleans (a group may be called ``no``), only numbers that read the same when written
back are numbers (``1.10`` and ``0123`` stay text), and a key may stand once. Nothing stops at the first problem.
"""

from collections.abc import Callable, Iterator
from typing import Any

import yaml

from mappings.located.problem import Problem, Severity
from mappings.located.reader import Path, Reader, TooLarge
from mappings.located.syntax import BREAK, fault

Guide = Callable[[Path | None], str]
"""Where the docs explain a place of a file; None: YAML itself."""

_TOO_LARGE = "this file is too large, or its aliases repeat too much"
_TOO_LARGE_HINT = "write a pattern (group_like) for what many rules share, and write out what aliases (*name) repeat"
_LOST = "\ufffd"  # what decoding leaves of bytes that are no UTF-8


class Document:
    """A parsed file: plain `data`, and where each value and key of it stands."""

    def __init__(self, file: str, text: str, guide: Guide | None = None) -> None:
        self.file = file
        self.data: Any = None
        self.guide = guide
        self.lines = BREAK.split(text.removeprefix("\ufeff"))
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
        self,
        path: Path,
        message: str,
        hint: str | None = None,
        *,
        key: bool = False,
        severity: Severity = "error",
        see: str | None = None,
    ) -> Problem:
        """A problem at a path of this document. `see`: the page, where it is not the one about that path."""
        line, column = self.at(path, key=key)
        page = see or (self.guide(path) if self.guide else None)
        return Problem(self.file, line, column, message, hint, severity, self._line(line), page)

    def problem_at(self, line: int, column: int, message: str, hint: str | None = None) -> Problem:
        """A problem of the text itself."""
        page = self.guide(None) if self.guide else None
        return Problem(self.file, line, column, message, hint, "error", self._line(line), page)

    def _line(self, number: int) -> str | None:
        return self.lines[number - 1] if 0 < number <= len(self.lines) else None

    def place(self, path: Path, line: int, column: int, *, key: bool = False) -> None:
        (self._keys if key else self._values)[path] = (line, column)

    def empty(self) -> Iterator[Path]:
        """The path of every key or entry that stands there without a value."""
        yield from _empty(self.data, ())


def parse(text: str, file: str, guide: Guide | None = None) -> tuple[Document | None, list[Problem]]:
    """A document, or None when the text is no YAML at all, and every problem found on the way."""
    document = Document(file, text, guide)
    lost = list(_lost(document))
    reader = Reader(document)
    try:
        document.data = reader.read(yaml.parse(text, Loader=yaml.CSafeLoader))
    except TooLarge:
        return None, [*lost, document.problem_at(1, 1, _TOO_LARGE, _TOO_LARGE_HINT)]
    except yaml.YAMLError as error:
        found = fault(text, document.lines, error)
        broken = document.problem_at(found.line, found.column, f"this is not YAML: {found.sentence}", found.hint)
        return None, lost or [*reader.problems, broken]  # a wrong encoding breaks the rest
    return document, [*lost, *reader.problems]


def _lost(document: Document) -> Iterator[Problem]:
    """The first character that was no UTF-8; who mends the encoding mends them all."""
    for number, line in enumerate(document.lines, 1):
        if _LOST in line:
            hint = "save the file as UTF-8, and write this character anew if it is lost"
            yield document.problem_at(
                number, line.index(_LOST) + 1, "this file is not UTF-8: a character can't be read", hint
            )
            return


def _empty(data: Any, path: Path) -> Iterator[Path]:
    if data is None:
        yield path
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _empty(value, (*path, key))
    elif isinstance(data, list):
        for place, value in enumerate(data):
            yield from _empty(value, (*path, place))
