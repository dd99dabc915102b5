"""Members as rows: a change of k members costs k rows, whatever the size of the group (law 10).

A value may be a user, a nested group, or nobody yet: then it is pending, echoed at read, and resolved when a user or
group with that externalId arrives (rule R11).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import insert

from scim.ports import Tx
from scim.sql import integers, texts, within
from scim.tables import scim_group, scim_member, scim_nested, scim_pending, scim_user

_VALUES = texts("values_")
_USERS_BY_ID = sa.select(scim_user.c.id, scim_user.c.pk).where(
    scim_user.c.connection == bindparam("connection"), within(scim_user.c.id, _VALUES)
)
_USERS_BY_EXTERNAL = sa.select(scim_user.c.external_id.label("id"), scim_user.c.pk).where(
    scim_user.c.connection == bindparam("connection"), within(scim_user.c.external_id, _VALUES)
)
_GROUPS_BY_ID = sa.select(scim_group.c.id, scim_group.c.pk).where(
    scim_group.c.connection == bindparam("connection"),
    scim_group.c.deleted.is_(None),
    within(scim_group.c.id, _VALUES),
)
_ADD_USERS = (
    insert(scim_member)
    .from_select(
        ["group_pk", "user_pk"],
        sa.select(bindparam("group_pk", type_=sa.BigInteger), scim_user.c.pk).where(within(scim_user.c.pk, integers("pks"))),
    )
    .on_conflict_do_nothing()
    .returning(scim_member.c.user_pk)
)
_ADD_GROUPS = (
    insert(scim_nested)
    .from_select(
        ["group_pk", "child_pk"],
        sa.select(bindparam("group_pk", type_=sa.BigInteger), scim_group.c.pk).where(
            within(scim_group.c.pk, integers("pks"))
        ),
    )
    .on_conflict_do_nothing()
    .returning(scim_nested.c.child_pk)
)
_ADD_PENDING = text(
    """INSERT INTO scim_pending (group_pk, value, connection) VALUES (:group_pk, :value, :connection)
    ON CONFLICT DO NOTHING"""
)
_DROP_USERS = (
    sa.delete(scim_member)
    .where(scim_member.c.group_pk == bindparam("group"), within(scim_member.c.user_pk, integers("pks")))
    .returning(scim_member.c.user_pk)
)
_DROP_OTHER_USERS = (
    sa.delete(scim_member)
    .where(scim_member.c.group_pk == bindparam("group"), sa.not_(within(scim_member.c.user_pk, integers("pks"))))
    .returning(scim_member.c.user_pk)
)
_DROP_GROUPS = (
    sa.delete(scim_nested)
    .where(scim_nested.c.group_pk == bindparam("group"), within(scim_nested.c.child_pk, integers("pks")))
    .returning(scim_nested.c.child_pk)
)
_DROP_OTHER_GROUPS = (
    sa.delete(scim_nested)
    .where(scim_nested.c.group_pk == bindparam("group"), sa.not_(within(scim_nested.c.child_pk, integers("pks"))))
    .returning(scim_nested.c.child_pk)
)
_DROP_PENDING = (
    sa.delete(scim_pending)
    .where(scim_pending.c.group_pk == bindparam("group"), within(scim_pending.c.value, _VALUES))
    .returning(scim_pending.c.value)
)
_DROP_OTHER_PENDING = (
    sa.delete(scim_pending)
    .where(scim_pending.c.group_pk == bindparam("group"), sa.not_(within(scim_pending.c.value, _VALUES)))
    .returning(scim_pending.c.value)
)
_USER_IDS = sa.select(scim_user.c.id).where(within(scim_user.c.pk, integers("pks"))).order_by(scim_user.c.id)
_GROUP_IDS = sa.select(scim_group.c.id).where(within(scim_group.c.pk, integers("pks"))).order_by(scim_group.c.id)
_OF = text(
    """SELECT u.id AS value, 'User' AS kind, u.user_name AS display FROM scim_member m
      JOIN scim_user u ON u.pk = m.user_pk WHERE m.group_pk = :group_pk
    UNION ALL SELECT g.id, 'Group', g.display_name FROM scim_nested n
      JOIN scim_group g ON g.pk = n.child_pk AND g.deleted IS NULL WHERE n.group_pk = :group_pk
    UNION ALL SELECT value, '', '' FROM scim_pending WHERE group_pk = :group_pk"""
)
_RESOLVE_USER = text(
    """INSERT INTO scim_member (group_pk, user_pk) SELECT group_pk, CAST(:pk AS BIGINT) FROM scim_pending
    WHERE connection = :connection AND value = :value ON CONFLICT DO NOTHING"""
)
_RESOLVE_GROUP = text(
    """INSERT INTO scim_nested (group_pk, child_pk) SELECT group_pk, CAST(:pk AS BIGINT) FROM scim_pending
    WHERE connection = :connection AND value = :value ON CONFLICT DO NOTHING"""
)
_RESOLVED = text("DELETE FROM scim_pending WHERE connection = :connection AND value = :value")


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
    users: list[int]
    groups: list[int]
    unknown: list[str]


def add(tx: Tx, connection: str, group_pk: int, values: Sequence[str]) -> Moved:
    """Add values; those that are members already change nothing."""
    found = _find(tx, connection, values)
    gained = tx.all(_ADD_USERS, group_pk=group_pk, pks=found.users) if found.users else []
    nested = tx.all(_ADD_GROUPS, group_pk=group_pk, pks=found.groups) if found.groups else []
    pending = [
        value for value in found.unknown if tx.run(_ADD_PENDING, group_pk=group_pk, value=value, connection=connection)
    ]
    return Moved(_user_ids(tx, gained), (), _group_ids(tx, nested), bool(pending))


def remove(tx: Tx, connection: str, group_pk: int, values: Sequence[str]) -> Moved:
    """Remove values; those that are no members change nothing."""
    found = _find(tx, connection, values)
    lost = tx.all(_DROP_USERS, group=group_pk, pks=found.users) if found.users else []
    nested = tx.all(_DROP_GROUPS, group=group_pk, pks=found.groups) if found.groups else []
    pending = tx.all(_DROP_PENDING, group=group_pk, values_=list(values))
    return Moved((), _user_ids(tx, lost), _group_ids(tx, nested), bool(pending))


def replace(tx: Tx, connection: str, group_pk: int, values: Sequence[str]) -> Moved:
    """Make the members exactly these; the difference is computed in SQL."""
    found = _find(tx, connection, values)
    lost = tx.all(_DROP_OTHER_USERS, group=group_pk, pks=found.users)
    nested = tx.all(_DROP_OTHER_GROUPS, group=group_pk, pks=found.groups)
    pending = tx.all(_DROP_OTHER_PENDING, group=group_pk, values_=found.unknown)
    dropped = Moved((), _user_ids(tx, lost), _group_ids(tx, nested), bool(pending))
    return dropped + add(tx, connection, group_pk, values)


def of(tx: Tx, group_pk: int) -> list[Any]:
    """The members as rows (value, kind, display); kind "" for a pending value."""
    return tx.all(_OF, group_pk=group_pk)


def resolve_user(tx: Tx, connection: str, user_pk: int, external_id: str | None) -> int:
    """A user arrives whom groups named by its externalId; returns how many memberships that made."""
    return _resolve(tx, _RESOLVE_USER, connection, user_pk, external_id)


def resolve_group(tx: Tx, connection: str, group_pk: int, external_id: str | None) -> int:
    """The same for a nested group."""
    return _resolve(tx, _RESOLVE_GROUP, connection, group_pk, external_id)


def _resolve(tx: Tx, statement: Any, connection: str, pk: int, external_id: str | None) -> int:
    if external_id is None:
        return 0
    made = tx.run(statement, pk=pk, connection=connection, value=external_id)
    if made:
        tx.run(_RESOLVED, connection=connection, value=external_id)
    return made


def _find(tx: Tx, connection: str, values: Sequence[str]) -> _Found:
    left = dict.fromkeys(values)
    found: list[list[int]] = []
    for statement in (_USERS_BY_ID, _GROUPS_BY_ID, _USERS_BY_EXTERNAL):
        rows = tx.all(statement, connection=connection, values_=list(left)) if left else []
        found.append([row["pk"] for row in rows])
        for row in rows:
            left.pop(row["id"], None)
    return _Found(sorted({*found[0], *found[2]}), sorted(found[1]), sorted(left))


def _user_ids(tx: Tx, rows: Sequence[Any]) -> tuple[str, ...]:
    pks = [row["user_pk"] for row in rows]
    return tuple(row["id"] for row in tx.all(_USER_IDS, pks=pks)) if pks else ()


def _group_ids(tx: Tx, rows: Sequence[Any]) -> tuple[str, ...]:
    pks = [row["child_pk"] for row in rows]
    return tuple(row["id"] for row in tx.all(_GROUP_IDS, pks=pks)) if pks else ()
