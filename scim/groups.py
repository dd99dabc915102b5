"""Store verbs for groups. A group's own row is touched once per change; its members are rows (scim/members.py).

DELETE is O(1): the row is marked, its names are free again, and the member rows stay until the host has looked at
everybody who was in it and calls `purge`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam, text

from scim import group_patch, members, render
from scim.change import Change
from scim.clean import member_values
from scim.dialects import Healing
from scim.errors import NotFound, Uniqueness
from scim.etags import require
from scim.keys import fold
from scim.members import Moved
from scim.patch import Operation
from scim.ports import Row, Tx
from scim.schemas import GROUPS, Shape
from scim.schemas.immutable import refuse_changes, with_first_values
from scim.search import stored_document
from scim.sql import held
from scim.tables import scim_group

MANY = 1_000
"""Of a new group with more members the host looks at the group, not at each of them: one mark, whatever its size."""

_ROW = sa.select(
    scim_group.c.pk, scim_group.c.id, scim_group.c.display_name, scim_group.c.version, scim_group.c.created,
    scim_group.c.body,
).where(scim_group.c.connection == bindparam("connection"), scim_group.c.id == bindparam("id"))  # fmt: skip
_FOUND = _ROW.where(scim_group.c.deleted.is_(None))
_LOCKED = _FOUND.with_for_update(key_share=True)
_DELETED = _ROW.where(scim_group.c.deleted.is_not(None)).with_for_update()
_HOLD_NAMES = sa.select(held("scim-names", bindparam("connection")).label("held"))
_TWINS = text(
    """SELECT id FROM scim_group WHERE connection = :connection AND display_key = :key AND id <> :id
    AND deleted IS NULL"""  # unsorted: SQLite would walk the index of ids instead of looking up the name
)
_INSERT = text(
    """INSERT INTO scim_group
      (connection, id, external_id, display_name, display_key, created, modified, version, body, search)
    VALUES (:connection, :id, :external_id, :display_name, :display_key, :modified, :modified, :version, :body, :search)
    RETURNING pk"""
)
_UPDATE = text(
    """UPDATE scim_group SET external_id = :external_id, display_name = :display_name, display_key = :display_key,
      modified = :modified, version = :version, body = :body, search = :search WHERE pk = :pk"""
)
_DELETE = text("UPDATE scim_group SET deleted = :now, display_key = '', external_id = NULL WHERE pk = :pk")
_PURGE = tuple(
    text(f"DELETE FROM {table} WHERE {column} = :pk")  # noqa: S608
    for table, column in (
        ("scim_member", "group_pk"),
        ("scim_nested", "group_pk"),
        ("scim_nested", "child_pk"),
        ("scim_pending", "group_pk"),
        ("scim_group", "pk"),
    )
)


def get(tx: Tx, connection: str, id: str) -> Row:
    """The row of a group; NotFound otherwise. Touches no member row."""
    return _existing(tx.one(_FOUND, connection=connection, id=id), id)


def create(
    tx: Tx,
    connection: str,
    resource: dict[str, Any],
    *,
    id: str,
    now: int,
    unique_names: bool,
    shape: Shape = GROUPS,
) -> tuple[Row, Change]:
    """A new group with its members."""
    values, own = _split(resource)
    twins = _twins(tx, connection, own["displayName"], id, refuse=unique_names)
    columns = _columns(own, id, shape, created=now, now=now, version=1)
    made = tx.one(_INSERT, connection=connection, id=id, **columns)
    assert made is not None
    moved = members.add(tx, connection, made["pk"], values)
    nested_into = members.resolve_group(tx, connection, made["pk"], own.get("externalId"))
    many = len(moved.gained) > MANY
    groups = tuple(dict.fromkeys((*((id,) if nested_into or many else ()), *moved.groups, *twins)))
    users = () if many else moved.gained
    change = Change("group.created", id, now, users=users, gained=moved.gained, groups=groups, name=own["displayName"])
    return {"pk": made["pk"], "id": id, **columns}, change


def replace(
    tx: Tx,
    connection: str,
    id: str,
    resource: dict[str, Any],
    *,
    now: int,
    unique_names: bool,
    if_match: str | None = None,
    shape: Shape = GROUPS,
) -> tuple[Row, Change | None]:
    """PUT: the whole group; without `members` it has none afterwards."""
    row = _locked(tx, connection, id, if_match)
    values, own = _split(resource)
    if shape.immutable:
        own = with_first_values(shape, render.parsed(row["body"]), own)
    moved = members.replace(tx, connection, row["pk"], values)
    return _write(tx, connection, row, own, moved, now, unique_names, shape)


def patch(
    tx: Tx,
    connection: str,
    id: str,
    ops: Sequence[Operation],
    *,
    now: int,
    healing: Healing,
    unique_names: bool,
    if_match: str | None = None,
    shape: Shape = GROUPS,
) -> tuple[Row, Change | None]:
    """PATCH: all operations, or none."""
    row = _locked(tx, connection, id, if_match)
    own, moved = group_patch.apply(tx, connection, row["pk"], render.parsed(row["body"]), ops, shape, healing)
    return _write(tx, connection, row, own, moved, now, unique_names, shape)


def delete(tx: Tx, connection: str, id: str, *, now: int, if_match: str | None = None) -> tuple[None, Change]:
    """Gone for every reader at once, however many members it has."""
    row = _locked(tx, connection, id, if_match)
    tx.run(_DELETE, pk=row["pk"], now=now)
    twins = _twins(tx, connection, row["display_name"], id)
    return None, Change("group.deleted", id, now, groups=(id, *twins), name=row["display_name"])


def purge(tx: Tx, connection: str, id: str) -> bool:
    """Drop the rows of a deleted group; False for one that lives or is unknown."""
    row = tx.one(_DELETED, connection=connection, id=id)
    if row is None:
        return False
    for statement in _PURGE:
        tx.run(statement, pk=row["pk"])
    return True


def _existing(row: Any | None, id: str) -> Row:
    if row is None:
        raise NotFound(f"There is no group {id[:80]}.")
    found: Row = row
    return found


def _locked(tx: Tx, connection: str, id: str, if_match: str | None) -> Row:
    row = _existing(tx.one(_LOCKED, connection=connection, id=id), id)
    require(if_match, row["version"])
    return row


def _write(
    tx: Tx, connection: str, row: Row, own: dict[str, Any], moved: Moved, now: int, unique_names: bool, shape: Shape
) -> tuple[Row, Change | None]:
    before, after = render.parsed(row["body"]), {**own, "id": row["id"]}
    fields = tuple(sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key)))
    if not fields and not moved:
        return row, None
    refuse_changes(shape, before, after)
    twins: list[str] = []
    if fold(own["displayName"]) != fold(row["display_name"]):
        twins = _twins(tx, connection, own["displayName"], row["id"], refuse=unique_names)
        twins += _twins(tx, connection, row["display_name"], row["id"])
    columns = _columns(own, row["id"], shape, created=row["created"], now=now, version=row["version"] + 1)
    tx.run(_UPDATE, pk=row["pk"], **columns)
    if "externalId" in fields:
        members.resolve_group(tx, connection, row["pk"], own.get("externalId"))
    whole = (row["id"],) if fields else ()
    change = Change(
        "group.changed" if fields else "members.changed",
        row["id"],
        now,
        users=tuple(sorted({*moved.gained, *moved.lost})),
        gained=moved.gained,
        groups=tuple(dict.fromkeys((*whole, *moved.groups, *twins))),
        name=own["displayName"],
        fields=fields,
    )
    return {"pk": row["pk"], "id": row["id"], **columns}, change


def _split(resource: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    own = {key: value for key, value in resource.items() if key != "members"}
    return member_values(resource), own


def _twins(tx: Tx, connection: str, name: str, id: str, *, refuse: bool = False) -> list[str]:
    """Other groups of a name: what that name means changes for their members, too. `refuse`: there may be none."""
    if refuse:
        tx.one(_HOLD_NAMES, connection=connection)
    found = sorted(row["id"] for row in tx.all(_TWINS, connection=connection, key=fold(name), id=id))
    if refuse and found:
        raise Uniqueness(f"Another group is called {name[:80]!r}.")
    return found


def _columns(own: Mapping[str, Any], id: str, shape: Shape, *, created: int, now: int, version: int) -> dict[str, Any]:
    """The columns that follow from the resource."""
    name = own["displayName"]
    return {
        "external_id": own.get("externalId"),
        "display_name": name,
        "display_key": fold(name),
        "modified": now,
        "version": version,
        "body": render.stored("Group", id, own, created, now, version),
        "search": stored_document(own, shape),
    }
