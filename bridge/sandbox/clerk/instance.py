"""The instance itself: what it is, and what it is born with (roles as `clerk setup` leaves them).

It signs no tokens, so its key set is empty.
"""

import orjson

from bridge.sandbox.clerk import permissions, roles
from bridge.sandbox.clerk.call import Call, Route
from bridge.sandbox.clerk.ids import new_id
from bridge.sandbox.clerk.store import TABLES, Store

_SYSTEM_PERMISSIONS = (
    ("org:sys_profile:manage", "Manage organization"),
    ("org:sys_profile:delete", "Delete organization"),
    ("org:sys_memberships:read", "Read members"),
    ("org:sys_memberships:manage", "Manage members"),
    ("org:sys_domains:read", "Read domains"),
    ("org:sys_domains:manage", "Manage domains"),
    ("org:sys_billing:read", "Read billing"),
    ("org:sys_billing:manage", "Manage billing"),
)
_EVERYTHING = frozenset(key for key, _ in _SYSTEM_PERMISSIONS)
_ROLES = (
    ("org:admin", "Admin", _EVERYTHING),
    ("org:member", "Member", frozenset({"org:sys_memberships:read"})),
    ("org:owner", "Owner", _EVERYTHING),
    ("org:editor", "Editor", frozenset({"org:sys_memberships:read"})),
    ("org:viewer", "Viewer", frozenset({"org:sys_memberships:read"})),
)
_DUTIES = {"org:owner": "creator_role_id", "org:member": "default_role_id"}
_INSERT = "INSERT INTO instance (name, value) VALUES (?, ?)"


def get(call: Call) -> bytes:
    """GET /instance"""
    facts: dict[str, str] = dict(call.store.all("SELECT name, value FROM instance"))
    return orjson.dumps(
        {
            "object": "instance",
            "id": facts["id"],
            "environment_type": "development",
            "allowed_origins": [],
            "workspace_id": None,
        }
    )


def jwks(_: Call) -> bytes:
    """GET /jwks"""
    return b'{"keys":[]}'


def settle(store: Store, now: int) -> None:
    """Give an empty instance its id, permissions and roles; an instance that has them is left alone."""
    if store.one("SELECT 1 FROM instance") is not None:
        return
    with store.transaction():
        facts = {"id": new_id("ins", now), "role_set_id": new_id("role_set", now), "created_at": str(now)}
        for fact in facts.items():
            store.run(_INSERT, *fact)
        known = [orjson.loads(permissions.insert(store, key, name, name, now)) for key, name in _SYSTEM_PERMISSIONS]
        for key, name, held in _ROLES:
            role = roles.blank(key, name, None, now)
            role["permissions"] = [item for item in known if item["key"] in held]
            roles.insert(store, role, assignable=True)
            if key in _DUTIES:
                store.run(_INSERT, _DUTIES[key], role["id"])


def reset(store: Store, now: int) -> None:
    """As on the first day."""
    with store.transaction():
        for table in (*TABLES, "instance"):
            store.run(f"DELETE FROM {table}")  # noqa: S608 - the names above
    settle(store, now)


ROUTES = (
    Route("GET", "/instance", get, reads=True),
    Route("GET", "/jwks", jwks, reads=True, unlimited=True),
)
