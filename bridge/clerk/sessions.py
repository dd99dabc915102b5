"""Clerk sessions: who is signed in where, on what, since when, and the end of it. One call lists, one ends one of them."""

from dataclasses import dataclass
from typing import Any

from bridge.clerk.api import Api
from bridge.clerk.budget import Lane
from bridge.clerk.errors import Missing

LIVE = frozenset({"active", "pending"})  # pending: it waits for a task, such as choosing an organization


@dataclass(frozen=True, slots=True)
class Device:
    """What Clerk saw of it last; each may be unknown."""

    kind: str | None = None
    mobile: bool = False
    browser: str | None = None
    version: str | None = None
    address: str | None = None
    city: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """`organization`: the one last active in it. `created`, `active` and `expires` (when Clerk ends it by itself): epoch ms.
    `client` is the browser, which may hold several."""

    id: str
    organization: str | None
    status: str
    client: str
    created: int
    active: int
    expires: int
    device: Device


async def live(api: Api, user: str, *, lane: Lane) -> list[Session]:
    """The sessions a person could go on with, newest first: active ones, and pending ones that wait for a task."""
    try:
        found = await api.all("/sessions", query=[("user_id", user), ("paginated", "true")], lane=lane)
    except Missing:
        return []
    return [_session(item) for item in found if item["status"] in LIVE]


async def revoke(api: Api, session: str, *, lane: Lane) -> bool:
    """False: it was over by itself, or is gone."""
    try:
        answer = await api.post("/sessions/{session}/revoke", {}, session=session, lane=lane)
    except Missing:
        return False
    return bool(answer["status"] == "revoked")


def _session(item: Any) -> Session:
    return Session(
        item["id"],
        item.get("last_active_organization_id"),
        item["status"],
        item["client_id"],
        item["created_at"],
        item["last_active_at"],
        item["expire_at"],
        _device(item.get("latest_activity") or {}),
    )


def _device(item: Any) -> Device:
    return Device(
        item.get("device_type") or None,
        bool(item.get("is_mobile")),
        item.get("browser_name") or None,
        item.get("browser_version") or None,
        item.get("ip_address") or None,
        item.get("city") or None,
        item.get("country") or None,
    )
