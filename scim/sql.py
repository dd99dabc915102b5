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


class part(ColumnElement[str]):
    """The value at a path of a search document as a text (or number): ``part(column, ("name", "familyname"))``.

    A path is of names, and 0 for the first element of a list. Names are a schema's, so they are no client's text.
    """

    inherit_cache = False

    def __init__(self, document: ColumnElement[Any], path: tuple[str | int, ...], *, number: bool = False) -> None:
        self.document = document
        self.path = path
        self.number = number


@compiles(part, "sqlite")
def _part_sqlite(element: part, compiler: Any, **kw: Any) -> str:
    return f"json_extract({compiler.process(element.document, **kw)}, {_json_path(element.path)})"


@compiles(part, "postgresql")
def _part_postgresql(element: part, compiler: Any, **kw: Any) -> str:
    text = f"({compiler.process(element.document, **kw)} #>> {_text_array(element.path)})"
    return f"CAST({text} AS DOUBLE PRECISION)" if element.number else f'{text} COLLATE "C"'


class elements(FunctionElement[Any]):
    """A list of a search document as a table: ``elements(column, ("emails",)).table_valued("value")``."""

    inherit_cache = False
    name = "elements"

    def __init__(self, document: ColumnElement[Any], path: tuple[str, ...]) -> None:
        super().__init__(document)
        self.path = path


@compiles(elements, "sqlite")
def _elements_sqlite(element: elements, compiler: Any, **kw: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **kw)}, {_json_path(element.path)})"


@compiles(elements, "postgresql")
def _elements_postgresql(element: elements, compiler: Any, **kw: Any) -> str:
    return f"jsonb_array_elements({compiler.process(element.clauses, **kw)} #> {_text_array(element.path)})"


class item(ColumnElement[str]):
    """One element that is no object, as a text (or number): of a list of plain values."""

    inherit_cache = False

    def __init__(self, value: ColumnElement[Any], *, number: bool = False) -> None:
        self.value = value
        self.number = number


@compiles(item, "sqlite")
def _item_sqlite(element: item, compiler: Any, **kw: Any) -> str:
    return str(compiler.process(element.value, **kw))


@compiles(item, "postgresql")
def _item_postgresql(element: item, compiler: Any, **kw: Any) -> str:
    text = f"({compiler.process(element.value, **kw)} #>> '{{}}')"
    return f"CAST({text} AS DOUBLE PRECISION)" if element.number else f'{text} COLLATE "C"'


class text_test(ColumnElement[bool]):
    """``left contains right``, ``starts`` or ``ends``: plain characters, no patterns."""

    inherit_cache = False

    def __init__(self, kind: str, left: ColumnElement[Any], right: ColumnElement[Any]) -> None:
        self.kind = kind
        self.left = left
        self.right = right


@compiles(text_test, "sqlite")
def _text_test_sqlite(element: text_test, compiler: Any, **kw: Any) -> str:
    left, right = compiler.process(element.left, **kw), compiler.process(element.right, **kw)
    return {
        "contains": f"instr({left}, {right}) > 0",
        "starts": f"substr({left}, 1, length({right})) = {right}",
        "ends": f"substr({left}, max(length({left}) - length({right}) + 1, 1)) = {right}",
    }[element.kind]


@compiles(text_test, "postgresql")
def _text_test_postgresql(element: text_test, compiler: Any, **kw: Any) -> str:
    left, right = compiler.process(element.left, **kw), compiler.process(element.right, **kw)
    return {
        "contains": f"strpos({left}, {right}) > 0",
        "starts": f"starts_with({left}, {right})",
        "ends": f"right({left}, length({right})) = {right}",
    }[element.kind]


def _json_path(path: tuple[str | int, ...]) -> str:
    steps = "".join(f"[{step}]" if isinstance(step, int) else f'."{step}"' for step in path)
    return "'$" + steps.replace("'", "''") + "'"


def _text_array(path: tuple[str | int, ...]) -> str:
    steps = ",".join(str(step) if isinstance(step, int) else f'"{step}"' for step in path)
    return "'{" + steps.replace("'", "''") + "}'"


class held(FunctionElement[Any]):
    """A lock on one `purpose` of one connection (or of whatever a text names) until the transaction ends; shared holders
    go together.

    For what a row lock can't guard, because the row isn't there yet. SQLite has one writer and needs none.
    """

    inherit_cache = False
    name = "held"

    def __init__(self, purpose: str, connection: ColumnElement[Any], *, shared: bool = False) -> None:
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
