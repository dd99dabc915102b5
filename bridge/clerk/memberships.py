"""Clerk organization memberships: one role per person and organization, one call per change."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bridge.clerk.api import Api, batches
from bridge.clerk.budget import Lane
from bridge.clerk.errors import Missing

_PATH = "/organizations/{organization}/memberships"
_ONE = f"{_PATH}/{{user}}"
PERSON = "inferpipe_bridge_person"  # in private_metadata of what we make: for whom, should the answer be lost


@dataclass(frozen=True, slots=True)
class Membership:
    """`banned`: the person can't sign in, so doesn't count as an owner. `email` and `name`: as Clerk has them, or empty.
    `person`: our own mark in its private metadata, None for one we did not make."""

    id: str
    organization: str
    user: str
    role: str
    banned: bool
    email: str
    name: str
    person: str | None = None


async def add(api: Api, organization: str, user: str, role: str, person: str, *, lane: Lane) -> Membership:
    """Marked with our person's id, as Clerk has no external id for memberships. AlreadyMember where there is one."""
    body = {"user_id": user, "role": role, "private_metadata": {PERSON: person}}
    return _membership(await api.post(_PATH, body, organization=organization, lane=lane))


async def change(api: Api, organization: str, user: str, role: str, *, lane: Lane) -> Membership:
    """Missing where there is none; LastGovernor where nobody else could govern the organization."""
    return _membership(await api.patch(_ONE, {"role": role}, organization=organization, user=user, lane=lane))


async def remove(api: Api, organization: str, user: str, *, lane: Lane) -> None:
    """Gone already is fine."""
    try:
        await api.delete(_ONE, organization=organization, user=user, lane=lane)
    except Missing:
        return


async def of_user(api: Api, user: str, *, lane: Lane) -> list[Membership]:
    """Every membership of a person; Missing if there is no such user."""
    return [_membership(item) for item in await api.all("/users/{user}/organization_memberships", lane=lane, user=user)]


async def everybody(api: Api, organization: str, *, lane: Lane) -> list[Membership]:
    """Of an organization; who comes while the pages are read is at their end. Missing if there is no such organization."""
    return await _listed(api, organization, [("order_by", "created_at")], lane)


async def among(api: Api, organization: str, users: Sequence[str], *, lane: Lane) -> list[Membership]:
    """Of those of these users who are in the organization."""
    found: list[Membership] = []
    for asked in batches(users):
        found += await _listed(api, organization, [("user_id", one) for one in asked], lane)
    return found


async def with_email(api: Api, organization: str, email: str, *, lane: Lane) -> Membership | None:
    """The membership of whoever has this address."""
    return await _only(api, organization, ("email_address", email), lane)


async def with_user(api: Api, organization: str, user: str, *, lane: Lane) -> Membership | None:
    """The membership of this user."""
    return await _only(api, organization, ("user_id", user), lane)


async def with_role(api: Api, organization: str, role: str, *, lane: Lane) -> list[Membership]:
    """Everybody with one role in an organization."""
    return await _listed(api, organization, [("role", role)], lane)


async def _only(api: Api, organization: str, asked: tuple[str, str], lane: Lane) -> Membership | None:
    found = await _listed(api, organization, [asked], lane)
    return found[0] if found else None


async def _listed(api: Api, organization: str, query: Sequence[tuple[str, str]], lane: Lane) -> list[Membership]:
    return [_membership(item) for item in await api.all(_PATH, query=query, lane=lane, organization=organization)]


def _membership(item: Any) -> Membership:
    person = item.get("public_user_data") or {}
    return Membership(
        item["id"],
        item["organization"]["id"],
        str(person.get("user_id") or ""),
        item["role"],
        bool(person.get("banned")),
        str(person.get("identifier") or ""),
        " ".join(part for part in (person.get("first_name"), person.get("last_name")) if part),
        (item.get("private_metadata") or {}).get(PERSON),
    )
