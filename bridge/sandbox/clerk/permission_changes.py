"""Changing a permission of one's own: roles that hold it show it as it is now, or lose it. Clerk's own stay as they are."""

from typing import Any

import orjson

from bridge.sandbox.clerk import errors, permissions, roles
from bridge.sandbox.clerk.call import Call, Route
from bridge.sandbox.clerk.forms import Form, text

_UPDATE = Form({"name": text(), "key": text(), "description": text(1024)}, closed=False)
_SAVE = "UPDATE permissions SET doc = ?, key = ?, name = ? WHERE id = ?"


def update(call: Call) -> bytes:
    """PATCH /organization_permissions/{permission_id}"""
    form = {name: value for name, value in _UPDATE.read(call.body).items() if value not in (None, "")}
    permission = _own(call)
    if "key" in form:
        permissions.check_key(call.store, form["key"], permission["id"])
    permission |= form | {"updated_at": call.now}
    document = orjson.dumps(permission)
    call.store.run(_SAVE, document, permission["key"], permission["name"], permission["id"])
    roles.follow(call, permission["id"], permission)
    return document


def delete(call: Call) -> bytes:
    """DELETE /organization_permissions/{permission_id}"""
    permission = _own(call)
    roles.follow(call, permission["id"], None)
    call.store.run("DELETE FROM permissions WHERE id = ?", permission["id"])
    return orjson.dumps({"id": permission["id"], "object": "permission", "deleted": True})


def _own(call: Call) -> dict[str, Any]:
    permission: dict[str, Any] = orjson.loads(permissions.fetch_bytes(call.store, call.path["permission_id"]))
    if permission["type"] == "system":
        raise errors.SYSTEM_PERMISSION()
    return permission


ROUTES = (
    Route("PATCH", "/organization_permissions/{permission_id}", update),
    Route("DELETE", "/organization_permissions/{permission_id}", delete),
)
