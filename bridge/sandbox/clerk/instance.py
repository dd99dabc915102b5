"""The instance itself: what it is, and what it is born with.

By default with the roles and the JWT template that `clerk setup` leaves behind; `bare`, as Clerk makes one, with neither.
"""

from typing import Any

import orjson

from bridge.sandbox.clerk import jwt_templates, permissions, role_set_changes, roles
from bridge.sandbox.clerk.call import Call, Route
from bridge.sandbox.clerk.forms import Form, flag, one_of, text, texts
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
_UPDATE = Form(
    {
        **dict.fromkeys(("test_mode", "hibp", "cookieless_dev", "url_based_session_syncing"), flag),
        **dict.fromkeys(("support_email", "clerk_js_version", "development_origin"), text()),
        "allowed_origins": texts,
        "preferred_sign_in_strategy_when_password_required": one_of("password", "otp", ""),
    }
)
_KEEP = "INSERT OR REPLACE INTO instance (name, value) VALUES ('settings', ?)"
_INSERT = "INSERT INTO instance (name, value) VALUES (?, ?)"


def get(call: Call) -> bytes:
    """GET /instance"""
    facts: dict[str, str] = dict(call.store.all("SELECT name, value FROM instance"))
    return orjson.dumps(
        {
            "object": "instance",
            "id": facts["id"],
            "environment_type": "development",
            "allowed_origins": settings(call.store).get("allowed_origins", []),
            "workspace_id": None,
        }
    )


def update(call: Call) -> bytes:
    """PATCH /instance: kept; of all of it only the origins are answered anywhere."""
    form = _UPDATE.read(call.body)
    kept = settings(call.store) | {name: value for name, value in form.items() if value is not None}
    call.store.run(_KEEP, orjson.dumps(kept).decode())
    return b""


def settings(store: Store) -> dict[str, Any]:
    """What was changed by `PATCH /instance`."""
    row = store.one("SELECT value FROM instance WHERE name = 'settings'")
    return {} if row is None else dict(orjson.loads(row[0]))


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


ROUTES = (
    Route("GET", "/instance", get, reads=True),
    Route("PATCH", "/instance", update, status=204),
)
