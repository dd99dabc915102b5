"""Store verbs for users: ``(tx, connection, …) -> (row, Change | None)``. Time and ids are given; they may run twice."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import insert

from scim import members, render
from scim.change import Change, UserFacts
from scim.dialects import Healing
from scim.errors import NotFound, Uniqueness
from scim.etags import require
from scim.keys import fold
from scim.members import ARRIVALS
from scim.patch import Operation, apply
from scim.person import user_facts
from scim.ports import Row, Tx
from scim.schemas import USERS, Shape
from scim.schemas.immutable import refuse_changes, with_first_values
from scim.search import stored_document
from scim.sql import held, integers, within
from scim.tables import scim_email, scim_group, scim_member, scim_user

_FOUND = sa.select(
    scim_user.c.pk, scim_user.c.id, scim_user.c.version, scim_user.c.created, scim_user.c.active, scim_user.c.body
).where(scim_user.c.connection == bindparam("connection"), scim_user.c.id == bindparam("id"))
_WITH_GROUPS = (
    _FOUND.add_columns(
        scim_group.c.pk.label("group_pk"), scim_group.c.id.label("group_id"), scim_group.c.display_name.label("group_name")
    )
    .select_from(scim_user)
    .outerjoin(scim_member, scim_member.c.user_pk == scim_user.c.pk)
    .outerjoin(scim_group, sa.and_(scim_group.c.pk == scim_member.c.group_pk, scim_group.c.deleted.is_(None)))
)
_LOCKED = _FOUND.with_for_update(key_share=True)
_LOCKED_TO_DELETE = _FOUND.with_for_update()  # waits for whoever adds this user to a group
_BY_NAME = text("SELECT id FROM scim_user WHERE connection = :connection AND user_name_key = :key")
_TAKEN = text(
    """SELECT id, user_name_key, external_id FROM scim_user WHERE connection = :connection AND id <> :id
    AND (user_name_key = :user_name_key OR external_id = CAST(:external_id AS TEXT)) LIMIT 1"""
)
_NEW = ("connection", "id", "created", "external_id", "user_name", "user_name_key", "display_key", "active", "modified",
        "version", "body", "search")  # fmt: skip
_INSERT = (
    insert(scim_user)
    .from_select(
        _NEW,
        sa.select(*(bindparam(f"new_{name}", type_=scim_user.c[name].type) for name in _NEW)).where(
            held(ARRIVALS, bindparam("new_connection"), shared=True).is_not(None)  # taken first, in the same round trip
        ),
    )
    .on_conflict_do_nothing()
    .returning(scim_user.c.pk)
)
_UPDATE = text(
    """UPDATE scim_user SET external_id = :external_id, user_name = :user_name, user_name_key = :user_name_key,
      display_key = :display_key, active = :active, modified = :modified, version = :version, body = :body, search = :search
    WHERE pk = :pk"""
)
_DELETE = text("DELETE FROM scim_user WHERE pk = :pk")
_ADD_EMAIL = text(
    """INSERT INTO scim_email (user_pk, connection, value_key, type, is_primary)
    VALUES (:user_pk, :connection, :value_key, :type, :is_primary)"""
)
_DROP_EMAILS = sa.delete(scim_email).where(scim_email.c.user_pk == bindparam("owner"))
_DROP_MEMBERSHIPS = sa.delete(scim_member).where(scim_member.c.user_pk == bindparam("owner"))
_MEMBERSHIPS = (
    sa.select(scim_member.c.user_pk, scim_group.c.pk, scim_group.c.id, scim_group.c.display_name)
    .join_from(scim_member, scim_group, scim_member.c.group_pk == scim_group.c.pk)
    .where(scim_group.c.deleted.is_(None))
    .order_by(scim_group.c.pk)
)
_OF_ONE = _MEMBERSHIPS.where(scim_member.c.user_pk == bindparam("pk_"))
_PAIRS = sa.select(scim_member.c.user_pk, scim_member.c.group_pk).where(within(scim_member.c.user_pk, integers("pks")))
_NAMED = sa.select(scim_group.c.pk, scim_group.c.id, scim_group.c.display_name).where(
    within(scim_group.c.pk, integers("pks")), scim_group.c.deleted.is_(None)
)


def get(tx: Tx, connection: str, id: str) -> Row:
    """The row of a user; NotFound otherwise."""
    return _existing(tx.one(_FOUND, connection=connection, id=id), id)


def get_with_groups(tx: Tx, connection: str, id: str) -> tuple[Row, list[Any]]:
    """The same, and the rows of their groups as `groups_of` gives them, by one statement."""
    rows = tx.all(_WITH_GROUPS, connection=connection, id=id)
    row = _existing(rows[0] if rows else None, id)
    found = [(row["pk"], one["group_pk"], one["group_id"], one["group_name"]) for one in rows if one["group_pk"] is not None]
    return row, sorted(found)


def id_of(tx: Tx, connection: str, user_name: str) -> str | None:
    """The id of the user of this name, in any case."""
    row = tx.one(_BY_NAME, connection=connection, key=fold(user_name))
    return row["id"] if row is not None else None


def groups_of(tx: Tx, pks: Sequence[int]) -> list[Any]:
    """Rows (user_pk, pk, id, display_name) of the groups that users are directly in, each user's in the order they came.

    A page of users is in the same few groups, so each group is looked up once.
    """
    if len(pks) == 1:
        return tx.all(_OF_ONE, pk_=pks[0])
    pairs = [tuple(pair) for pair in tx.all(_PAIRS, pks=pks)] if pks else []
    wanted = sorted({group for _, group in pairs})
    named = {row[0]: tuple(row) for row in tx.all(_NAMED, pks=wanted)} if wanted else {}
    return [(user, *named[group]) for user, group in sorted(pairs) if group in named]


def create(
    tx: Tx, connection: str, resource: dict[str, Any], *, id: str, now: int, shape: Shape = USERS
) -> tuple[Row, Change]:
    """A new user; Uniqueness if userName or externalId is taken. What groups said of it before it came is resolved."""
    resource = {"active": True, **resource}
    facts = user_facts(resource, id)
    columns = _columns(resource, facts, shape, created=now, now=now, version=1)
    row = {"id": id, "connection": connection, "created": now, **columns}
    made = tx.one(_INSERT, **{f"new_{name}": value for name, value in row.items()})
    if made is None:
        _refuse_twins(tx, connection, facts)
        raise Uniqueness("Another user with this userName or externalId came at the same moment.")
    _add_emails(tx, connection, made["pk"], resource)
    joined = members.resolve_user(tx, connection, made["pk"], facts.external_id)
    return {**row, "pk": made["pk"]}, Change("user.created", id, now, user=facts, fields=("groups",) if joined else ())


def replace(
    tx: Tx,
    connection: str,
    id: str,
    resource: dict[str, Any],
    *,
    now: int,
    if_match: str | None = None,
    shape: Shape = USERS,
) -> tuple[Row, Change | None]:
    """PUT: the whole user. A client that leaves `active` out, or what is immutable, leaves it as it is."""
    row = _locked(tx, _LOCKED, connection, id, if_match)
    if shape.immutable:
        resource = with_first_values(shape, render.parsed(row["body"]), resource)
    return _write(tx, connection, row, {"active": bool(row["active"]), **resource}, now, shape)


def patch(
    tx: Tx,
    connection: str,
    id: str,
    ops: list[Operation],
    *,
    now: int,
    healing: Healing,
    if_match: str | None = None,
    shape: Shape = USERS,
) -> tuple[Row, Change | None]:
    """PATCH: all operations, or none. Who removes `active` doesn't see it again; the user stays what they are."""
    row = _locked(tx, _LOCKED, connection, id, if_match)
    return _write(tx, connection, row, apply(render.parsed(row["body"]), ops, shape, healing), now, shape)


def delete(tx: Tx, connection: str, id: str, *, now: int, if_match: str | None = None) -> tuple[None, Change]:
    """The user and their memberships."""
    row = _locked(tx, _LOCKED_TO_DELETE, connection, id, if_match)
    for statement in (_DROP_MEMBERSHIPS, _DROP_EMAILS):
        tx.run(statement, owner=row["pk"])
    tx.run(_DELETE, pk=row["pk"])
    return None, Change("user.deleted", id, now, was_active=bool(row["active"]))


def _existing(row: Any | None, id: str) -> Row:
    if row is None:
        raise NotFound(f"There is no user {id[:80]}.")
    found: Row = row
    return found


def _locked(tx: Tx, statement: Any, connection: str, id: str, if_match: str | None) -> Row:
    row = _existing(tx.one(statement, connection=connection, id=id), id)
    require(if_match, row["version"])
    return row


def _write(tx: Tx, connection: str, row: Row, resource: dict[str, Any], now: int, shape: Shape) -> tuple[Row, Change | None]:
    before, after = render.parsed(row["body"]), {**resource, "id": row["id"]}
    fields = tuple(sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key)))
    if not fields:
        return row, None
    refuse_changes(shape, before, after)
    facts = user_facts(resource, row["id"], active=bool(row["active"]))
    if {"userName", "externalId"} & set(fields):
        members.hold_arrivals(tx, connection)
        _refuse_twins(tx, connection, facts)
    columns = _columns(resource, facts, shape, created=row["created"], now=now, version=row["version"] + 1)
    tx.run(_UPDATE, pk=row["pk"], **columns)
    if "emails" in fields:
        tx.run(_DROP_EMAILS, owner=row["pk"])
        _add_emails(tx, connection, row["pk"], resource)
    if "externalId" in fields:
        members.resolve_user(tx, connection, row["pk"], facts.external_id)
    change = Change("user.changed", row["id"], now, user=facts, was_active=bool(row["active"]), fields=fields)
    return {"pk": row["pk"], "id": row["id"], **columns}, change


def _refuse_twins(tx: Tx, connection: str, facts: UserFacts) -> None:
    row = tx.one(
        _TAKEN, connection=connection, id=facts.id, user_name_key=facts.user_name_key, external_id=facts.external_id
    )
    if row is not None:
        what = "userName" if row["user_name_key"] == facts.user_name_key else "externalId"
        raise Uniqueness(f"Another user has this {what}.")


def _columns(
    resource: Mapping[str, Any], facts: UserFacts, shape: Shape, *, created: int, now: int, version: int
) -> dict[str, Any]:
    """The columns that follow from the resource."""
    display = resource.get("displayName")
    return {
        "external_id": facts.external_id,
        "user_name": facts.user_name,
        "user_name_key": facts.user_name_key,
        "display_key": fold(display) if display is not None else None,
        "active": facts.active,
        "modified": now,
        "version": version,
        "body": render.stored("User", facts.id, resource, created, now, version),
        "search": stored_document(resource, shape),
    }


def _add_emails(tx: Tx, connection: str, user_pk: int, resource: Mapping[str, Any]) -> None:
    rows = [
        {
            "user_pk": user_pk,
            "connection": connection,
            "value_key": fold(email["value"]),
            "type": fold(email["type"]) if email.get("type") else None,
            "is_primary": bool(email.get("primary")),
        }
        for email in resource.get("emails") or ()
        if email.get("value")
    ]
    if rows:
        tx.many(_ADD_EMAIL, rows)
