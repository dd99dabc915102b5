"""Organization permissions: Clerk's own (`org:sys_…`), and those an application adds."""

import re
from typing import Any

import orjson

from bridge.sandbox.clerk import errors, queries
from bridge.sandbox.clerk.call import Call, Route
from bridge.sandbox.clerk.forms import Form, text
from bridge.sandbox.clerk.ids import new_id
from bridge.sandbox.clerk.queries import Where
from bridge.sandbox.clerk.store import Store

_CREATE = Form({"name": text(), "key": text(), "description": text(1024)}, required=("name", "key"), closed=False)
_KEY = re.compile(r"org:(?!sys_)[a-z0-9_]+:[a-z0-9_]+")
_ORDERS = {"created_at": "created_at", "name": "name COLLATE NOCASE", "key": "key"}


def list_permissions(call: Call) -> bytes:
    """GET /organization_permissions"""
    where = Where()
    where.like(("id", "name", "key"), call.query.get("query"))
    limit, offset = queries.page(call.query)
    order = queries.order(call.query, _ORDERS, "-created_at", "seq")
    total = call.store.count(f"SELECT count(*) FROM permissions{where.sql}", *where.values)  # noqa: S608
    sql = f"SELECT doc FROM permissions{where.sql}{order} LIMIT ? OFFSET ?"  # noqa: S608 - built from code
    found = [orjson.Fragment(row[0]) for row in call.store.all(sql, *where.values, limit, offset)]
    return orjson.dumps({"data": found, "total_count": total})


def create(call: Call) -> bytes:
    """POST /organization_permissions"""
    form = _CREATE.read(call.body)
    call.require(call.options.custom_roles, "custom_permissions")
    check_key(call.store, form["key"], None)
    return insert(call.store, form["key"], form["name"], form.get("description") or "", call.now)


def get(call: Call) -> bytes:
    """GET /organization_permissions/{permission_id}"""
    return fetch_bytes(call.store, call.path["permission_id"])


def check_key(store: Store, key: str, permission_id: str | None) -> None:
    """Refuse a key that is malformed, Clerk's own, or taken by another one."""
    if not _KEY.fullmatch(key):
        raise errors.FORMAT("key")
    if store.one("SELECT 1 FROM permissions WHERE key = ? AND id IS NOT ?", key, permission_id):
        raise errors.EXISTS("key")


def insert(store: Store, key: str, name: str, description: str, now: int) -> bytes:
    """Store a permission; gives what is answered."""
    permission: dict[str, Any] = {
        "object": "permission",
        "id": new_id("perm", now),
        "name": name,
        "key": key,
        "description": description,
        "type": "system" if key.startswith("org:sys_") else "user",
        "created_at": now,
        "updated_at": now,
    }
    document = orjson.dumps(permission)
    sql = "INSERT INTO permissions (id, key, name, created_at, doc) VALUES (?, ?, ?, ?, ?)"
    store.run(sql, permission["id"], key, name, now, document)
    return document


def fetch_bytes(store: Store, permission_id: str) -> bytes:
    """The permission as answered, or 404."""
    row = store.one("SELECT doc FROM permissions WHERE id = ?", permission_id)
    if row is None:
        raise errors.PERMISSION_NOT_FOUND()
    return bytes(row[0])


ROUTES = (
    Route("GET", "/organization_permissions", list_permissions, reads=True),
    Route("POST", "/organization_permissions", create),
    Route("GET", "/organization_permissions/{permission_id}", get, reads=True),
)
