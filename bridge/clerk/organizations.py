"""Clerk organizations: Inferpipe's workspaces."""

from dataclasses import dataclass
from typing import Any

from bridge.clerk.api import Api
from bridge.clerk.budget import Lane
from bridge.clerk.errors import Missing

REFERENCE = "inferpipe_bridge_workspace"  # in private_metadata: which of our workspaces this one is


@dataclass(frozen=True, slots=True)
class Organization:
    """`reference`: our own mark in its private metadata, None for one we did not make."""

    id: str
    name: str
    slug: str
    reference: str | None


async def get(api: Api, organization: str, *, lane: Lane) -> Organization | None:
    """By id or slug; None if there is none."""
    try:
        return _organization(await api.get("/organizations/{organization}", organization=organization, lane=lane))
    except Missing:
        return None


async def create(api: Api, name: str, reference: str, *, lane: Lane) -> Organization:
    """An organization without members, marked as ours. Clerk has no external id for organizations."""
    body = {"name": name, "private_metadata": {REFERENCE: reference}}
    return _organization(await api.post("/organizations", body, lane=lane))


async def find(api: Api, name: str, reference: str, *, lane: Lane) -> Organization | None:
    """The one that `create` made, perhaps without our hearing of it."""
    found = [_organization(item) for item in await api.all("/organizations", query=[("query", name)], lane=lane)]
    return next((item for item in found if item.reference == reference), None)


def _organization(item: Any) -> Organization:
    reference = (item.get("private_metadata") or {}).get(REFERENCE)
    return Organization(item["id"], item["name"], item.get("slug") or "", reference)
