"""Filters -> SQL for what is indexed; what is left of an `and` is matched on the few rows that SQL found.

``attr eq "value"`` is what IdPs ask all day, so a regular expression meets it before any parser. A filter that no index
narrows is answered for small directories and refused as `tooMany` beyond, instead of stalling everybody else.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import orjson
import sqlalchemy as sa
from sqlalchemy import bindparam

from scim.clean import check_text
from scim.dialects import Healing
from scim.errors import InvalidFilter, TooMany
from scim.keys import fold
from scim.match import matches
from scim.ports import Tx
from scim.rfc import AttrPath, Comparison, FilterNode, LogicalExpr, LogicalOperator, ValuePath, parse_filter
from scim.tables import scim_email, scim_group, scim_member, scim_user

Kind = Literal["User", "Group"]
SCANNED = 2000  # rows a filter without an index may look at

_SIMPLE = re.compile(r'\s*([A-Za-z][A-Za-z.]*)\s+eq\s+"([^"\\]*)"\s*', re.IGNORECASE)
_UNQUOTED = re.compile(
    r"(\b(?:eq|ne|co|sw|ew|gt|ge|lt|le)\s+)(?!true\b|false\b|null\b|[-0-9.]+(?:\s|\)|$))([^\s\"()]+)", re.I
)

_UNIQUE = {"id", "external_id", "user_name_key"}

_FOLDED = {"username": "user_name_key", "displayname": "display_key"}
_EXACT = {"id": "id", "externalid": "external_id"}


@dataclass(frozen=True, slots=True)
class Clause:
    """One indexed comparison: a column (or a way through another table) and its value."""

    column: str
    value: Any


@dataclass(frozen=True, slots=True)
class Query:
    """Clauses that SQL answers, and the filter that remains, if any."""

    clauses: tuple[Clause, ...] = ()
    rest: FilterNode | None = None

    @property
    def finds_one(self) -> bool:
        """At most a row or two, found by an index: cheap enough for the loop's own thread."""
        return any(clause.column in _UNIQUE for clause in self.clauses)


@dataclass(frozen=True, slots=True)
class Page:
    """One page: rows and the number of all that fit."""

    rows: Sequence[Any]
    total: int


def parse(text: str | None, kind: Kind, healing: Healing) -> Query:
    """The query of a filter; InvalidFilter otherwise."""
    if text is None:
        return Query()
    simple = _SIMPLE.fullmatch(text)
    if simple is not None:
        clause = _clause(kind, simple.group(1).lower(), simple.group(2))
        if clause is not None:
            return Query((clause,))
    node = _parsed(text, healing)
    terms = node.terms if isinstance(node, LogicalExpr) and node.op is LogicalOperator.and_ else (node,)
    clauses = [_of_node(kind, term) for term in terms]
    found = tuple(clause for clause in clauses if clause is not None)
    rest = [term for term, clause in zip(terms, clauses, strict=True) if clause is None]
    if not rest:
        return Query(found)
    return Query(found, rest[0] if len(rest) == 1 else LogicalExpr(op=LogicalOperator.and_, terms=tuple(rest)))


def find(tx: Tx, connection: str, kind: Kind, query: Query, start: int, count: int) -> Page:
    """Rows `start` (1-based) to `start + count - 1` of what fits, in the order of creation."""
    columns = tuple(clause.column for clause in query.clauses)
    values = {f"v{place}": clause.value for place, clause in enumerate(query.clauses)}
    if query.rest is not None:
        return _matched(tx, connection, kind, query, columns, values, start, count)
    limits = {"limit_": count, "offset_": start - 1}
    rows = tx.all(_rows(kind, columns), connection_=connection, **values, **limits) if count else []
    if 0 < len(rows) < count:
        return Page(rows, start - 1 + len(rows))
    total = tx.one(_count(kind, columns), connection_=connection, **values)
    return Page(rows, total["n"] if total else 0)


def _matched(
    tx: Tx,
    connection: str,
    kind: Kind,
    query: Query,
    columns: tuple[str, ...],
    values: dict[str, Any],
    start: int,
    count: int,
) -> Page:
    assert query.rest is not None
    rows = tx.all(_rows(kind, columns), connection_=connection, **values, limit_=SCANNED + 1, offset_=0)
    if len(rows) > SCANNED:
        raise TooMany(
            f"This filter would look at more than {SCANNED} resources; join it with an eq on an indexed attribute."
        )
    fitting = [row for row in rows if matches(query.rest, orjson.loads(row["body"]))]
    return Page(fitting[start - 1 : start - 1 + count], len(fitting))


def _parsed(text: str, healing: Healing) -> FilterNode:
    try:
        return parse_filter(text)
    except InvalidFilter:
        quoted = _UNQUOTED.sub(lambda match: f'{match.group(1)}"{match.group(2)}"', text)
        if quoted == text:
            raise
        node = parse_filter(quoted)
        healing.note("unquoted-filter")
        return node


def _of_node(kind: Kind, node: FilterNode) -> Clause | None:
    if isinstance(node, ValuePath):
        return _of_value_path(kind, node)
    if not isinstance(node, Comparison) or node.op.value != "eq" or node.value is None:
        return None
    return _clause(kind, _dotted(node.attr_path), node.value)


def _of_value_path(kind: Kind, node: ValuePath) -> Clause | None:
    """``emails[type eq "work" and value eq "x"]``, which is also what the parser makes of Entra's form."""
    if kind != "User" or node.attr_path.attr.lower() != "emails" or not isinstance(node.val_filter, LogicalExpr):
        return None
    if node.val_filter.op is not LogicalOperator.and_:
        return None
    if len(node.val_filter.terms) != 2:
        return None
    asked = {
        _dotted(term.attr_path): term.value
        for term in node.val_filter.terms
        if isinstance(term, Comparison) and term.op.value == "eq"
    }
    if set(asked) == {"type", "value"} and str(asked["type"]).lower() == "work":
        return Clause("work_email", fold(str(asked["value"])))
    return None


def _clause(kind: Kind, name: str, value: Any) -> Clause | None:
    if isinstance(value, str):
        check_text(value, "The filter")
    if name in _EXACT:
        return Clause(_EXACT[name], str(value))
    if name in _FOLDED and (kind == "User" or name == "displayname"):
        return Clause(_FOLDED[name], fold(str(value)))
    if kind == "User" and name == "active":
        return Clause("active", str(value).lower() == "true") if str(value).lower() in {"true", "false"} else None
    if kind == "User" and name in {"emails", "emails.value"}:
        return Clause("email", fold(str(value)))
    if kind == "Group" and name in {"members", "members.value"}:
        return Clause("member", str(value))
    return None


def _dotted(path: AttrPath) -> str:
    return (f"{path.attr}.{path.sub_attr}" if path.sub_attr else path.attr).lower()


@cache
def _rows(kind: Kind, columns: tuple[str, ...]) -> Any:
    table = _table(kind)
    return (
        sa.select(table.c.pk, table.c.id, table.c.version, table.c.body)
        .where(*_conditions(kind, columns))
        .order_by(table.c.pk)
        .limit(bindparam("limit_", type_=sa.Integer))
        .offset(bindparam("offset_", type_=sa.Integer))
    )


@cache
def _count(kind: Kind, columns: tuple[str, ...]) -> Any:
    return sa.select(sa.func.count().label("n")).select_from(_table(kind)).where(*_conditions(kind, columns))


def _table(kind: Kind) -> Any:
    return scim_user if kind == "User" else scim_group


def _conditions(kind: Kind, columns: tuple[str, ...]) -> list[Any]:
    table = _table(kind)
    base = [table.c.connection == bindparam("connection_")]
    if kind == "Group":
        base.append(table.c.deleted.is_(None))
    return base + [_condition(table, column, f"v{place}") for place, column in enumerate(columns)]


def _condition(table: Any, column: str, name: str) -> Any:
    if column in {"email", "work_email"}:
        chosen = sa.select(scim_email.c.user_pk).where(
            scim_email.c.connection == bindparam("connection_"), scim_email.c.value_key == bindparam(name)
        )
        return table.c.pk.in_(chosen.where(scim_email.c.type == "work") if column == "work_email" else chosen)
    if column == "member":
        chosen = (
            sa.select(scim_member.c.group_pk)
            .join_from(scim_member, scim_user, scim_user.c.pk == scim_member.c.user_pk)
            .where(scim_user.c.connection == bindparam("connection_"), scim_user.c.id == bindparam(name))
        )
        return table.c.pk.in_(chosen)
    return table.c[column] == bindparam(name)
