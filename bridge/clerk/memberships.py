"""Clerk organization memberships: one role per person and organization, one call per change."""

from dataclasses import dataclass
from typing import Any

from bridge.clerk.api import Api
from bridge.clerk.budget import Lane
from bridge.clerk.errors import Missing


@dataclass(frozen=True, slots=True)
class Membership:
    """`banned`: the person can't sign in, so doesn't count as an owner."""

    id: str
    organization: str
    user: str
    role: str
    banned: bool


async def add(api: Api, organization: str, user: str, role: str, *, lane: Lane) -> Membership:
    """AlreadyMember where there is one."""
    body = {"user_id": user, "role": role}
    path = "/organizations/{organization}/memberships"
    return _membership(await api.post(path, body, organization=organization, lane=lane))


async def change(api: Api, organization: str, user: str, role: str, *, lane: Lane) -> Membership:
    """Missing where there is none; LastGovernor where nobody else could govern the organization."""
    path = "/organizations/{organization}/memberships/{user}"
    return _membership(await api.patch(path, {"role": role}, organization=organization, user=user, lane=lane))


async def remove(api: Api, organization: str, user: str, *, lane: Lane) -> None:
    """Gone already is fine."""
    try:
        await api.delete("/organizations/{organization}/memberships/{user}", organization=organization, user=user, lane=lane)
    except Missing:
        return


async def of_user(api: Api, user: str, *, lane: Lane) -> list[Membership]:
    """Every membership of a person; Missing if there is no such user."""
    return [_membership(item) for item in await api.all("/users/{user}/organization_memberships", lane=lane, user=user)]


async def with_email(api: Api, organization: str, email: str, *, lane: Lane) -> Membership | None:
    """The membership of whoever has this address."""
    return await _only(api, organization, ("email_address", email), lane)


async def with_user(api: Api, organization: str, user: str, *, lane: Lane) -> Membership | None:
    """The membership of this user."""
    return await _only(api, organization, ("user_id", user), lane)


async def with_role(api: Api, organization: str, role: str, *, lane: Lane) -> list[Membership]:
    """Everybody with one role in an organization."""
    path, query = "/organizations/{organization}/memberships", [("role", role)]
    return [_membership(item) for item in await api.all(path, query=query, lane=lane, organization=organization)]


async def _only(api: Api, organization: str, asked: tuple[str, str], lane: Lane) -> Membership | None:
    path = "/organizations/{organization}/memberships"
    found = await api.all(path, query=[asked], lane=lane, organization=organization)
    return _membership(found[0]) if found else None


def _membership(item: Any) -> Membership:
    person = item.get("public_user_data") or {}
    return Membership(
        item["id"], item["organization"]["id"], str(person.get("user_id") or ""), item["role"], bool(person.get("banned"))
    )
