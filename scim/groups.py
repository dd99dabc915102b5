"""Store verbs for groups. A group's own row is touched once per change; its members are rows (scim/members.py).

DELETE is O(1): the row is marked, its names are free again, and the member rows stay until the host has looked at
everybody who was in it and calls `purge`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

from scim import members, render
from scim.change import Change
from scim.clean import clean_group
from scim.dialects import Healing
from scim.errors import InvalidValue, NotFound, PreconditionFailed, Uniqueness
from scim.keys import fold
from scim.match import matches
from scim.members import Moved
from scim.patch import Operation
from scim.ports import Tx
from scim.rfc import AttrPath, Comparison, FilterNode, LogicalExpr, LogicalOperator, ValuePath, parse_path

_COLUMNS = "pk, id, external_id, display_name, version, created, body"
_BY_ID = text(
    f"SELECT {_COLUMNS} FROM scim_group WHERE connection = :connection AND id = :id AND deleted IS NULL"  # noqa: S608
)
_LOCKED = text("UPDATE scim_group SET version = version WHERE connection = :connection AND id = :id AND deleted IS NULL")
_TWIN = text(
    """SELECT id FROM scim_group WHERE connection = :connection AND display_key = :key AND id <> :id
    AND deleted IS NULL LIMIT 1"""
)
_INSERT = text(
    """INSERT INTO scim_group (connection, id, external_id, display_name, display_key, created, modified, version, body)
    VALUES (:connection, :id, :external_id, :display_name, :display_key, :now, :now, 1, :body) RETURNING pk"""
)
_UPDATE = text(
    """UPDATE scim_group SET external_id = :external_id, display_name = :display_name, display_key = :display_key,
      modified = :now, version = :version, body = :body WHERE pk = :pk"""
)
_DELETE = text("UPDATE scim_group SET deleted = :now, display_key = '', external_id = NULL WHERE pk = :pk")
_DELETED = text("SELECT pk FROM scim_group WHERE connection = :connection AND id = :id AND deleted IS NOT NULL")
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


@dataclass
class _Draft:
    """A group while a PATCH works on it."""

    resource: dict[str, Any]
    moved: Moved = field(default_factory=Moved)


def get(tx: Tx, connection: str, id: str) -> Any:
    """The row of a group; NotFound otherwise. Touches no member row."""
    row = tx.one(_BY_ID, connection=connection, id=id)
    if row is None:
        raise NotFound(f"There is no group {id[:80]}.")
    return row


def create(
    tx: Tx, connection: str, resource: dict[str, Any], *, id: str, now: int, unique_names: bool
) -> tuple[Any, Change]:
    """A new group with its members."""
    values, own = _split(resource)
    if unique_names:
        _refuse_twin(tx, connection, own["displayName"], id)
    body = render.stored("Group", id, own, now, now, 1)
    row = tx.one(_INSERT, connection=connection, id=id, now=now, body=body, **_columns(own))
    assert row is not None
    moved = members.add(tx, connection, row["pk"], values)
    nested_into = members.resolve_group(tx, connection, row["pk"], own.get("externalId"))
    groups = (*moved.groups, id) if nested_into else moved.groups
    change = Change(
        "group.created", id, now, users=moved.gained, gained=moved.gained, groups=groups, name=own["displayName"]
    )
    return get(tx, connection, id), change


def replace(
    tx: Tx,
    connection: str,
    id: str,
    resource: dict[str, Any],
    *,
    now: int,
    unique_names: bool,
    if_match: str | None = None,
) -> tuple[Any, Change | None]:
    """PUT: the whole group; without `members` it has none afterwards."""
    row = _locked(tx, connection, id, if_match)
    values, own = _split(resource)
    moved = members.replace(tx, connection, row["pk"], values)
    return _write(tx, connection, row, own, moved, now, unique_names)


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
) -> tuple[Any, Change | None]:
    """PATCH: all operations, or none."""
    row = _locked(tx, connection, id, if_match)
    draft = _Draft(render.parsed(row["body"]))
    for op in ops:
        _apply(tx, connection, row["pk"], draft, op, healing)
    return _write(tx, connection, row, clean_group(draft.resource, healing), draft.moved, now, unique_names)


def delete(tx: Tx, connection: str, id: str, *, now: int, if_match: str | None = None) -> tuple[None, Change]:
    """Gone for every reader at once, however many members it has."""
    row = _locked(tx, connection, id, if_match)
    tx.run(_DELETE, pk=row["pk"], now=now)
    return None, Change("group.deleted", id, now, groups=(id,), name=row["display_name"])


def purge(tx: Tx, connection: str, id: str) -> bool:
    """Drop the rows of a deleted group; False for one that lives or is unknown."""
    row = tx.one(_DELETED, connection=connection, id=id)
    if row is None:
        return False
    for statement in _PURGE:
        tx.run(statement, pk=row["pk"])
    return True


def _locked(tx: Tx, connection: str, id: str, if_match: str | None) -> Any:
    tx.run(_LOCKED, connection=connection, id=id)
    row = get(tx, connection, id)
    if if_match is not None and if_match not in {"*", render.etag(row["version"])}:
        raise PreconditionFailed("The group was changed since it was read.")
    return row


def _write(
    tx: Tx, connection: str, row: Any, own: dict[str, Any], moved: Moved, now: int, unique_names: bool
) -> tuple[Any, Change | None]:
    before = render.parsed(row["body"])
    after = {**own, "id": row["id"]}
    fields = tuple(sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key)))
    if not fields and not moved:
        return row, None
    renamed = "displayName" in fields
    if renamed and unique_names:
        _refuse_twin(tx, connection, own["displayName"], row["id"])
    version = row["version"] + 1
    body = render.stored("Group", row["id"], own, row["created"], now, version)
    tx.run(_UPDATE, pk=row["pk"], now=now, version=version, body=body, **_columns(own))
    if "externalId" in fields:
        members.resolve_group(tx, connection, row["pk"], own.get("externalId"))
    whole = (row["id"],) if fields else ()
    change = Change(
        "group.changed" if fields else "members.changed",
        row["id"],
        now,
        users=tuple(sorted({*moved.gained, *moved.lost})),
        gained=moved.gained,
        groups=tuple(dict.fromkeys((*whole, *moved.groups))),
        name=own["displayName"],
        fields=fields,
    )
    return get(tx, connection, row["id"]), change


def _apply(tx: Tx, connection: str, pk: int, draft: _Draft, op: Operation, healing: Healing) -> None:
    if op.path is None:
        if not isinstance(op.value, Mapping):
            raise InvalidValue("Without a path the value must be an object.")
        for key, value in op.value.items():
            _apply(tx, connection, pk, draft, Operation(op.op, key, value), healing)
        return
    node = parse_path(op.path)
    path = node.attr_path if isinstance(node, ValuePath) else node
    name = path.attr.lower()
    if name == "members":
        draft.moved = draft.moved + _members(tx, connection, pk, node, op, healing)
    elif name in {"displayname", "externalid"}:
        key = "displayName" if name == "displayname" else "externalId"
        if op.op == "remove":
            draft.resource.pop(key, None)
        else:
            draft.resource[key] = op.value[0] if isinstance(op.value, list) and op.value else op.value
    else:
        healing.note("read-only" if name in {"id", "meta", "schemas"} else "unknown-attribute", path.attr)


def _members(tx: Tx, connection: str, pk: int, node: Any, op: Operation, healing: Healing) -> Moved:
    if isinstance(node, ValuePath):
        if op.op != "remove":
            return members.add(tx, connection, pk, _values_of(node.val_filter) or [])
        return members.remove(tx, connection, pk, _selected(tx, pk, node.val_filter))
    if op.op == "add":
        return members.add(tx, connection, pk, _values(op.value, healing))
    if op.op == "replace":
        return members.replace(tx, connection, pk, _values(op.value, healing))
    if op.value is None:
        return members.replace(tx, connection, pk, [])
    healing.note("remove-by-value")
    values = _values(op.value, healing)
    if not values:
        raise InvalidValue("An empty list removes nobody; to empty the group, remove members without a value.")
    return members.remove(tx, connection, pk, values)


def _selected(tx: Tx, pk: int, node: FilterNode) -> list[str]:
    """The member values a filter selects; plain `value eq` needs no look at the members."""
    named = _values_of(node)
    if named is not None:
        return named
    rows = [{"value": row["value"], "type": row["kind"], "display": row["display"]} for row in members.of(tx, pk)]
    return [row["value"] for row in rows if matches(node, row)]


def _values_of(node: FilterNode) -> list[str] | None:
    if isinstance(node, Comparison) and node.op.value == "eq" and _is_value(node.attr_path):
        return [str(node.value)]
    if isinstance(node, LogicalExpr) and node.op is LogicalOperator.or_:
        parts = [_values_of(term) for term in node.terms]
        if all(part is not None for part in parts):
            return [value for part in parts for value in part or ()]
    return None


def _is_value(path: AttrPath) -> bool:
    return path.attr.lower() == "value" and path.sub_attr is None


def _values(value: Any, healing: Healing) -> list[str]:
    """The member values of a body, in whatever shape they came."""
    cleaned = clean_group({"schemas": [], "displayName": "x", "members": value}, Healing()).get("members", [])
    if not isinstance(value, list):
        healing.note("single-for-list", "members")
    return [str(item["value"]) for item in cleaned if item.get("value")]


def _split(resource: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    own = {key: value for key, value in resource.items() if key != "members"}
    return [str(item["value"]) for item in resource.get("members") or () if item.get("value")], own


def _refuse_twin(tx: Tx, connection: str, name: str, id: str) -> None:
    if tx.one(_TWIN, connection=connection, key=fold(name), id=id) is not None:
        raise Uniqueness(f"Another group is called {name[:80]!r}.")


def _columns(own: dict[str, Any]) -> dict[str, Any]:
    name = own["displayName"]
    return {"external_id": own.get("externalId"), "display_name": name, "display_key": fold(name)}
