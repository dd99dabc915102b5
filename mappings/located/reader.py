"""libyaml's events -> plain data, with the place of each value and key told to the document.

Events instead of yaml's own nodes: those are so many objects that a large file spends its time in the garbage collector.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any, Protocol

import yaml

from mappings.located.problem import Problem

Path = tuple[str | int, ...]
NODES = 500_000  # a page of YAML has hundreds, 5,000 rules 100,000; aliases must not explode it
DEPTH = 60

_INT = re.compile(r"(0|-?[1-9][0-9]{0,17})\Z")
_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_CONSTANTS: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}
_STANDARD = "tag:yaml.org,2002:"
_QUOTES = "a text that begins with * or & means something else in YAML"


class TooLarge(Exception):
    """More than a file of rules can be."""


class Places(Protocol):
    """Who remembers where things stand."""

    def place(self, path: Path, line: int, column: int, *, key: bool = False) -> None: ...

    def at(self, path: Path, *, key: bool = False) -> tuple[int, int]: ...

    def problem_at(self, line: int, column: int, message: str, hint: str | None = None) -> Problem: ...


class Reader:
    """One reading. `problems` collect here."""

    def __init__(self, places: Places) -> None:
        self.problems: list[Problem] = []
        self._places = places
        self._events: Iterator[Any] = iter(())
        self._anchors: dict[str, tuple[Path, Any]] = {}
        self._left = NODES

    def read(self, events: Iterator[Any]) -> Any:
        """The data of the first document; {} for an empty file."""
        self._events = events
        data: Any = {}
        for documents, event in enumerate(event for event in events if isinstance(event, yaml.DocumentStartEvent)):
            if documents:
                self._problem(event.start_mark, "a second document begins here", "a file holds one: take out the line ---")
                break
            data = self._value(next(events), ())
        return data

    def _value(self, event: Any, path: Path) -> Any:
        self._count(path)
        self._place(path, event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            return self._repeated(event, path)
        if event.tag is not None and not event.tag.startswith(_STANDARD):
            self._problem(
                event.start_mark, f"the tag {event.tag} is not used here", "take it out, or put the text in quotes"
            )
        data = self._inside(event, path)
        if event.anchor is not None:
            self._anchors[event.anchor] = (path, data)
        return data

    def _inside(self, event: Any, path: Path) -> Any:
        if isinstance(event, yaml.MappingStartEvent):
            return self._map(path)
        if isinstance(event, yaml.SequenceStartEvent):
            entries = iter(self._next, None)
            return [self._value(entry, (*path, place)) for place, entry in enumerate(entries)]
        return _scalar(event)

    def _next(self) -> Any:
        """The next event of a list or map; None at its end."""
        event = next(self._events)
        return None if isinstance(event, yaml.CollectionEndEvent) else event

    def _map(self, path: Path) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for event in iter(self._next, None):
            if self._is_key(event, path, data):
                key = str(event.value)
                self._place((*path, key), event.start_mark, key=True)
                data[key] = self._value(next(self._events), (*path, key))
            else:
                self._skip(event)
                self._skip(next(self._events))
        return data

    def _is_key(self, event: Any, path: Path, data: dict[str, Any]) -> bool:
        """May it be a key of its map? A problem otherwise."""
        if not isinstance(event, yaml.ScalarEvent):
            hint = 'put text that begins with { or [ in quotes: "{name}"'
            self._problem(event.start_mark, "a key must be a plain word", hint)
            return False
        if event.value in data:
            first, _ = self._places.at((*path, event.value), key=True)
            hint = f"it is already set in line {first}: take one of them out, or join them"
            self._problem(event.start_mark, f"the key {event.value} stands here a second time", hint)
            return False
        return True

    def _skip(self, event: Any) -> None:
        """Over a value that nobody asks for."""
        depth = 0
        while True:
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth == 0:
                return
            event = next(self._events)

    def _repeated(self, event: Any, path: Path) -> Any:
        """An alias: what its anchor holds, and a problem in it is one at the anchor."""
        if event.anchor not in self._anchors:
            self._problem(event.start_mark, _QUOTES, f'put it in quotes: "*{event.anchor}"')
            return f"*{event.anchor}"
        original, data = self._anchors[event.anchor]
        return self._copied(data, original, path)

    def _copied(self, data: Any, original: Path, path: Path) -> Any:
        self._count(path)
        self._places.place(path, *self._places.at(original))
        if isinstance(data, list):
            return [self._copied(value, (*original, place), (*path, place)) for place, value in enumerate(data)]
        if not isinstance(data, dict):
            return data
        for key in data:
            self._places.place((*path, key), *self._places.at((*original, key), key=True), key=True)
        return {key: self._copied(value, (*original, key), (*path, key)) for key, value in data.items()}

    def _count(self, path: Path) -> None:
        self._left -= 1
        if self._left < 0 or len(path) > DEPTH:
            raise TooLarge

    def _place(self, path: Path, mark: Any, *, key: bool = False) -> None:
        self._places.place(path, mark.line + 1, mark.column + 1, key=key)

    def _problem(self, mark: Any, message: str, hint: str) -> None:
        self.problems.append(self._places.problem_at(mark.line + 1, mark.column + 1, message, hint))


def _scalar(event: Any) -> Any:
    text = str(event.value)
    if event.style or event.tag == f"{_STANDARD}str":  # quoted (plain text has the style "" or None)
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
