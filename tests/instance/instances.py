"""Clerk instances as values: a bare one, one as `setup` leaves it, and a look at the latter with something changed."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from bridge.clerk.instance import Greeting, OrganizationSettings
from bridge.clerk.jwt_templates import Template
from bridge.clerk.permissions import Permission
from bridge.clerk.role_sets import RoleSet
from bridge.clerk.roles import Role
from bridge.instance.issuer import Published
from bridge.instance.look import Look, Ours
from bridge.instance.present import Present
from bridge.instance.wanted import CLAIMS, RIGHTS, Wanted, wanted
from bridge.settings import Settings, load

KEYS = {"owner": "org:owner", "admin": "org:admin", "editor": "org:editor", "viewer": "org:viewer"}
WANTED: Wanted = wanted(KEYS)
SYSTEM = tuple(right.key for right in RIGHTS if right.system)
SETTINGS = OrganizationSettings(True, 0, 10, True, False, (), "org:owner")
ISSUER = "https://clerk.acme.example"
NOW = 1_800_000_000_000


def role(key: str, *permissions: str) -> Role:
    held = tuple(Permission(f"perm_{one}", one) for one in permissions)
    return Role(f"role_{key}", key, key.removeprefix("org:").capitalize(), held)


def role_set(*roles: str, key: str = "role_set:default", **changed: Any) -> RoleSet:
    return replace(RoleSet(f"rs_{key}", key, True, roles, "org:member", "org:admin", False), **changed)


def bare() -> Present:
    """As Clerk makes one: its own two roles, its own permissions, no token."""
    roles = {one.key: one for one in (role("org:admin", *SYSTEM), role("org:member", "org:sys_memberships:read"))}
    permissions = {key: f"perm_{key}" for key in SYSTEM}
    return Present(SETTINGS, permissions, roles, (role_set("org:admin", "org:member"),), {})


def ready(goal: Wanted = WANTED) -> Present:
    """As it should be."""
    roles = {key: role(key, *(right.key for right in goal.rights(key))) for key in goal.roles}
    template = Template("jtmp_1", "convex", dict(CLAIMS), 60, 5, False, "RS256")
    permissions = {right.key: f"perm_{right.key}" for right in RIGHTS}
    sets = (role_set(*goal.roles, "org:member", creator_role="org:owner"),)
    return Present(SETTINGS, permissions, roles, sets, {"convex": template})


def settings(folder: Path, **environment: str) -> Settings:
    """Of an operator with one connection, `acme`, and a live key."""
    connection = folder / "connections" / "acme.yaml"
    connection.parent.mkdir(parents=True, exist_ok=True)
    connection.write_text(
        "customer: Acme\nprovider: okta\ndomains: [acme.example]\nworkspaces: {production: org_prod, lab: {create: Lab}}\n",
        encoding="utf-8",
    )
    given = {"CLERK_SECRET_KEY": "sk_live_abc", "CLERK_WEBHOOK_SIGNING_SECRET": "whsec_abc", **environment}
    return load(folder, {key: value for key, value in given.items() if value})


def healthy(known: Settings) -> Look:
    """Nothing to complain about that the Backend API shows."""
    return Look(
        at=NOW,
        settings=known,
        wanted=WANTED,
        greeting=Greeting("production", NOW - 500, "2026-05-12"),
        ours=Ours(),
        present=ready(),
        connections=(),
        directories=(),
        domains=(),
        invitations=(),
        means=(),
        key_ids=frozenset({"ins_1"}),
        told=ISSUER,
        issuer=ISSUER,
        published=Published(ISSUER, ISSUER, frozenset({"ins_1"}), ("RS256",)),
    )
