"""What Inferpipe's dashboard needs of a Clerk instance: permissions by role, names of roles, the claims of the token for
Convex. The one place for all three; docs/clerk-setup.md shows them.

A role holds what its own line says and everything below it. System permissions (``org:sys_…``) are what Clerk's own pages
and its Frontend API ask for; they never get into a token, so what Convex checks has a permission of its own.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mappings.roles import Role

_ROLE_KEY = re.compile(r"org:[a-z0-9_]+")

TEMPLATE = "convex"  # `getToken({template: "convex"})` in convex/react-clerk
AUDIENCE = "convex"  # `applicationID` in auth.config.ts
LIFETIME = 60  # seconds, Clerk's own default: a changed role is in the next token
CLOCK_SKEW = 5  # seconds, Clerk's own default
CREATOR_NEEDS = frozenset({"org:sys_memberships:manage", "org:sys_memberships:read", "org:sys_profile:delete"})


@dataclass(frozen=True, slots=True)
class Right:
    """A permission and the lowest role that holds it."""

    key: str
    name: str
    description: str
    least: Role

    @property
    def system(self) -> bool:
        """Clerk's own: it is there or it isn't, nobody can make it."""
        return self.key.startswith("org:sys_")


RIGHTS = (
    Right("org:workflows:read", "Read workflows", "See workflows.", Role.VIEWER),
    Right("org:runs:read", "Read runs", "See runs of workflows and what came out.", Role.VIEWER),
    Right("org:sys_memberships:read", "Read members", "See who is in the workspace.", Role.VIEWER),
    Right("org:workflows:edit", "Edit workflows", "Create and edit workflows.", Role.EDITOR),
    Right("org:api_keys:own", "Manage own API keys", "Make and revoke one's own API keys.", Role.EDITOR),
    Right("org:workflows:manage", "Manage workflows", "Publish, move and delete workflows of anybody.", Role.ADMIN),
    Right("org:api_keys:manage", "Manage API keys", "See and revoke API keys of anybody.", Role.ADMIN),
    Right("org:members:manage", "Manage users", "Manage who is in the workspace, and as what.", Role.ADMIN),
    Right("org:sys_memberships:manage", "Manage members", "The same in Clerk's own pages.", Role.ADMIN),
    Right("org:sys_profile:manage", "Manage organization", "Rename the workspace in Clerk's own pages.", Role.ADMIN),
    Right("org:billing:manage", "Manage billing", "Plans, invoices, payment.", Role.OWNER),
    Right("org:workspace:manage", "Manage workspace", "Settings of the workspace, up to its end.", Role.OWNER),
    Right("org:sys_profile:delete", "Delete organization", "Clerk counts an owner only with it.", Role.OWNER),
    Right("org:sys_domains:read", "Read domains", "See verified domains.", Role.OWNER),
    Right("org:sys_domains:manage", "Manage domains", "Verified domains in Clerk's own pages.", Role.OWNER),
    Right("org:sys_billing:read", "Read billing", "See billing in Clerk's own pages.", Role.OWNER),
    Right("org:sys_billing:manage", "Manage billing", "Billing in Clerk's own pages.", Role.OWNER),
)

DESCRIPTIONS: Mapping[Role, str] = {
    Role.OWNER: "Full control of the workspace, billing and users included",
    Role.ADMIN: "Manages workflows, API keys and users, but not billing",
    Role.EDITOR: "Creates and edits workflows, manages own API keys",
    Role.VIEWER: "Reads workflows and runs",
}

CLAIMS: Mapping[str, str] = {
    "aud": AUDIENCE,
    "name": "{{user.full_name}}",
    "given_name": "{{user.first_name}}",
    "family_name": "{{user.last_name}}",
    "email": "{{user.primary_email_address}}",
    "email_verified": "{{user.email_verified}}",
    "picture": "{{user.image_url}}",
    "org_id": "{{org.id}}",
    "org_role": "{{org.role}}",
    "org_slug": "{{org.slug}}",
}
"""Names as OpenID Connect has them, which Convex shows as ``identity.name`` and so on; its own names for the workspace."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The roles under this instance's keys, each with the words it serves; what creators and newcomers should get.

    `creator`, `default`: a role key, or None to leave it as it is.
    """

    roles: Mapping[str, tuple[Role, ...]]
    creator: str | None = None
    default: str | None = None

    def rights(self, key: str) -> tuple[Right, ...]:
        """What a role must hold."""
        return tuple(right for right in RIGHTS if max(self.roles[key]) >= right.least)

    @property
    def owner(self) -> str:
        return self.key(Role.OWNER)

    def key(self, role: Role) -> str:
        return next(key for key, words in self.roles.items() if role in words)


def wanted(keys: Mapping[str, str], *, creator: Role | None = None, default: Role | None = None) -> Wanted:
    """`keys` as the settings have them: our word -> Clerk's key. Two words may share a key, which then does for both."""
    roles: dict[str, tuple[Role, ...]] = {}
    for word, key in keys.items():
        roles[key] = (*roles.get(key, ()), Role.parse(word))
    base = Wanted(roles)
    return Wanted(roles, base.key(creator) if creator else None, base.key(default) if default else None)


def makeable(key: str) -> bool:
    """Whether Clerk takes it as the key of a role."""
    return _ROLE_KEY.fullmatch(key) is not None
