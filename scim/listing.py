"""Pages of what fits a filter, in an order: by number (RFC 7644 §3.4.2.4) or from a position (RFC 9865).

A position is the place of a page's last resource in the order, so the page after it neither repeats nor skips anybody when
others come and go meanwhile.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import Any, ParamSpec

import sqlalchemy as sa
from sqlalchemy import ColumnElement, bindparam

from scim.filters import Query
from scim.filters.resolve import resolve
from scim.filters.tests import Kind, Own, Stored, Test, size
from scim.filters.to_sql import TYPES, slot, table_of, value, where
from scim.ports import Tx
from scim.rfc import AttrPath, parse_path
from scim.schemas import Shape

Sorting = Own | Stored | None
KEPT = 4  # tests of a form that is worth keeping
FORMS = 64  # a statement is some hundred objects of SQLAlchemy's
P = ParamSpec("P")
Form = tuple[tuple[Shape, Test | None, Sorting], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What one resource type is asked for: who fits, sorted by what (None: in the order of creation)."""

    shape: Shape
    query: Query
    sorting: Sorting = None


@dataclass(frozen=True, slots=True)
class Position:
    """A resource's place in the order: the value sorted by, the resource type's number and the row's key.

    `back`: the page that ends before it is meant, not the one that begins after it.
    """

    at: Any
    rank: int
    pk: int
    back: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """`count` resources: from number `start` (1-based), or (`by_cursor`) from a position or the beginning."""

    count: int
    start: int = 1
    descending: bool = False
    by_cursor: bool = False
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Rows (kind, pk, id, version, body) and the number of all that fit; by cursor, where the pages around it are."""

    rows: Sequence[Any]
    total: int
    next: Position | None = None
    previous: Position | None = None


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


class Totals:
    """How many fit a question, remembered while nothing is written: on SQLite counting costs more than the page itself."""

    MOST = 256

    def __init__(self) -> None:
        self._known: dict[Hashable, tuple[object, int]] = {}

    def of(self, tx: Tx, question: Hashable, count: Callable[[], int]) -> int:
        moment = tx.moment()
        if moment is None:
            return count()
        known = self._known.get(question)
        if known is not None and known[0] == moment:
            return known[1]
        if len(self._known) >= self.MOST:
            self._known.clear()
        found = count()
        self._known[question] = moment, found
        return found


def _small_ones_kept(build: Callable[P, Any]) -> Callable[P, Any]:
    """Statements of forms with few tests, such as are asked again, are kept; a big one goes, however often one comes."""
    kept = lru_cache(maxsize=FORMS)(build)

    @wraps(build)
    def run(*args: P.args, **kwargs: P.kwargs) -> Any:
        form: Form = args[0]  # type: ignore[assignment]
        small = sum(size(test) for _, test, _ in form) <= KEPT
        return kept(*args, **kwargs) if small else build(*args, **kwargs)  # type: ignore[arg-type]

    return run


def find(tx: Tx, connection: str, asked: tuple[Asked, ...], window: Window, totals: Totals | None = None) -> Page:
    """One page; of several resource types, one type after the other where the order doesn't tell."""
    form = tuple((one.shape, one.query.test, one.sorting) for one in asked)
    values = {slot(one.shape, place): value for one in asked for place, value in enumerate(one.query.values)}
    values["connection_"] = connection

    def total() -> int:
        if totals is None:
            return _counted(tx, form, values)
        return totals.of(tx, (form, tuple(values.items())), lambda: _counted(tx, form, values))

    if window.by_cursor:
        return _from_position(tx, form, values, window, total())
    limits = {"limit_": window.count, "offset_": window.start - 1}
    rows = tx.all(_rows(form, window.descending), **values, **limits) if window.count else []
    if len(rows) < window.count and (rows or window.start == 1):
        return Page(rows, window.start - 1 + len(rows))
    return Page(rows, total())


def _from_position(tx: Tx, form: Form, values: dict[str, Any], window: Window, total: int) -> Page:
    """One row more than asked for tells whether there is another page."""
    position = window.position
    if not window.count:
        return Page([], total)
    back, onward = position is not None and position.back, None
    limits: dict[str, Any] = {"limit_": window.count + 1, "offset_": 0}
    if position is not None:
        onward = (position.at is not None, back)
        limits |= {"after_rank": position.rank, "after_pk": position.pk}
        limits |= {"after_at": position.at} if position.at is not None else {}
    found = tx.all(_rows(form, window.descending, onward), **values, **limits)
    more, rows = len(found) > window.count, found[: window.count]
    if back:
        rows.reverse()
    following = _place(rows[-1]) if rows and (more or back) else None
    before = _place(rows[0], back=True) if rows and (more if back else position is not None) else None
    return Page(rows, total, following, before)


def _place(row: Any, *, back: bool = False) -> Position:
    return Position(row["at"], row["rank"], row["pk"], back)


def _counted(tx: Tx, form: Form, values: dict[str, Any]) -> int:
    row = tx.one(_count(form), **values)
    return int(row["n"]) if row is not None else 0


@_small_ones_kept
def _rows(form: Form, descending: bool, onward: tuple[bool, bool] | None = None) -> Any:
    """`onward`: None from the beginning; else whether the position has a value, and whether to go back from it."""
    if len(form) > 1:
        found = _selected(form).subquery("found")
        columns: dict[str, Any] = {column.name: column for column in found.c}
        rows = sa.select(*columns.values())
    else:
        shape, test, by = form[0]
        columns = _columns(shape, by, 0)
        rows = sa.select(*columns.values()).where(*where(test, shape))
    back = onward is not None and onward[1]
    order = _Order(form, columns, descending != back, back)
    rows = rows.order_by(*order.terms())
    if onward is not None:
        rows = rows.where(order.after(has_value=onward[0]))
    return rows.limit(bindparam("limit_", type_=sa.Integer)).offset(bindparam("offset_", type_=sa.Integer))


@_small_ones_kept
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
    kind: Kind = next((by.kind for _, _, by in form if by is not None), "text")
    return sa.union_all(
        *(
            sa.select(*_columns(shape, by, rank, kind).values()).where(*where(test, shape))
            for rank, (shape, test, by) in enumerate(form)
        )
    )


def _columns(shape: Shape, by: Sorting, rank: int, kind: Kind = "text") -> dict[str, Any]:
    """`kind`: what other resource types are sorted by, so that a union has one type in its column."""
    table = table_of(shape)
    at = value(by, shape) if by is not None else sa.cast(sa.null(), TYPES[kind])
    return {
        "kind": sa.literal_column(f"'{shape.kind}'").label("kind"),
        "rank": sa.literal_column(str(rank)).label("rank"),
        "at": at.label("at"),
        "pk": table.c.pk,
        "id": table.c.id,
        "version": table.c.version,
        "body": table.c.body,
    }


class _Order:
    """How a page is sorted. Who has no value comes last, in descending order first (RFC 7644 §3.4.2.3).

    `falling`: the values, `back`: resource types and keys, go down.
    """

    def __init__(self, form: Form, columns: dict[str, Any], falling: bool, back: bool) -> None:
        known = [by for _, _, by in form if by is not None]
        at = columns["at"]
        self._at = (at.element if isinstance(at, sa.sql.elements.Label) else at) if known else None
        self._kind = known[0].kind if known else "text"
        self._ties = [columns["rank"], columns["pk"]] if len(form) > 1 else [columns["pk"]]
        self._falling = falling
        self._back = back

    def terms(self) -> list[Any]:
        ties = [column.desc() if self._back else column.asc() for column in self._ties]
        if self._at is None:
            return ties
        return [self._at.desc().nulls_first() if self._falling else self._at.asc().nulls_last(), *ties]

    def after(self, *, has_value: bool) -> ColumnElement[bool]:
        """What comes after the position bound as after_at, after_rank and after_pk."""
        later = self._later()
        if self._at is None:
            return later
        if not has_value:
            others = self._at.is_not(None) if self._falling else sa.false()
            return sa.or_(sa.and_(self._at.is_(None), later), others)
        value = bindparam("after_at", type_=TYPES[self._kind])
        beyond = self._at < value if self._falling else sa.or_(self._at > value, self._at.is_(None))
        return sa.or_(beyond, sa.and_(self._at == value, later))

    def _later(self) -> ColumnElement[bool]:
        """After the position among those with its value."""
        bound = [bindparam("after_pk", type_=sa.BigInteger)]
        if len(self._ties) > 1:
            bound.insert(0, bindparam("after_rank", type_=sa.Integer))
        beyond = [column < value if self._back else column > value for column, value in zip(self._ties, bound, strict=True)]
        later: ColumnElement[bool] = beyond[-1]
        return later if len(beyond) == 1 else sa.or_(beyond[0], sa.and_(self._ties[0] == bound[0], later))
