"""Members as rows: a change of k members costs k rows, whatever the size of the group (law 10).

A value may be a user, a nested group, or nobody yet: then it is pending, echoed at read, and resolved when a user or
group with that externalId arrives (rule R11).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert

from scim.ports import Tx
from scim.sql import each, held, integers, texts, within
from scim.tables import scim_group, scim_member, scim_nested, scim_pending, scim_user

ARRIVALS = "scim-arrivals"
"""Held together by those who bring an externalId, alone by those who leave a value pending: neither misses the other."""

_VALUES = texts("values_")


def _outside(column: Any, values: "sa.BindParameter[Any]") -> Any:
    """Not in the list, as a subquery, which is hashed: an array would be searched from end to end for every member."""
    return column.not_in(sa.select(sa.column("value")).select_from(each(values).table_valued("value")))


_HOLD_ARRIVALS = sa.select(held(ARRIVALS, bindparam("connection")).label("held"))
_JOIN_ARRIVALS = sa.select(held(ARRIVALS, bindparam("connection"), shared=True).label("held"))
_USERS_BY_ID = sa.select(scim_user.c.id.label("value"), scim_user.c.pk, scim_user.c.id).where(
    scim_user.c.connection == bindparam("connection"), within(scim_user.c.id, _VALUES)
)
_USERS_BY_EXTERNAL = sa.select(scim_user.c.external_id.label("value"), scim_user.c.pk, scim_user.c.id).where(
    scim_user.c.connection == bindparam("connection"), within(scim_user.c.external_id, _VALUES)
)
_GROUPS_BY_ID = sa.select(scim_group.c.id.label("value"), scim_group.c.pk, scim_group.c.id).where(
    scim_group.c.connection == bindparam("connection"),
    scim_group.c.deleted.is_(None),
    within(scim_group.c.id, _VALUES),
)
_GROUPS_BY_EXTERNAL = sa.select(scim_group.c.external_id.label("value"), scim_group.c.pk, scim_group.c.id).where(
    scim_group.c.connection == bindparam("connection"),
    scim_group.c.deleted.is_(None),
    within(scim_group.c.external_id, _VALUES),
)
_ADD_USERS = (
    insert(scim_member)
    .from_select(
        ["group_pk", "user_pk"],
        sa.select(bindparam("group_pk", type_=sa.BigInteger), scim_user.c.pk)
        .where(within(scim_user.c.pk, integers("pks")))
        .with_for_update(read=True, key_share=True),  # one that is just being deleted is left out
    )
    .on_conflict_do_nothing()
    .returning(scim_member.c.user_pk)
)
_ADD_GROUPS = (
    insert(scim_nested)
    .from_select(
        ["group_pk", "child_pk"],
        sa.select(bindparam("group_pk", type_=sa.BigInteger), scim_group.c.pk)
        .where(within(scim_group.c.pk, integers("pks")))
        .with_for_update(read=True, key_share=True),
    )
    .on_conflict_do_nothing()
    .returning(scim_nested.c.child_pk)
)
_ADD_PENDING = (
    insert(scim_pending)
    .from_select(
        ["group_pk", "value", "connection"],
        sa.select(
            bindparam("group_pk", type_=sa.BigInteger),
            sa.column("value"),
            bindparam("connection_", type_=sa.Text),
        )
        .select_from(each(_VALUES).table_valued("value"))
        .where(sa.true()),  # SQLite needs it before ON CONFLICT
    )
    .on_conflict_do_nothing()
    .returning(scim_pending.c.value)
)
_DROP_USERS = (
    sa.delete(scim_member)
    .where(scim_member.c.group_pk == bindparam("group"), within(scim_member.c.user_pk, integers("pks")))
    .returning(scim_member.c.user_pk)
)
_DROP_OTHER_USERS = (
    sa.delete(scim_member)
    .where(scim_member.c.group_pk == bindparam("group"), _outside(scim_member.c.user_pk, integers("pks")))
    .returning(scim_member.c.user_pk)
)
_DROP_GROUPS = (
    sa.delete(scim_nested)
    .where(scim_nested.c.group_pk == bindparam("group"), within(scim_nested.c.child_pk, integers("pks")))
    .returning(scim_nested.c.child_pk)
)
_DROP_OTHER_GROUPS = (
    sa.delete(scim_nested)
    .where(scim_nested.c.group_pk == bindparam("group"), _outside(scim_nested.c.child_pk, integers("pks")))
    .returning(scim_nested.c.child_pk)
)
_DROP_PENDING = (
    sa.delete(scim_pending)
    .where(scim_pending.c.group_pk == bindparam("group"), within(scim_pending.c.value, _VALUES))
    .returning(scim_pending.c.value)
)
_DROP_OTHER_PENDING = (
    sa.delete(scim_pending)
    .where(scim_pending.c.group_pk == bindparam("group"), _outside(scim_pending.c.value, _VALUES))
    .returning(scim_pending.c.value)
)
_USER_IDS = sa.select(scim_user.c.id).where(within(scim_user.c.pk, integers("pks"))).order_by(scim_user.c.id)
_GROUP_IDS = sa.select(scim_group.c.id).where(within(scim_group.c.pk, integers("pks"))).order_by(scim_group.c.id)
_ARRIVED = (
    sa.delete(scim_pending)
    .where(scim_pending.c.connection == bindparam("connection"), scim_pending.c.value == bindparam("value_"))
    .returning(scim_pending.c.group_pk)
)


def _joining(table: sa.Table, column: str) -> Any:
    """One arrival becomes a member of those groups that still are."""
    groups = (
        sa.select(scim_group.c.pk, bindparam("arrived", type_=sa.BigInteger))
        .where(within(scim_group.c.pk, integers("pks")), scim_group.c.deleted.is_(None))
        .with_for_update(read=True, key_share=True)
    )
    return insert(table).from_select(["group_pk", column], groups).on_conflict_do_nothing()


_JOIN_USER = _joining(scim_member, "user_pk")
_JOIN_GROUP = _joining(scim_nested, "child_pk")


@dataclass(frozen=True, slots=True)
class Moved:
    """Ids of users and of nested groups that came and went; `pending`: only unknown values changed."""

    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    pending: bool = False

    def __bool__(self) -> bool:
        return bool(self.gained or self.lost or self.groups or self.pending)

    def __add__(self, other: "Moved") -> "Moved":
        """Both, one after the other: who came and went again did not move."""
        gained = (set(self.gained) - set(other.lost)) | (set(other.gained) - set(self.lost))
        lost = (set(self.lost) - set(other.gained)) | (set(other.lost) - set(self.gained))
        groups = set(self.groups) ^ set(other.groups)
        return Moved(tuple(sorted(gained)), tuple(sorted(lost)), tuple(sorted(groups)), self.pending or other.pending)


@dataclass(frozen=True, slots=True)
class _Found:
    """Ids by key, and the values that are nobody's."""

    users: dict[int, str]
    groups: dict[int, str]
    unknown: list[str]


def hold_arrivals(tx: Tx, connection: str) -> None:
    """Until the transaction ends nobody with an externalId arrives, or is renamed, at this connection."""
    tx.one(_HOLD_ARRIVALS, connection=connection)


def add(tx: Tx, connection: str, group_pk: int, values: Sequence[str]) -> Moved:
    """Add values; those that are members already change nothing."""
    return _add(tx, connection, group_pk, _surely_unknown(tx, connection, _find(tx, connection, values)))


def remove(tx: Tx, connection: str, group_pk: int, values: Sequence[str]) -> Moved:
    """Remove values; those that are no members change nothing."""
    found = _surely_unknown(tx, connection, _find(tx, connection, values))
    lost = tx.all(_DROP_USERS, group=group_pk, pks=list(found.users)) if found.users else []
    nested = tx.all(_DROP_GROUPS, group=group_pk, pks=list(found.groups)) if found.groups else []
    pending = tx.all(_DROP_PENDING, group=group_pk, values_=list(values))
    return Moved((), _named(lost, found.users), _named(nested, found.groups), bool(pending))


def replace(tx: Tx, connection: str, group_pk: int, values: Sequence[str]) -> Moved:
    """Make the members exactly these; the difference is computed in SQL."""
    found = _surely_unknown(tx, connection, _find(tx, connection, values))
    lost = tx.all(_DROP_OTHER_USERS, group=group_pk, pks=list(found.users))
    nested = tx.all(_DROP_OTHER_GROUPS, group=group_pk, pks=list(found.groups))
    pending = tx.all(_DROP_OTHER_PENDING, group=group_pk, values_=found.unknown)
    dropped = Moved((), _user_ids(tx, lost), _group_ids(tx, nested), bool(pending))
    return dropped + _add(tx, connection, group_pk, found)


def resolve_user(tx: Tx, connection: str, user_pk: int, external_id: str | None) -> bool:
    """A user arrives whom groups may have named by its externalId; True if that made memberships.

    The caller has joined or holds the arrivals.
    """
    return _resolve(tx, _JOIN_USER, connection, user_pk, external_id)


def resolve_group(tx: Tx, connection: str, group_pk: int, external_id: str | None) -> bool:
    """The same for a nested group."""
    if external_id is not None:
        tx.one(_JOIN_ARRIVALS, connection=connection)
    return _resolve(tx, _JOIN_GROUP, connection, group_pk, external_id)


def _resolve(tx: Tx, statement: Any, connection: str, pk: int, external_id: str | None) -> bool:
    if external_id is None:
        return False
    waiting = [row["group_pk"] for row in tx.all(_ARRIVED, connection=connection, value_=external_id)]
    return bool(waiting) and tx.run(statement, arrived=pk, pks=waiting) > 0


def _add(tx: Tx, connection: str, group_pk: int, found: _Found) -> Moved:
    gained = tx.all(_ADD_USERS, group_pk=group_pk, pks=sorted(found.users)) if found.users else []
    nested = tx.all(_ADD_GROUPS, group_pk=group_pk, pks=sorted(found.groups)) if found.groups else []
    waiting = {"group_pk": group_pk, "values_": found.unknown, "connection_": connection}
    pending = tx.all(_ADD_PENDING, **waiting) if found.unknown else []
    return Moved(_named(gained, found.users), (), _named(nested, found.groups), bool(pending))


def _named(rows: Sequence[Any], ids: Mapping[int, str]) -> tuple[str, ...]:
    """The ids of rows that hold a key."""
    return tuple(sorted(ids[row[0]] for row in rows))


def _find(tx: Tx, connection: str, values: Sequence[str]) -> _Found:
    """Who the values are: our ids first, then the client's."""
    left = set(values)
    users: dict[int, str] = {}
    groups: dict[int, str] = {}
    for statement, found in (
        (_USERS_BY_ID, users),
        (_GROUPS_BY_ID, groups),
        (_USERS_BY_EXTERNAL, users),
        (_GROUPS_BY_EXTERNAL, groups),
    ):
        for value, pk, id in tx.all(statement, connection=connection, values_=list(left)) if left else ():
            found[pk] = id
            left.discard(value)
    return _Found(users, groups, sorted(left))


def _surely_unknown(tx: Tx, connection: str, found: _Found) -> _Found:
    """Look once more for the unknown, with nobody arriving meanwhile."""
    if not found.unknown:
        return found
    hold_arrivals(tx, connection)
    late = _find(tx, connection, found.unknown)
    return _Found(found.users | late.users, found.groups | late.groups, late.unknown)


def _user_ids(tx: Tx, rows: Sequence[Any]) -> tuple[str, ...]:
    pks = [row["user_pk"] for row in rows]
    return tuple(row["id"] for row in tx.all(_USER_IDS, pks=pks)) if pks else ()


def _group_ids(tx: Tx, rows: Sequence[Any]) -> tuple[str, ...]:
    pks = [row["child_pk"] for row in rows]
    return tuple(row["id"] for row in tx.all(_GROUP_IDS, pks=pks)) if pks else ()
