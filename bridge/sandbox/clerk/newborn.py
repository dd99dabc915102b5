"""What a new instance has: permissions, roles, a role set, and the JWT template for Convex.

By default as `clerk setup` leaves an instance of Inferpipe's dashboard (a test holds this against it); `bare`: as Clerk
makes one, with its own permissions and its own two roles.
"""

from collections.abc import Collection

import orjson

from bridge.sandbox.clerk import jwt_templates, permissions, role_set_changes, roles
from bridge.sandbox.clerk.ids import new_id
from bridge.sandbox.clerk.role_sets import RoleSet
from bridge.sandbox.clerk.roles import Role
from bridge.sandbox.clerk.store import Store

_CLERKS = {
    "org:sys_profile:manage": "Manage organization",
    "org:sys_profile:delete": "Delete organization",
    "org:sys_memberships:read": "Read members",
    "org:sys_memberships:manage": "Manage members",
    "org:sys_domains:read": "Read domains",
    "org:sys_domains:manage": "Manage domains",
    "org:sys_billing:read": "Read billing",
    "org:sys_billing:manage": "Manage billing",
}
_VIEWERS = {"org:workflows:read": "Read workflows", "org:runs:read": "Read runs"}
_EDITORS = {"org:workflows:edit": "Edit workflows", "org:api_keys:own": "Manage own API keys"}
_ADMINS = {
    "org:workflows:manage": "Manage workflows",
    "org:api_keys:manage": "Manage API keys",
    "org:members:manage": "Manage users",
}
_OWNERS = {"org:billing:manage": "Manage billing", "org:workspace:manage": "Manage workspace"}
_DASHBOARDS = {**_VIEWERS, **_EDITORS, **_ADMINS, **_OWNERS}
_READS = "org:sys_memberships:read"

_BARE_ROLES = {"org:admin": ("Admin", [*_CLERKS]), "org:member": ("Member", [_READS])}
_ROLES = {
    "org:admin": ("Admin", [*_CLERKS, *_VIEWERS, *_EDITORS, *_ADMINS]),
    "org:member": ("Member", [_READS]),
    "org:owner": ("Owner", [*_CLERKS, *_DASHBOARDS]),
    "org:editor": ("Editor", [_READS, *_VIEWERS, *_EDITORS]),
    "org:viewer": ("Viewer", [_READS, *_VIEWERS]),
}
_CONVEX = {
    "name": "convex",
    "claims": {
        "aud": "convex",
        "name": "{{user.full_name}}",
        "given_name": "{{user.first_name}}",
        "family_name": "{{user.last_name}}",
        "email": "{{user.primary_email_address}}",
        "email_verified": "{{user.email_verified}}",
        "picture": "{{user.image_url}}",
        "org_id": "{{org.id}}",
        "org_role": "{{org.role}}",
        "org_slug": "{{org.slug}}",
    },
}


def settle(store: Store, now: int, *, bare: bool) -> None:
    """Give an empty instance its id and all this; an instance that has one is left alone. Runs in a transaction."""
    if store.one("SELECT 1 FROM instance") is not None:
        return
    store.run("INSERT INTO instance (name, value) VALUES ('id', ?)", new_id("ins", now))
    for key, name in (_CLERKS if bare else {**_CLERKS, **_DASHBOARDS}).items():
        permissions.insert(store, key, name, name, now)
    wanted = _BARE_ROLES if bare else _ROLES
    born = {key: _role(store, key, name, held, now) for key, (name, held) in wanted.items()}
    role_set_changes.insert(store, _role_set(born, now))
    if not bare:
        jwt_templates.insert(store, _CONVEX, now)


def _role(store: Store, key: str, name: str, held: Collection[str], now: int) -> Role:
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
