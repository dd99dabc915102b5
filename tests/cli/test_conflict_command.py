"""`inferpipe-bridge conflict`: who waits, and the two answers."""

from collections.abc import Awaitable, Callable

from tests.support.command_line import json, run
from tests.support.house import House

Houses = Callable[..., Awaitable[House]]


async def test_a_conflict_is_listed_and_joined(houses: Houses) -> None:
    house = await houses()
    assert "Nobody is in conflict." in await run(house, "conflict", "list")
    user = (await house.clerk("POST", "/users", {"email_address": ["someone@else.example"]}))["id"]
    await house.clerk("POST", "/email_addresses", {"user_id": user, "email_address": "mia@acme.example", "verified": False})
    await house.group("engineers", await house.user("mia"))
    await house.idle()
    assert "never proved to own it" in await run(house, "conflict", "list", "--connection", "acme")
    assert [one["clerk_user"] for one in await json(house, "conflict", "list")] == [user]
    assert user in await run(house, "conflict", "join", "mia@acme.example")
    await house.idle()
    assert await json(house, "conflict", "list") == []
    assert house.roles() == {"someone": {"production": "editor"}}
    assert "There is no Clerk user in doubt" in await run(house, "conflict", "join", "mia@acme.example", code=1)


async def test_a_conflict_is_tried_again(houses: Houses) -> None:
    house = await houses()
    user = (await house.clerk("POST", "/users", {"email_address": ["someone@else.example"]}))["id"]
    given = {"user_id": user, "email_address": "mia@acme.example", "verified": False}
    address = (await house.clerk("POST", "/email_addresses", given))["id"]
    await house.group("engineers", await house.user("mia"))
    await house.idle()
    await house.clerk("DELETE", f"/email_addresses/{address}")
    assert "looks again" in await run(house, "conflict", "retry", "mia@acme.example")
    await house.idle()
    assert house.roles() == {"mia": {"production": "editor"}}
