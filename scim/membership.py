"""A group's members as they are read: a few of several groups at once, or of one group in pages, however many it has."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from scim.ports import Tx
from scim.sql import integers, within
from scim.tables import scim_group, scim_member, scim_nested, scim_pending, scim_user


def _shown(link: sa.Table, pk: Any, value: Any, kind: str, display: Any) -> Any:
    return sa.select(
        link.c.group_pk,
        pk.label("pk"),
        value.label("value"),
        sa.literal_column(f"'{kind}'").label("kind"),
        display.label("display"),
    )


_MEMBERS: dict[str, Any] = {
    "User": _shown(scim_member, scim_user.c.pk, scim_user.c.id, "User", scim_user.c.user_name).join_from(
        scim_member, scim_user, scim_user.c.pk == scim_member.c.user_pk
    ),
    "Group": _shown(scim_nested, scim_group.c.pk, scim_group.c.id, "Group", scim_group.c.display_name)
    .join_from(scim_nested, scim_group, scim_group.c.pk == scim_nested.c.child_pk)
    .where(scim_group.c.deleted.is_(None)),
    "": _shown(scim_pending, sa.literal_column("0"), scim_pending.c.value, "", sa.literal_column("''")),
}
_KEYS: dict[str, Any] = {"User": scim_member.c.user_pk, "Group": scim_nested.c.child_pk, "": scim_pending.c.value}
_LIMIT = bindparam("limit_", type_=sa.Integer)
_FEW = sa.union_all(
    *(select.where(within(_KEYS[kind].table.c.group_pk, integers("pks"))) for kind, select in _MEMBERS.items())
).limit(_LIMIT)
_PAGES: dict[str, Any] = {
    kind: select.where(_KEYS[kind].table.c.group_pk == bindparam("group"), _KEYS[kind] > bindparam("after"))
    .order_by(_KEYS[kind])
    .limit(_LIMIT)
    for kind, select in _MEMBERS.items()
}


def of(tx: Tx, group_pk: int) -> list[Any]:
    """All members as rows (value, kind, display); kind "" for a pending value."""
    pages = Pages(group_pk, 10_000)
    return [row for page in iter(partial(pages.next, tx), []) for row in page]


def few(tx: Tx, group_pks: Sequence[int], most: int) -> dict[int, list[Any]] | None:
    """The members of several groups in one statement; None if there are more than `most`."""
    rows = tx.all(_FEW, pks=list(group_pks), limit_=most + 1)
    if len(rows) > most:
        return None
    found: dict[int, list[Any]] = {pk: [] for pk in group_pks}
    for row in rows:
        found[row["group_pk"]].append(row)
    return found


@dataclass
class Pages:
    """The members of one group in pages, users first; `next` gives [] at the end."""

    group_pk: int
    limit: int
    _kinds: list[str] = field(default_factory=lambda: list(_PAGES))
    _after: Any = 0

    def next(self, tx: Tx) -> list[Any]:
        while self._kinds:
            kind = self._kinds[0]
            rows = tx.all(_PAGES[kind], group=self.group_pk, after=self._after, limit_=self.limit)
            if len(rows) == self.limit:
                self._after = rows[-1]["pk" if kind else "value"]
            else:
                self._kinds.pop(0)
                self._after = "" if self._kinds == [""] else 0
            if rows:
                return rows
        return []
