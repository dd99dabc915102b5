"""Clerk sessions: who is signed in where, and the end of it."""

from dataclasses import dataclass

from bridge.clerk.api import Api
from bridge.clerk.budget import Lane
from bridge.clerk.errors import Missing


@dataclass(frozen=True, slots=True)
class Session:
    """`organization`: the one last active in it."""

    id: str
    organization: str | None


async def live(api: Api, user: str, *, lane: Lane) -> list[Session]:
    """The sessions a person could go on with: active ones, and pending ones that wait for a task."""
    found = await api.all("/sessions", query=[("user_id", user), ("paginated", "true")], lane=lane)
    return [
        Session(item["id"], item.get("last_active_organization_id"))
        for item in found
        if item["status"] in {"active", "pending"}
    ]


async def revoke(api: Api, session: str, *, lane: Lane) -> None:
    """Gone already is fine."""
    try:
        await api.post("/sessions/{session}/revoke", {}, session=session, lane=lane)
    except Missing:
        return
