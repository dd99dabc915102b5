"""Role sets: which roles an organization may give, and which of them its creator and its new members get.

Every organization has one; the initial one is that of new organizations. Writing is in `role_set_changes`.
"""

from dataclasses import dataclass
from typing import Any

import orjson

from bridge.sandbox.clerk import errors, queries
from bridge.sandbox.clerk.call import Call, Route
from bridge.sandbox.clerk.queries import Where
from bridge.sandbox.clerk.store import Store

MOST = 10  # sets of an instance

_KEPT = ("id", "name", "key", "description", "created_at", "updated_at")
_COLUMNS = "id, key, name, description, type, creator_role_id, default_role_id, created_at, updated_at"
_MEMBERS = """SELECT roles.doc FROM roles JOIN role_set_roles s ON s.role_id = roles.id
  WHERE s.role_set_id = ? ORDER BY roles.seq"""
_ORDERS = {"created_at": "created_at", "name": "name COLLATE NOCASE", "key": "key"}


@dataclass(slots=True)
class RoleSet:
    """A row; the roles by key, each as it is answered within the set."""

    id: str
    key: str
    name: str
    description: str | None
    type: str
    creator_role_id: str
    default_role_id: str | None
    created_at: int
    updated_at: int
    roles: dict[str, dict[str, Any]]

    def role_of_id(self, role_id: str | None) -> dict[str, Any] | None:
        """The role with this id."""
        return next((role for role in self.roles.values() if role["id"] == role_id), None)


def list_role_sets(call: Call) -> bytes:
    """GET /role_sets"""
    where = Where()
    where.like(("id", "name", "key"), call.query.get("query"))
    limit, offset = queries.page(call.query)
    order = queries.order(call.query, _ORDERS, "-created_at", "seq")
    total = call.store.count(f"SELECT count(*) FROM role_sets{where.sql}", *where.values)  # noqa: S608
    sql = f"SELECT {_COLUMNS} FROM role_sets{where.sql}{order} LIMIT ? OFFSET ?"  # noqa: S608 - built from code
    found = [answer(_of_row(call.store, row)) for row in call.store.all(sql, *where.values, limit, offset)]
    return orjson.dumps({"data": found, "total_count": total})


def get(call: Call) -> bytes:
    """GET /role_sets/{key or id}"""
    return orjson.dumps(answer(fetch(call.store, call.path["role_set_key_or_id"])))


def fetch(store: Store, key_or_id: str) -> RoleSet:
    """The role set, or 404."""
    found = find(store, key_or_id)
    if found is None:
        raise errors.RESOURCE_NOT_FOUND()
    return found


def find(store: Store, key_or_id: str) -> RoleSet | None:
    """The role set with this key or id, if there is one."""
    sql = f"SELECT {_COLUMNS} FROM role_sets WHERE key = ? OR id = ?"  # noqa: S608 - built from code
    row = store.one(sql, key_or_id, key_or_id)
    return None if row is None else _of_row(store, row)


def initial(store: Store) -> RoleSet:
    """The role set that new organizations get."""
    row = store.one(f"SELECT {_COLUMNS} FROM role_sets WHERE type = 'initial'")  # noqa: S608 - built from code
    assert row is not None, "there is always an initial role set"
    return _of_row(store, row)


def initial_key(store: Store) -> str:
    """Its key alone."""
    row = store.one("SELECT key FROM role_sets WHERE type = 'initial'")
    assert row is not None, "there is always an initial role set"
    return str(row[0])


def creator_key(store: Store, key: str) -> str:
    """The key of the role that whoever creates an organization of this set gets."""
    sql = "SELECT roles.key FROM roles JOIN role_sets s ON s.creator_role_id = roles.id WHERE s.key = ?"
    row = store.one(sql, key)
    assert row is not None, "the role of creators is gone"
    return str(row[0])


def answer(role_set: RoleSet) -> dict[str, Any]:
    """The role set as Clerk describes it."""
    return {
        "object": "role_set",
        "id": role_set.id,
        "name": role_set.name,
        "key": role_set.key,
        "description": role_set.description,
        "roles": list(role_set.roles.values()),
        "default_role": role_set.role_of_id(role_set.default_role_id),
        "creator_role": role_set.role_of_id(role_set.creator_role_id),
        "type": role_set.type,
        "role_set_migration": None,
        "created_at": role_set.created_at,
        "updated_at": role_set.updated_at,
    }


def _of_row(store: Store, row: tuple[Any, ...]) -> RoleSet:
    known = dict(zip(_COLUMNS.split(", "), row, strict=True))
    members = [orjson.loads(document) for (document,) in store.all(_MEMBERS, known["id"])]
    return RoleSet(**known, roles={role["key"]: _item(role) for role in members})


def _item(role: dict[str, Any]) -> dict[str, Any]:
    return {"object": "role_set_item"} | {name: role[name] for name in _KEPT}


ROUTES = (
    Route("GET", "/role_sets", list_role_sets, reads=True),
    Route("GET", "/role_sets/{role_set_key_or_id}", get, reads=True),
)
