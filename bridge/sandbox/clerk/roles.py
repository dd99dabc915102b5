"""Organization roles and the permissions they hold. A role with the minimum permissions keeps an organization governed."""

import re
from typing import Any

import orjson

from bridge.sandbox.clerk import errors, permissions, queries
from bridge.sandbox.clerk.call import Call, Route
from bridge.sandbox.clerk.forms import Form, flag, text, texts
from bridge.sandbox.clerk.ids import new_id
from bridge.sandbox.clerk.queries import Where
from bridge.sandbox.clerk.store import Store

Role = dict[str, Any]

MOST_CUSTOM = 10  # roles beside Clerk's own
MINIMUM = frozenset({"org:sys_memberships:manage", "org:sys_memberships:read", "org:sys_profile:delete"})

_BUILT_IN = ("org:admin", "org:member")
_FIELDS = {"name": text(), "key": text(), "description": text(1024), "permissions": texts}
_CREATE = Form({**_FIELDS, "include_in_initial_role_set": flag}, required=("name", "key"))
_UPDATE = Form(_FIELDS, closed=False)
_KEY = re.compile(r"org:[a-z0-9_]+")
_INVITED = "SELECT 1 FROM invitations WHERE role = ? AND status = 'pending' AND expires_at > ?"
_RENAME_INVITED = """UPDATE invitations SET role = ?, doc = CAST(json_set(CAST(doc AS TEXT), '$.role', ?) AS BLOB)
  WHERE role = ?"""
_INTO_INITIAL_SET = "INSERT INTO role_set_roles SELECT id, ? FROM role_sets WHERE type = 'initial'"
_ORDERS = {"created_at": "created_at", "name": "name COLLATE NOCASE", "key": "key"}


def list_roles(call: Call) -> bytes:
    """GET /organization_roles"""
    where = Where()
    where.like(("id", "name", "key"), call.query.get("query"))
    limit, offset = queries.page(call.query)
    order = queries.order(call.query, _ORDERS, "-created_at", "seq")
    total = call.store.count(f"SELECT count(*) FROM roles{where.sql}", *where.values)  # noqa: S608 - built from code
    sql = f"SELECT doc FROM roles{where.sql}{order} LIMIT ? OFFSET ?"  # noqa: S608 - built from code
    found = [orjson.Fragment(row[0]) for row in call.store.all(sql, *where.values, limit, offset)]
    return orjson.dumps({"data": found, "total_count": total})


def create(call: Call) -> bytes:
    """POST /organization_roles; it can be given once it is in the role set."""
    form = _CREATE.read(call.body)
    call.require(call.options.custom_roles, "custom_roles")
    _check_key(call.store, form["key"], None)
    custom = call.store.count("SELECT count(*) FROM roles WHERE key NOT IN (?, ?)", *_BUILT_IN)
    if custom >= MOST_CUSTOM:
        raise errors.ROLES_QUOTA(limit=MOST_CUSTOM)
    role = blank(form["key"], form["name"], form.get("description"), call.now)
    _give(call.store, role, form.get("permissions") or [])
    document = insert(call.store, role)
    if form.get("include_in_initial_role_set"):
        call.store.run(_INTO_INITIAL_SET, role["id"])
    return document


def get(call: Call) -> bytes:
    """GET /organization_roles/{id}"""
    return orjson.dumps(of_id(call.store, call.path["organization_role_id"], None))


def update(call: Call) -> bytes:
    """PATCH /organization_roles/{id}; members follow a new key."""
    form = _UPDATE.read(call.body)
    role = of_id(call.store, call.path["organization_role_id"], None)
    if form.get("key"):
        _check_key(call.store, form["key"], role["id"])
        call.store.run("UPDATE memberships SET role = ? WHERE role = ?", form["key"], role["key"])
        call.store.run(_RENAME_INVITED, form["key"], form["key"], role["key"])
    for name in ("name", "key", "description"):
        if form.get(name) is not None:
            role[name] = form[name]
    if form.get("permissions") is not None:
        _give(call.store, role, form["permissions"])
    return save(call, role)


def delete(call: Call) -> bytes:
    """DELETE /organization_roles/{id}; not the creator's, and not while somebody has it."""
    role = of_id(call.store, call.path["organization_role_id"], None)
    if _creates(call.store, role):
        raise errors.ROLE_OF_CREATOR()
    if call.store.one("SELECT 1 FROM memberships WHERE role = ?", role["key"]):
        raise errors.ROLE_ASSIGNED()
    if call.store.one(_INVITED, role["key"], call.now):
        raise errors.ROLE_INVITED()
    call.store.run("UPDATE role_sets SET default_role_id = NULL WHERE default_role_id = ?", role["id"])
    call.store.run("DELETE FROM role_set_roles WHERE role_id = ?", role["id"])
    call.store.run("DELETE FROM roles WHERE id = ?", role["id"])
    return orjson.dumps({"id": role["id"], "object": "role", "deleted": True})


def add_permission(call: Call) -> bytes:
    """POST /organization_roles/{id}/permissions/{permission_id}"""
    role = of_id(call.store, call.path["organization_role_id"], None)
    held = [item["id"] for item in role["permissions"]]
    if call.path["permission_id"] in held:
        raise errors.PERMISSION_HELD()
    _give(call.store, role, [*held, call.path["permission_id"]])
    return save(call, role)


def remove_permission(call: Call) -> bytes:
    """DELETE /organization_roles/{id}/permissions/{permission_id}"""
    role = of_id(call.store, call.path["organization_role_id"], None)
    permissions.fetch_bytes(call.store, call.path["permission_id"])
    held = [item["id"] for item in role["permissions"]]
    if call.path["permission_id"] not in held:
        raise errors.PERMISSION_NOT_HELD()
    _give(call.store, role, [item for item in held if item != call.path["permission_id"]])
    return save(call, role)


def follow(call: Call, permission_id: str, now: dict[str, Any] | None) -> None:
    """The roles that hold this permission show it as it is now; None: it is gone."""
    for (document,) in call.store.all("SELECT doc FROM roles"):
        role: Role = orjson.loads(document)
        if any(item["id"] == permission_id for item in role["permissions"]):
            shown = [now if item["id"] == permission_id else item for item in role["permissions"]]
            role["permissions"] = [item for item in shown if item is not None]
            save(call, role)


def of_key(store: Store, key: str, param: str) -> Role:
    """The role with this key, or 404 that names the parameter."""
    row = store.one("SELECT doc FROM roles WHERE key = ?", key)
    if row is None:
        raise errors.ROLE_NOT_FOUND(param)
    role: Role = orjson.loads(row[0])
    return role


def of_id(store: Store, role_id: str, param: str | None) -> Role:
    """The role with this id, or 404 that names the parameter."""
    row = store.one("SELECT doc FROM roles WHERE id = ?", role_id)
    if row is None:
        raise errors.ROLE_NOT_FOUND(param)
    role: Role = orjson.loads(row[0])
    return role


def require_creator(store: Store, key: str) -> None:
    """Refuse a role as that of creators unless it holds the minimum permissions."""
    if store.one("SELECT 1 FROM roles WHERE key = ? AND governs", key) is None:
        raise errors.CREATOR_PERMISSIONS(permissionKeys=", ".join(sorted(MINIMUM)))


def blank(key: str, name: str, description: str | None, now: int) -> Role:
    """A role without permissions."""
    return {
        "object": "role",
        "id": new_id("role", now),
        "name": name,
        "key": key,
        "description": description,
        "is_creator_eligible": False,
        "permissions": [],
        "created_at": now,
        "updated_at": now,
    }


def insert(store: Store, role: Role) -> bytes:
    """Store a new role, which is in no role set yet; gives what is answered."""
    sql = """INSERT INTO roles (doc, permission_keys, governs, key, name, id, created_at)
      VALUES (?, ?, ?, ?, ?, ?, ?)"""
    row = _row(role)
    store.run(sql, *row, role["created_at"])
    return row[0]


def save(call: Call, role: Role) -> bytes:
    """Store a changed role; gives what is answered."""
    role["updated_at"] = call.now
    row = _row(role)
    if not role["is_creator_eligible"] and _creates(call.store, role):
        raise errors.CREATOR_PERMISSIONS(permissionKeys=", ".join(sorted(MINIMUM)))
    sql = "UPDATE roles SET doc = ?, permission_keys = ?, governs = ?, key = ?, name = ? WHERE id = ?"
    call.store.run(sql, *row)
    return row[0]


def _row(role: Role) -> tuple[bytes, bytes, bool, str, str, str]:
    keys = [item["key"] for item in role["permissions"]]
    role["is_creator_eligible"] = governs = set(keys) >= MINIMUM
    return orjson.dumps(role), orjson.dumps(keys), governs, role["key"], role["name"], role["id"]


def _give(store: Store, role: Role, permission_ids: list[str]) -> None:
    role["permissions"] = [orjson.loads(permissions.fetch_bytes(store, item)) for item in permission_ids]


def _creates(store: Store, role: Role) -> bool:
    """Whether creators get this role in any role set."""
    return store.one("SELECT 1 FROM role_sets WHERE creator_role_id = ?", role["id"]) is not None


def _check_key(store: Store, key: str, role_id: str | None) -> None:
    if not _KEY.fullmatch(key):
        raise errors.FORMAT("key")
    if store.one("SELECT 1 FROM roles WHERE key = ? AND id IS NOT ?", key, role_id):
        raise errors.EXISTS("key")


ROUTES = (
    Route("GET", "/organization_roles", list_roles, reads=True),
    Route("POST", "/organization_roles", create),
    Route("GET", "/organization_roles/{organization_role_id}", get, reads=True),
    Route("PATCH", "/organization_roles/{organization_role_id}", update),
    Route("DELETE", "/organization_roles/{organization_role_id}", delete),
    Route("POST", "/organization_roles/{organization_role_id}/permissions/{permission_id}", add_permission),
    Route("DELETE", "/organization_roles/{organization_role_id}/permissions/{permission_id}", remove_permission),
)
