"""Clerk organizations: Inferpipe's workspaces."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bridge.clerk.api import Api, batches
from bridge.clerk.budget import Lane
from bridge.clerk.errors import Missing

# in private_metadata of what we make: which of our workspaces it is, and whose, for whoever has lost our database
REFERENCE = "inferpipe_bridge_workspace"
CUSTOMER = "inferpipe_bridge_customer"
ALIAS = "inferpipe_bridge_alias"


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


async def some(api: Api, ids: Sequence[str], *, lane: Lane) -> dict[str, Organization]:
    """Those of these that there are, by id."""
    found: dict[str, Organization] = {}
    for asked in batches(ids):
        query = [("organization_id", one) for one in asked]
        for item in await api.all("/organizations", query=query, lane=lane):
            found[item["id"]] = _organization(item)
    return found


async def create(api: Api, name: str, reference: str, *, customer: str = "", alias: str = "", lane: Lane) -> Organization:
    """An organization without members, marked as ours. Clerk has no external id for organizations."""
    marks = {REFERENCE: reference, CUSTOMER: customer, ALIAS: alias}
    body = {"name": name, "private_metadata": {key: value for key, value in marks.items() if value}}
    return _organization(await api.post("/organizations", body, lane=lane))


async def find(api: Api, name: str, reference: str, *, lane: Lane) -> Organization | None:
    """The one that `create` made, perhaps without our hearing of it; the oldest, should there be several."""
    query = [("query", name), ("order_by", "created_at")]
    found = [_organization(item) for item in await api.all("/organizations", query=query, lane=lane)]
    return next((item for item in found if item.reference == reference), None)


def _organization(item: Any) -> Organization:
    reference = (item.get("private_metadata") or {}).get(REFERENCE)
    return Organization(item["id"], item["name"], item.get("slug") or "", reference)
