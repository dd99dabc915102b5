"""Who was active at Clerk of late, in pages of 500, oldest user first: a cursor that nobody's coming and going moves.

`last_active_at` has the precision of a day (OpenAPI, User.last_active_at), `last_sign_in_at` that of a millisecond.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from bridge.clerk.api import PAGE, Api
from bridge.clerk.budget import Lane


@dataclass(frozen=True, slots=True)
class Active:
    """A user's id, and when they signed in last (epoch ms)."""

    user: str
    signed_in: int | None


async def since(api: Api, moment: int, *, lane: Lane) -> AsyncIterator[list[Active]]:
    """Everybody who used a session after `moment` (epoch ms), a page at a time."""
    after: list[tuple[str, str]] = []
    while True:
        query = [("last_active_at_after", str(moment)), ("order_by", "+created_at"), ("limit", str(PAGE)), *after]
        page = await api.get("/users", query=query, lane=lane)
        yield [Active(item["id"], item["last_sign_in_at"]) for item in page]
        if len(page) < PAGE:
            return
        after = [("starting_after", page[-1]["id"])]
