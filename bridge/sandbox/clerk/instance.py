"""The instance itself: what it is, and what it is born with.

By default with the roles and the JWT template that `clerk setup` leaves behind; `bare`, as Clerk makes one, with neither.
"""

import orjson

from bridge.sandbox.clerk import jwt_templates, permissions, role_set_changes, roles
from bridge.sandbox.clerk.call import Call, Route
from bridge.sandbox.clerk.ids import new_id
from bridge.sandbox.clerk.role_sets import RoleSet
from bridge.sandbox.clerk.roles import Role
from bridge.sandbox.clerk.schema import TABLES
from bridge.sandbox.clerk.store import Store

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
_READS = frozenset({"org:sys_memberships:read"})
_CLERKS_ROLES = (("org:admin", "Admin", _EVERYTHING), ("org:member", "Member", _READS))
_DASHBOARDS_ROLES = (
    ("org:owner", "Owner", _EVERYTHING),
    ("org:editor", "Editor", _READS),
    ("org:viewer", "Viewer", _READS),
)
_CONVEX = {
    "name": "convex",
    "claims": {
        "aud": "convex",
        "name": "{{user.full_name}}",
        "email": "{{user.primary_email_address}}",
        "email_verified": "{{user.email_verified}}",
        "given_name": "{{user.first_name}}",
        "family_name": "{{user.last_name}}",
        "picture": "{{user.image_url}}",
        "org_id": "{{org.id}}",
        "org_role": "{{org.role}}",
        "org_slug": "{{org.slug}}",
    },
}
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


def settle(store: Store, now: int, *, bare: bool) -> None:
    """Give an empty instance its id, permissions and roles; an instance that has them is left alone."""
    if store.one("SELECT 1 FROM instance") is not None:
        return
    with store.transaction():
        store.run(_INSERT, "id", new_id("ins", now))
        for key, name in _SYSTEM_PERMISSIONS:
            permissions.insert(store, key, name, name, now)
        wanted = _CLERKS_ROLES if bare else _CLERKS_ROLES + _DASHBOARDS_ROLES
        born = {key: _role(store, key, name, held, now) for key, name, held in wanted}
        role_set_changes.insert(store, _role_set(born, now))
        if not bare:
            jwt_templates.insert(store, _CONVEX, now)


def reset(store: Store, now: int, *, bare: bool) -> None:
    """As on the first day."""
    with store.transaction():
        for table in (*TABLES, "instance"):
            store.run(f"DELETE FROM {table}")  # noqa: S608 - the names above
    settle(store, now, bare=bare)


def _role(store: Store, key: str, name: str, held: frozenset[str], now: int) -> Role:
    role = roles.blank(key, name, None, now)
    rows = store.all("SELECT key, doc FROM permissions ORDER BY seq")
    role["permissions"] = [orjson.loads(document) for known, document in rows if known in held]
    roles.insert(store, role)
    return role


def _role_set(born: dict[str, Role], now: int) -> RoleSet:
    return RoleSet(
        id=new_id("roleset", now),
        key="role_set:default",
        name="Default",
        description=None,
        type="initial",
        creator_role_id=born.get("org:owner", born["org:admin"])["id"],
        default_role_id=born["org:member"]["id"],
        created_at=now,
        updated_at=now,
        roles=born,
    )


ROUTES = (Route("GET", "/instance", get, reads=True),)
