"""Whoever is kept as a last owner is banned by us, and let in again when they return, whatever happened on the way (R8)."""

from collections.abc import Awaitable, Callable

import pytest

from tests.support.house import House

Houses = Callable[..., Awaitable[House]]
BOTH = [{"name": "Owners", "when": {"group": "owners"}, "grant": {"production": "owner", "research": "owner"}}]


async def test_the_last_owner_of_two_workspaces_is_let_in_again_when_they_return(houses: Houses) -> None:
    house = await houses(rules=BOTH)
    mia = await house.user("mia")
    await house.group("owners", mia)
    await house.idle()
    await house.deactivate(mia)
    await house.idle()
    assert house.clerk_user("mia")["banned"] is True
    await house.reactivate(mia)
    await house.idle()
    assert house.clerk_user("mia")["banned"] is False


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_ban_whose_answer_was_lost_is_known_for_our_own(houses: Houses, when: str) -> None:
    house = await houses()
    mia = await house.user("mia")
    await house.group("owners", mia)
    await house.idle()
    house.sandbox.fault(match="POST /v1/users/*/ban", status="cut", when=when)
    await house.deactivate(mia)
    await house.idle()
    assert house.clerk_user("mia")["banned"] is True
    await house.reactivate(mia)
    await house.idle()
    assert house.clerk_user("mia")["banned"] is False
