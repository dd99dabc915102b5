"""What leads people into organizations beside the bridge, and how full those are; read only, for `clerk doctor`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bridge.clerk.api import PAGE, Api, batches
from bridge.clerk.budget import Lane


@dataclass(frozen=True, slots=True)
class Room:
    """An organization by its numbers. `most_members` 0: no limit. `role_set` None: Clerk doesn't say."""

    id: str
    name: str
    slug: str
    members: int
    most_members: int
    role_set: str | None


@dataclass(frozen=True, slots=True)
class Domain:
    """An e-mail domain whose people an organization lets in: by hand, automatically or on suggestion."""

    name: str
    organization: str
    mode: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """A pending one: whoever has the link becomes a member."""

    email: str
    organization: str
    role: str


@dataclass(frozen=True, slots=True)
class Means:
    """By what a user could sign in, and what they may make."""

    user: str
    email: str
    password: bool
    social: bool
    passkey: bool
    makes_organizations: bool


async def rooms(api: Api, organizations: Sequence[str], *, lane: Lane) -> list[Room]:
    """Those of these organizations that exist."""
    found: list[Room] = []
    for asked in batches(organizations):
        query = [*(("organization_id", one) for one in asked), ("include_members_count", "true")]
        found += [_room(item) for item in await api.all("/organizations", query=query, lane=lane)]
    return found


async def domains(api: Api, *, lane: Lane) -> list[Domain]:
    """Of every organization."""
    found = await api.all("/organization_domains", lane=lane)
    return [Domain(item["name"].lower(), item["organization_id"], item["enrollment_mode"]) for item in found]


async def invitations(api: Api, *, lane: Lane) -> list[Invitation]:
    """Pending ones into any organization."""
    found = await api.all("/organization_invitations", query=[("status", "pending")], lane=lane)
    return [Invitation(item["email_address"], item["organization_id"], item["role"]) for item in found]


async def means(api: Api, *, lane: Lane) -> list[Means]:
    """Of those who were active last, one page."""
    query = [("limit", str(PAGE)), ("order_by", "-last_active_at")]
    return [_means(item) for item in await api.get("/users", query=query, lane=lane)]


def _room(item: Any) -> Room:
    return Room(
        item["id"],
        item["name"],
        item.get("slug") or "",
        item.get("members_count", 0),
        item["max_allowed_memberships"],
        item.get("role_set_key"),
    )


def _means(item: Any) -> Means:
    primary = item["primary_email_address_id"]
    email = next((one["email_address"] for one in item["email_addresses"] if one["id"] == primary), "")
    return Means(
        item["id"],
        email,
        item["password_enabled"],
        bool(item["external_accounts"]),
        bool(item["passkeys"]),
        bool(item["create_organization_enabled"]),
    )
