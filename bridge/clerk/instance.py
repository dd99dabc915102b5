"""The Clerk instance itself: what kind it is, how organizations are set up in it, with which keys it signs."""

from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from bridge.clerk.api import API_VERSION, Api
from bridge.clerk.budget import Lane
from bridge.clerk.errors import ClerkError, refusal
from bridge.outbound import Peer
from bridge.settings import Secret


@dataclass(frozen=True, slots=True)
class Greeting:
    """How the Backend API received a key. `date`: Clerk's clock, epoch ms; `version`: the API version that answered."""

    environment: str | None
    date: int | None
    version: str | None
    refused: ClerkError | None = None


@dataclass(frozen=True, slots=True)
class OrganizationSettings:
    """What holds for every organization. `most_members`: of a new one; 0 is no limit."""

    enabled: bool
    most_members: int
    most_roles: int
    slugs: bool
    domains: bool
    enrollment_modes: tuple[str, ...]
    creator_role: str


async def greet(base_url: str, key: Secret) -> Greeting:
    """One call whose headers count, too. Unreached or Lost where nothing answers."""
    headers = {"Authorization": f"Bearer {key.reveal()}", "Clerk-API-Version": API_VERSION}
    async with Peer(base_url, headers=headers, timeout=15.0, connections=1) as peer:
        reply = await peer.call("GET", "/v1/instance")
    date, version = _epoch_ms(reply.headers.get("date")), reply.headers.get("clerk-api-version")
    if reply.status != 200:
        return Greeting(None, date, version, refusal(reply.status, reply.body, writes=False))
    return Greeting(_environment(reply.body), date, version)


async def organization_settings(api: Api, *, lane: Lane) -> OrganizationSettings:
    item = await api.get("/instance/organization_settings", lane=lane)
    return OrganizationSettings(
        item["enabled"],
        item["max_allowed_memberships"],
        item["max_allowed_roles"],
        not item.get("slug_disabled", False),
        item["domains_enabled"],
        tuple(item["domains_enrollment_modes"]),
        item["creator_role"],
    )


async def key_ids(api: Api, *, lane: Lane) -> frozenset[str]:
    """The `kid` of each key that the instance signs with."""
    return frozenset(str(one["kid"]) for one in (await api.get("/jwks", lane=lane))["keys"])


async def frontend_api(api: Api, *, lane: Lane) -> str | None:
    """The address of the Frontend API, which is what `iss` says in its tokens; None where Clerk doesn't tell."""
    found = (await api.get("/domains", lane=lane))["data"]
    return next((str(one["frontend_api_url"]).rstrip("/") for one in found if not one["is_satellite"]), None)


def _environment(body: bytes) -> str | None:
    """None: whatever answered 200 there is not Clerk."""
    try:
        item: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return str(item["environment_type"]) if isinstance(item, dict) and "environment_type" in item else None


def _epoch_ms(date: str | None) -> int | None:
    try:
        return int(parsedate_to_datetime(date).timestamp() * 1000) if date else None
    except ValueError:
        return None
