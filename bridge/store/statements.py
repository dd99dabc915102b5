"""SQLAlchemy Core statements, compiled once per engine and then run on the raw driver.

Building and compiling a Core statement per call costs ten times the query itself (docs/decisions/0002); a module-level
statement is compiled at its first use and found again by identity.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from weakref import WeakKeyDictionary

import orjson
from sqlalchemy import Dialect
from sqlalchemy.sql import ClauseElement, Executable
from sqlalchemy.sql.compiler import SQLCompiler

from scim.sql import Ids


@dataclass(frozen=True, slots=True)
class Compiled:
    """SQL text, the order of its positional parameters (empty: named), constants, and value converters."""

    sql: str
    order: tuple[str, ...]
    constants: Mapping[str, Any]
    converters: Mapping[str, Callable[[Any], Any]]

    def named(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Parameters for a driver that takes names."""
        if not self.constants and not self.converters:
            return values
        merged = {**self.constants, **values}
        for name, convert in self.converters.items():
            merged[name] = convert(merged[name])
        return merged

    def positional(self, values: Mapping[str, Any]) -> list[Any]:
        """Parameters for a driver that takes positions."""
        merged = self.named(values)
        return [merged[name] for name in self.order]


class Statements:
    """The compiled form of each statement for one dialect."""

    def __init__(self, dialect: Dialect, list_parameter: Callable[[Any], Any]) -> None:
        self._dialect = dialect
        self._list_parameter = list_parameter
        self._known: WeakKeyDictionary[Executable, Compiled] = WeakKeyDictionary()

    def __call__(self, statement: Executable) -> Compiled:
        found = self._known.get(statement)
        if found is None:
            found = self._known[statement] = self._compile(statement)
        return found

    def _compile(self, statement: Executable) -> Compiled:
        compiled = cast(SQLCompiler, cast(ClauseElement, statement).compile(dialect=self._dialect))
        if compiled.post_compile_params:
            raise TypeError("a list parameter needs scim.sql.within or each, not in_()")
        constants = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        converters = {name: self._list_parameter for name, bind in compiled.binds.items() if isinstance(bind.type, Ids)}
        return Compiled(str(compiled), tuple(compiled.positiontup or ()), constants, converters)


def as_json_text(values: Any) -> str:
    """A list parameter as SQLite's json_each reads it."""
    return orjson.dumps(list(values)).decode()
