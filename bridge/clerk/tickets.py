"""Clerk's sign-in tokens: a ticket lets one person in once, into one organization, past every factor; so it is short."""

from dataclasses import dataclass

from bridge.clerk.api import Api
from bridge.clerk.budget import Lane
from bridge.clerk.errors import ClerkError


@dataclass(frozen=True, slots=True)
class Ticket:
    """`token` is a bearer credential: it goes to one browser and nowhere else. `url`: Clerk's own page for it, if any."""

    id: str
    user: str
    token: str
    url: str | None

    def __repr__(self) -> str:
        return f"Ticket({self.id}, {self.user})"


async def create(api: Api, user: str, organization: str | None, *, lasts: int, lane: Lane) -> Ticket:
    """`lasts` in seconds; `organization` becomes the active one, so the user must be its member. Missing: no such user."""
    body: dict[str, str | int] = {"user_id": user, "expires_in_seconds": lasts}
    if organization is not None:
        body["org_id"] = organization
    made = await api.post("/sign_in_tokens", body, lane=lane)
    return Ticket(made["id"], made["user_id"], made["token"], made.get("url"))


async def revoke(api: Api, ticket: str, *, lane: Lane) -> bool:
    """False: it was used, revoked or gone already."""
    try:
        await api.post("/sign_in_tokens/{ticket}/revoke", {}, ticket=ticket, lane=lane)
    except ClerkError as error:
        if error.status in {400, 404}:
            return False
        raise
    return True
