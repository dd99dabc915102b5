"""Groups with their members as pieces of JSON: one if they are few, else page by page, so that no group is ever whole in
memory.
"""

from collections.abc import Callable, Sequence

from scim import membership, render
from scim.membership import Pages
from scim.ports import Row, Tx
from scim.projection import Projection

FEW = 1_000  # members of all groups asked for, that are answered in one piece
PAGE = 2_000


class Pieces:
    """Resources with commas between. `head` renders one without members, `holds` says whether it has any to show; `tail`
    comes after the last.

    `ended`: everything was given out.
    """

    def __init__(
        self,
        base: str,
        asked: Projection,
        head: Callable[[Row], bytes],
        holds: Callable[[Row], bool],
        tail: bytes = b"",
    ) -> None:
        self._base = base
        self._parts = shown_parts(asked)
        self._head = head
        self._holds = holds
        self._tail = tail
        self._rows: list[Row] = []
        self._few: dict[int, list[Row]] | None = None
        self._pages: Pages | None = None
        self._first = True
        self.ended = False

    def begin(self, tx: Tx, rows: Sequence[Row]) -> None:
        """The resources to show; few members are read at once."""
        self._rows = list(rows)
        groups = [row["pk"] for row in rows if self._holds(row)]
        self._few = membership.few(tx, groups, FEW) if groups else {}

    def next(self, tx: Tx) -> bytes | None:
        """The next piece; None at the end."""
        if self.ended:
            return None
        if self._few is not None:
            self.ended = True
            return b",".join(self._whole(row, self._few) for row in self._rows) + self._tail
        if self._pages is not None:
            return self._more(tx, self._pages)
        if not self._rows:
            self.ended = True
            return self._tail or None
        return self._opened(tx, self._rows.pop(0))

    def _whole(self, row: Row, found: dict[int, list[Row]]) -> bytes:
        head = self._head(row)
        if not self._holds(row):
            return head
        return render.with_members(head, render.members(found[row["pk"]], self._base, self._parts))

    def _opened(self, tx: Tx, row: Row) -> bytes:
        comma, self._first = b"" if self._first else b",", False
        head = self._head(row)
        if not self._holds(row):
            return comma + head
        self._pages = Pages(row["pk"], PAGE)
        page = self._pages.next(tx)
        return b"".join((comma, head[:-1], b',"members":[', render.members(page, self._base, self._parts)))

    def _more(self, tx: Tx, pages: Pages) -> bytes:
        page = pages.next(tx)
        if page:
            return b"," + render.members(page, self._base, self._parts)
        self._pages = None
        return b"]}"


def shown_parts(asked: Projection) -> frozenset[str]:
    """Of the members only these sub-attributes. `display` is returned by request: RFC 7643 §8.7.1 knows none."""
    chosen = {path[1] for path in asked.chosen or () if path[0] == "members" and len(path) > 1}
    if asked.chosen is not None and ("members",) not in asked.chosen:
        return frozenset(chosen)
    out = {path[1] for path in asked.left_out if path[0] == "members" and len(path) > 1}
    return frozenset({"value", "$ref", "type"} | chosen) - out
