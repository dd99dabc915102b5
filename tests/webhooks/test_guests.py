"""People outside the domains, who are members by an invitation and linked to nobody (rule R5)."""

from collections.abc import Awaitable, Callable
from typing import Any

from tests.support.house import House

Houses = Callable[..., Awaitable[House]]
GUEST = "guest@partner.example"


async def _invited(houses: Houses) -> tuple[House, str]:
    """Somebody was invited into Production beside its owner; the invitation's id."""
    house = await houses(outsiders="invite")
    house.hear()
    await house.group("owners", await house.user("olga"))
    await house.idle()
    emails = [{"value": GUEST, "type": "work", "primary": True}]
    await house.group("engineers", await house.user("guest", userName=GUEST, emails=emails))
    await house.heard()
    path = f"/organizations/{house.organization('production')}/invitations?status=pending"
    (waiting,) = (await house.clerk("GET", path))["data"]
    return house, str(waiting["id"])


async def _row(house: House) -> Any:
    (row,) = (await house.explain(GUEST)).workspaces
    return row


async def test_who_accepts_an_invitation_is_known_to_be_a_member(houses: Houses) -> None:
    house, invitation = await _invited(houses)
    assert (await _row(house)).in_clerk is None
    house.sandbox.control("POST", f"invitations/{invitation}/accept")
    await house.heard()
    row = await _row(house)
    assert (row.state, row.in_clerk) == ("granted", "editor")


async def test_a_guest_whom_a_hand_removed_is_noticed(houses: Houses) -> None:
    house, invitation = await _invited(houses)
    house.sandbox.control("POST", f"invitations/{invitation}/accept")
    await house.heard()
    user = house.clerk_user("guest")["id"]
    await house.clerk("DELETE", f"/organizations/{house.organization('production')}/memberships/{user}")
    await house.heard()
    assert (await _row(house)).state == "drifted"


async def test_an_invitation_that_a_hand_revoked_is_looked_at(houses: Houses) -> None:
    house, invitation = await _invited(houses)
    house.sandbox.reset_calls()
    path = f"/organizations/{house.organization('production')}/invitations/{invitation}/revoke"
    await house.clerk("POST", path, {})
    await house.heard()
    assert house.sandbox.calls()["GET /v1/organizations/{organization_id}/memberships"] == 1
