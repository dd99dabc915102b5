"""Lists: a filter, an order, a page (RFC 7644 §3.4.2), asked by GET or by a SearchRequest (§3.4.3), of one resource type or
of both.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scim import cursors, filters, listing, render, users
from scim.discovery import DEFAULT_PAGE, LARGEST_PAGE
from scim.errors import InvalidCount, InvalidSyntax, InvalidValue
from scim.filters import Query
from scim.listing import Asked, Page, Totals, Window
from scim.ports import Row, Tx
from scim.projection import Projection
from scim.schemas import Shape
from scim.web import groups as group_pages
from scim.web import users as user_pages
from scim.web.call import Call, Reply
from scim.web.member_pieces import Pieces
from scim.web.service import Service

MOST_WITH_MEMBERS = 100  # groups of a page: a server may always answer fewer than asked for (RFC 7644 §3.4.2.4)
Head = Callable[[Page], bytes]
"""A ListResponse up to its first resource."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked for. `cursor` None: pages by number; "": the first page of those by cursor."""

    filter: str | None = None
    sort_by: str | None = None
    descending: bool = False
    start: int = 1
    count: int = DEFAULT_PAGE
    cursor: str | None = None

    @property
    def question(self) -> tuple[str | None, str | None, bool]:
        """What a cursor goes on with, whatever the size of the page."""
        return self.filter, self.sort_by, self.descending

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Search":
        """From query parameters, or from the keys of a SearchRequest."""
        cursor, count = given.get("cursor"), _number(given, "count", DEFAULT_PAGE)
        if cursor is not None and count < 0:
            raise InvalidCount("count must not be negative.")
        order = _text(given, "sortOrder") or "ascending"
        if order.lower() not in {"ascending", "descending"}:
            raise InvalidValue(f"sortOrder is ascending or descending, not {order[:40]!r}.")
        return cls(
            filter=_text(given, "filter"),
            sort_by=_text(given, "sortBy") or None,
            descending=order.lower() == "descending",
            start=max(_number(given, "startIndex", 1), 1),
            count=min(max(count, 0), LARGEST_PAGE),
            cursor=_text(given, "cursor"),
        )


async def listed(service: Service, call: Call, shapes: Sequence[Shape], search: Search) -> Reply:
    """A ListResponse of these resource types."""
    asked = tuple(_asked(call, shape, search) for shape in shapes)
    if search.cursor is not None:
        return await _by_cursor(service, call, asked, search, search.cursor)
    lists = _Lists(call, asked, Window(search.count, search.start, search.descending), service.totals)
    return await _answered(
        service, lists, lambda page: render.page_head(page.total, len(page.rows), startIndex=search.start)
    )


async def _by_cursor(service: Service, call: Call, asked: tuple[Asked, ...], search: Search, cursor: str) -> Reply:
    question = repr((call.caller.connection, [one.shape.kind for one in asked], *search.question))
    key, now = await service.cursor_key(), service.clock()
    position = cursors.opened(key, cursor, question, now) if cursor else None
    lists = _Lists(call, asked, Window(search.count, search.start, search.descending, True, position), service.totals)

    def head(page: Page) -> bytes:
        places = {"nextCursor": page.next, "previousCursor": page.previous}
        sealed = {name: cursors.seal(key, place, question, now) for name, place in places.items() if place is not None}
        return render.page_head(page.total, len(page.rows), **sealed)

    return await _answered(service, lists, head)


class _Lists:
    """One list on its way from rows to bytes."""

    def __init__(self, call: Call, asked: tuple[Asked, ...], window: Window, totals: Totals) -> None:
        self.call = call
        self._totals = totals
        self.asked = asked
        self.window = window
        self.projections = {one.shape.kind: call.projection(one.shape) for one in asked}
        groups = self.projections.get("Group")
        self.holds_members = groups is not None and groups.wants("members")
        if self.holds_members:
            self.window = replace(window, count=min(window.count, MOST_WITH_MEMBERS))
        self.finds_one = len(asked) == 1 and asked[0].query.finds_one
        self._groups: dict[int, bytes] = {}

    def page(self, tx: Tx) -> Page:
        """The rows, and the groups of users among them."""
        found = listing.find(tx, self.call.caller.connection, self.asked, self.window, self._totals)
        people = [row["pk"] for row in found.rows if row["kind"] == "User"]
        if people and self.projections["User"].wants("groups"):
            self._groups = render.groups_of(users.groups_of(tx, people), self.call.base)
        return found

    def shown(self, row: Row) -> bytes:
        asked: Projection = self.projections[row["kind"]]
        if row["kind"] == "User":
            return user_pages.shown(row, self.call.base, self._groups.get(row["pk"]), asked)
        return group_pages.shown(row, self.call.base, asked)


async def _answered(service: Service, lists: _Lists, head: Head) -> Reply:
    return await _with_members(service, lists, head) if lists.holds_members else await _plain(service, lists, head)


async def _plain(service: Service, lists: _Lists, head: Head) -> Reply:
    read = service.door.point if lists.finds_one else service.door.read
    page = await read(lists.page)
    return Reply(200, b"".join((head(page), b",".join([lists.shown(row) for row in page.rows]), b"]}")))


async def _with_members(service: Service, lists: _Lists, head: Head) -> Reply:
    """In one snapshot, piece by piece if they are many."""
    pages: list[Page] = []
    asked = lists.projections["Group"]
    pieces = Pieces(lists.call.base, asked, lists.shown, lambda row: bool(row["kind"] == "Group"), tail=b"]}")

    def step(tx: Tx) -> bytes | None:
        if pages:
            return pieces.next(tx)
        pages.append(lists.page(tx))
        pieces.begin(tx, pages[0].rows)
        return b"".join((head(pages[0]), pieces.next(tx) or b""))

    steps = service.door.steps(step)
    first = await anext(steps)
    if pieces.ended:
        await steps.aclose()  # lets go of the snapshot
        return Reply(200, first)
    return Reply(200, first, more=steps)


def _asked(call: Call, shape: Shape, search: Search) -> Asked:
    query: Query = filters.parse(search.filter, shape, call.healing, call.base)
    return Asked(shape, query, listing.sorting(shape, search.sort_by))


def _text(given: Mapping[str, Any], key: str) -> str | None:
    value = given.get(key)
    if value is not None and not isinstance(value, str):
        raise InvalidSyntax(f"{key} must be text.")
    return value


def _number(given: Mapping[str, Any], key: str, default: int) -> int:
    value = given.get(key)
    if value is None or value == "":
        return default
    try:
        if isinstance(value, bool | float):
            raise ValueError
        return max(min(int(value), 2**31 - 1), -(2**31))
    except (ValueError, TypeError):
        raise InvalidValue(f"{key} must be a whole number.") from None
