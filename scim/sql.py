"""The few SQL forms that differ between SQLite and PostgreSQL, as one Core construct each."""

from typing import Any

from sqlalchemy import BindParameter, ColumnElement, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import UserDefinedType


class Ids(UserDefinedType[Any]):
    """A list of texts or of integers as ONE parameter: JSON on SQLite, an array on PostgreSQL. The door converts it."""

    cache_ok = True
    render_bind_cast = True

    def __init__(self, integers: bool = False) -> None:  # positional: SQLAlchemy copies types by it
        self.integers = integers

    def get_col_spec(self, **_: Any) -> str:
        return "BIGINT[]" if self.integers else "TEXT[]"


def texts(name: str) -> "BindParameter[Any]":
    """A bound list of texts."""
    return bindparam(name, type_=Ids())


def integers(name: str) -> "BindParameter[Any]":
    """A bound list of integers."""
    return bindparam(name, type_=Ids(integers=True))


class within(ColumnElement[bool]):
    """``column IN (the bound list)``, whatever its length, without a statement per length."""

    inherit_cache = False

    def __init__(self, column: ColumnElement[Any], values: "BindParameter[Any]") -> None:
        self.column = column
        self.values = values


@compiles(within, "sqlite")
def _within_sqlite(element: within, compiler: Any, **kw: Any) -> str:
    column, values = compiler.process(element.column, **kw), compiler.process(element.values, **kw)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - compiled parts, no values


@compiles(within, "postgresql")
def _within_postgresql(element: within, compiler: Any, **kw: Any) -> str:
    column, values = compiler.process(element.column, **kw), compiler.process(element.values, **kw)
    return f"{column} = ANY({values})"


class each(FunctionElement[Any]):
    """The bound list as a table: ``each(texts("ids")).table_valued("value")``."""

    inherit_cache = False
    name = "each"


@compiles(each, "sqlite")
def _each_sqlite(element: each, compiler: Any, **kw: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **kw)})"


@compiles(each, "postgresql")
def _each_postgresql(element: each, compiler: Any, **kw: Any) -> str:
    return f"(SELECT unnest({compiler.process(element.clauses, **kw)}) AS value)"


class held(FunctionElement[Any]):
    """A lock on one `purpose` of one connection until the transaction ends; shared holders go together.

    For what a row lock can't guard, because the row isn't there yet. SQLite has one writer and needs none.
    """

    inherit_cache = False
    name = "held"

    def __init__(self, purpose: str, connection: "BindParameter[Any]", *, shared: bool = False) -> None:
        super().__init__(connection)
        self.purpose = purpose
        self.shared = shared


@compiles(held, "sqlite")
def _held_sqlite(element: held, compiler: Any, **kw: Any) -> str:
    return "1"


@compiles(held, "postgresql")
def _held_postgresql(element: held, compiler: Any, **kw: Any) -> str:
    verb = "pg_advisory_xact_lock_shared" if element.shared else "pg_advisory_xact_lock"
    return f"{verb}(hashtextextended('{element.purpose}:' || {compiler.process(element.clauses, **kw)}, 0))"
