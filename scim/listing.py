"""Pages of what fits a filter, in an order: by number (RFC 7644 §3.4.2.4) or from a position (RFC 9865).

A position is the place of a page's last resource in the order, so the page after it neither repeats nor skips anybody when
others come and go meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, bindparam

from scim.filters import Query
from scim.filters.resolve import resolve
from scim.filters.tests import Own, Stored, Test
from scim.filters.to_sql import slot, table_of, value, where
from scim.ports import Tx
from scim.rfc import AttrPath, parse_path
from scim.schemas import Shape

_TYPES: dict[str, Any] = {"text": sa.Text, "number": sa.Double, "milliseconds": sa.BigInteger, "flag": sa.Boolean}
Sorting = Own | Stored | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What one resource type is asked for: who fits, sorted by what (None: in the order of creation)."""

    shape: Shape
    query: Query
    sorting: Sorting = None


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page ended: the value sorted by, the resource type's number and the row's key."""

    at: Any
    rank: int
    pk: int


@dataclass(frozen=True, slots=True)
class Window:
    """`count` resources: from number `start` (1-based), or after a position."""

    count: int
    start: int = 1
    after: Position | None = None
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Rows (kind, pk, id, version, body) and the number of all that fit. `end`: where it ended, if there may be more."""

    rows: Sequence[Any]
    total: int
    end: Position | None


def sorting(shape: Shape, attribute: str | None) -> Sorting:
    """What `sortBy` sorts a resource type by: of a list the primary element, else the first (RFC 7644 §3.4.2.3).

    None for an attribute that the type doesn't have: all are equal then.
    """
    path = parse_path(attribute) if attribute else None
    if not isinstance(path, AttrPath):
        return None
    found = resolve(shape, path)
    if found is None:
        return None
    if not isinstance(found.term, Own | Stored):
        return _first(found.source, found.term.part, found.term.kind)
    return found.term


def _first(source: Any, part: str | None, kind: Any) -> Sorting:
    """Groups and members are rows elsewhere and have no first one."""
    if not isinstance(source, tuple):
        return None
    return Stored((*source, 0, part) if part is not None else (*source, 0), kind)


def find(tx: Tx, connection: str, asked: tuple[Asked, ...], window: Window) -> Page:
    """One page; of several resource types, one type after the other where the order doesn't tell."""
    form = tuple((one.shape, one.query.test, one.sorting) for one in asked)
    values = {slot(one.shape, place): one_value for one in asked for place, one_value in enumerate(one.query.values)}
    after = window.after
    rows: list[Any] = []
    if window.count:
        limits = {"limit_": window.count, "offset_": window.start - 1 if after is None else 0}
        if after is not None:
            limits |= {"after_rank": after.rank, "after_pk": after.pk} | ({} if after.at is None else {"after_at": after.at})
        place = None if after is None else after.at is not None
        rows = tx.all(_rows(form, window.descending, place), connection_=connection, **values, **limits)
    last = rows[-1] if len(rows) == window.count and rows else None
    end = Position(last["at"], last["rank"], last["pk"]) if last is not None else None
    if after is None and 0 < len(rows) < window.count:
        return Page(rows, window.start - 1 + len(rows), end)
    total = tx.one(_count(form), connection_=connection, **values)
    return Page(rows, total["n"] if total else 0, end)


Form = tuple[tuple[Shape, Test | None, Sorting], ...]


@lru_cache(maxsize=256)
def _rows(form: Form, descending: bool, after_value: bool | None) -> Any:
    """`after_value`: None from the beginning; else whether the position has a value to go on from."""
    found = _selected(form).subquery("found") if len(form) > 1 else None
    if found is None:
        shape, test, by = form[0]
        columns = _columns(shape, by, 0)
        rows = sa.select(*columns.values()).where(*where(test, shape))
    else:
        columns = {column.name: column for column in found.c}
        rows = sa.select(*columns.values())
    at, kind = _sorted_by(form, columns["at"])
    rows = rows.order_by(*_order(at, columns, descending, several=found is not None))
    if after_value is not None:
        rows = rows.where(_after(at, kind, columns, descending, after_value, several=found is not None))
    return rows.limit(bindparam("limit_", type_=sa.Integer)).offset(bindparam("offset_", type_=sa.Integer))


@lru_cache(maxsize=256)
def _count(form: Form) -> Any:
    counts = [
        sa.select(sa.func.count()).select_from(table_of(shape)).where(*where(test, shape)).scalar_subquery()
        for shape, test, _ in form
    ]
    total: Any = counts[0]
    for one in counts[1:]:
        total = total + one
    return sa.select(total.label("n"))


def _selected(form: Form) -> Any:
    return sa.union_all(
        *(
            sa.select(*_columns(shape, by, rank).values()).where(*where(test, shape))
            for rank, (shape, test, by) in enumerate(form)
        )
    )


def _columns(shape: Shape, by: Sorting, rank: int) -> dict[str, Any]:
    table = table_of(shape)
    at = value(by, shape) if by is not None else sa.cast(sa.null(), sa.Text)
    return {
        "kind": sa.literal_column(f"'{shape.kind}'").label("kind"),
        "rank": sa.literal_column(str(rank)).label("rank"),
        "at": at.label("at"),
        "pk": table.c.pk,
        "id": table.c.id,
        "version": table.c.version,
        "body": table.c.body,
    }


def _sorted_by(form: Form, at: Any) -> tuple[Any | None, str]:
    """What is sorted by, if anything, and its kind."""
    known = [by for _, _, by in form if by is not None]
    return (at, known[0].kind) if known else (None, "text")


def _order(at: Any | None, columns: dict[str, Any], descending: bool, *, several: bool) -> list[Any]:
    """Who has no value comes last, in descending order first (RFC 7644 §3.4.2.3)."""
    ties = [columns["rank"], columns["pk"]] if several else [columns["pk"]]
    if at is None:
        return ties
    return [at.desc().nulls_first() if descending else at.asc().nulls_last(), *ties]


def _after(
    at: Any | None, kind: str, columns: dict[str, Any], descending: bool, has_value: bool, *, several: bool
) -> ColumnElement[bool]:
    rank, pk = bindparam("after_rank", type_=sa.Integer), bindparam("after_pk", type_=sa.BigInteger)
    later: ColumnElement[bool] = columns["pk"] > pk
    if several:
        later = sa.or_(columns["rank"] > rank, sa.and_(columns["rank"] == rank, later))
    if at is None:
        return later
    at = at.element if isinstance(at, sa.sql.elements.Label) else at
    if not has_value:
        return sa.or_(sa.and_(at.is_(None), later), at.is_not(None) if descending else sa.false())
    value = bindparam("after_at", type_=_TYPES[kind])
    beyond = at < value if descending else sa.or_(at > value, at.is_(None))
    return sa.or_(beyond, sa.and_(at == value, later))
