"""Store verbs for users: ``(tx, connection, …) -> (row, Change | None)``. Time and ids are given; they may run twice."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam, text

from scim import members, render
from scim.change import Change, Kind, UserFacts
from scim.dialects import Healing
from scim.errors import NotFound, PreconditionFailed, Uniqueness
from scim.keys import fold
from scim.patch import Operation, apply
from scim.person import user_facts
from scim.ports import Tx
from scim.tables import scim_group, scim_member

_BY_ID = text("SELECT pk, id, version, created, active, body FROM scim_user WHERE connection = :connection AND id = :id")
_LOCKED = text("UPDATE scim_user SET version = version WHERE connection = :connection AND id = :id")
_TAKEN = text(
    """SELECT id, user_name_key, external_id FROM scim_user WHERE connection = :connection AND id <> :id
    AND (user_name_key = :user_name_key OR external_id = CAST(:external_id AS TEXT)) LIMIT 1"""
)
_INSERT = text(
    """INSERT INTO scim_user (connection, id, external_id, user_name, user_name_key, display_key, active, created,
      modified, version, body)
    VALUES (:connection, :id, :external_id, :user_name, :user_name_key, :display_key, :active, :now, :now, 1, :body)
    ON CONFLICT (connection, user_name_key) DO NOTHING RETURNING pk"""
)
_UPDATE = text(
    """UPDATE scim_user SET external_id = :external_id, user_name = :user_name, user_name_key = :user_name_key,
      display_key = :display_key, active = :active, modified = :now, version = :version, body = :body
    WHERE pk = :pk"""
)
_DELETE = text("DELETE FROM scim_user WHERE pk = :pk")
_ADD_EMAIL = text(
    """INSERT INTO scim_email (user_pk, connection, value_key, type, is_primary)
    VALUES (:user_pk, :connection, :value_key, :type, :is_primary)"""
)
_DROP_EMAILS = text("DELETE FROM scim_email WHERE user_pk = :user_pk")
_DROP_MEMBERSHIPS = text("DELETE FROM scim_member WHERE user_pk = :user_pk")
_GROUPS = (
    sa.select(scim_group.c.id, scim_group.c.display_name)
    .join_from(scim_member, scim_group, scim_member.c.group_pk == scim_group.c.pk)
    .where(scim_member.c.user_pk == bindparam("user_pk"), scim_group.c.deleted.is_(None))
    .order_by(scim_group.c.pk)
)


def get(tx: Tx, connection: str, id: str) -> Any:
    """The row of a user; NotFound otherwise."""
    row = tx.one(_BY_ID, connection=connection, id=id)
    if row is None:
        raise NotFound(f"There is no user {id[:80]}.")
    return row


def groups_of(tx: Tx, user_pk: int) -> list[Any]:
    """(id, display_name) of the groups a user is directly in."""
    return tx.all(_GROUPS, user_pk=user_pk)


def create(tx: Tx, connection: str, resource: dict[str, Any], *, id: str, now: int) -> tuple[Any, Change]:
    """A new user; Uniqueness if userName or externalId is taken. What groups said of it before it came is resolved."""
    resource = {"active": True, **resource}
    facts = user_facts(resource, id)
    _refuse_twins(tx, connection, facts)
    body = render.stored("User", id, resource, now, now, 1)
    row = tx.one(_INSERT, connection=connection, id=id, now=now, body=body, **_columns(resource, facts))
    if row is None:
        raise Uniqueness(f"The userName {facts.user_name[:80]!r} is taken.")
    _write_emails(tx, connection, row["pk"], resource)
    joined = members.resolve_user(tx, connection, row["pk"], facts.external_id)
    fields = ("groups",) if joined else ()
    return get(tx, connection, id), Change("user.created", id, now, user=facts, fields=fields)


def replace(
    tx: Tx, connection: str, id: str, resource: dict[str, Any], *, now: int, if_match: str | None = None
) -> tuple[Any, Change | None]:
    """PUT: the whole user. What a client left out of `active` stays as it is."""
    row = _locked(tx, connection, id, if_match)
    return _write(tx, connection, row, {"active": bool(row["active"]), **resource}, now)


def patch(
    tx: Tx,
    connection: str,
    id: str,
    ops: list[Operation],
    *,
    now: int,
    healing: Healing,
    if_match: str | None = None,
) -> tuple[Any, Change | None]:
    """PATCH: all operations, or none."""
    row = _locked(tx, connection, id, if_match)
    before = render.parsed(row["body"])
    return _write(tx, connection, row, {"active": bool(row["active"]), **apply(before, ops, healing)}, now)


def delete(tx: Tx, connection: str, id: str, *, now: int, if_match: str | None = None) -> tuple[None, Change]:
    """The user and their memberships."""
    row = _locked(tx, connection, id, if_match)
    for statement in (_DROP_MEMBERSHIPS, _DROP_EMAILS):
        tx.run(statement, user_pk=row["pk"])
    tx.run(_DELETE, pk=row["pk"])
    return None, Change("user.deleted", id, now, was_active=bool(row["active"]))


def _locked(tx: Tx, connection: str, id: str, if_match: str | None) -> Any:
    tx.run(_LOCKED, connection=connection, id=id)
    row = get(tx, connection, id)
    if if_match is not None and if_match not in {"*", render.etag(row["version"])}:
        raise PreconditionFailed("The user was changed since it was read.")
    return row


def _write(tx: Tx, connection: str, row: Any, resource: dict[str, Any], now: int) -> tuple[Any, Change | None]:
    before = render.parsed(row["body"])
    after = {**resource, "id": row["id"]}
    fields = tuple(sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key)))
    if not fields:
        return row, None
    facts = user_facts(resource, row["id"])
    if {"userName", "externalId"} & set(fields):
        _refuse_twins(tx, connection, facts)
    version = row["version"] + 1
    body = render.stored("User", row["id"], resource, row["created"], now, version)
    tx.run(_UPDATE, pk=row["pk"], now=now, version=version, body=body, **_columns(resource, facts))
    if "emails" in fields:
        tx.run(_DROP_EMAILS, user_pk=row["pk"])
        _write_emails(tx, connection, row["pk"], resource)
    if "externalId" in fields:
        members.resolve_user(tx, connection, row["pk"], facts.external_id)
    kind: Kind = "user.changed"
    change = Change(kind, row["id"], now, user=facts, was_active=bool(row["active"]), fields=fields)
    return get(tx, connection, row["id"]), change


def _refuse_twins(tx: Tx, connection: str, facts: UserFacts) -> None:
    row = tx.one(
        _TAKEN, connection=connection, id=facts.id, user_name_key=facts.user_name_key, external_id=facts.external_id
    )
    if row is not None:
        what = "userName" if row["user_name_key"] == facts.user_name_key else "externalId"
        raise Uniqueness(f"Another user has this {what}.")


def _columns(resource: dict[str, Any], facts: UserFacts) -> dict[str, Any]:
    display = resource.get("displayName")
    return {
        "external_id": facts.external_id,
        "user_name": facts.user_name,
        "user_name_key": facts.user_name_key,
        "display_key": fold(display)[:500] if display else None,
        "active": facts.active,
    }


def _write_emails(tx: Tx, connection: str, user_pk: int, resource: dict[str, Any]) -> None:
    for email in resource.get("emails") or ():
        if email.get("value"):
            tx.run(
                _ADD_EMAIL,
                user_pk=user_pk,
                connection=connection,
                value_key=fold(email["value"])[:500],
                type=email.get("type"),
                is_primary=bool(email.get("primary")),
            )
