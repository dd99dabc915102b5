"""Who becomes owner before the last one goes: their own row tells of it, and they need not have been anything yet (R8)."""

from collections.abc import Awaitable, Callable
from typing import Any

from tests.support.house import House

Houses = Callable[..., Awaitable[House]]
WORKSPACES = {"production": {"create": "Production", "last_resort_owner": "desk@acme.example"}}
WORKSPACES_OF_BOUGHT = {"production": {"create": "Production", "last_resort_owner": "desk@bought.example"}}
RULES: list[dict[str, Any]] = [
    {"name": "Owners", "when": {"group": "owners"}, "grant": {"production": "owner"}},
    {"name": "Engineers", "when": {"group": "engineers"}, "grant": {"production": "editor"}},
]


async def _house(houses: Houses, *, engineer: bool) -> tuple[House, str, str, str]:
    house = await houses(rules=RULES, workspaces=WORKSPACES)
    ada, desk = await house.user("ada"), await house.user("desk")
    owners = await house.group("owners", ada)
    await house.group("engineers", *([desk] if engineer else []))
    await house.idle()
    return house, ada, desk, owners


async def test_the_row_of_the_last_resort_tells_that_they_are_owner(houses: Houses) -> None:
    house, ada, _, _ = await _house(houses, engineer=True)
    await house.deactivate(ada)
    await house.idle()
    assert house.roles() == {"desk": {"production": "owner"}}
    row = await house.row("desk")
    assert (row.state, row.decided, row.in_clerk) == ("retained", "editor", "owner")


async def test_a_last_resort_without_a_clerk_user_is_made_one_first(houses: Houses) -> None:
    house, ada, _, _ = await _house(houses, engineer=False)
    assert "desk" not in house.roles()
    await house.deactivate(ada)
    await house.idle()
    assert house.roles() == {"desk": {"production": "owner"}}
    assert house.clerk_user("desk")["external_id"] == (await house.explain("desk@acme.example")).person["id"]


async def test_a_last_resort_whom_clerk_knows_already_is_linked_first(houses: Houses) -> None:
    house, ada, _, _ = await _house(houses, engineer=False)
    user = (await house.clerk("POST", "/users", {"email_address": ["desk@acme.example"]}))["id"]
    await house.deactivate(ada)
    await house.idle()
    assert house.roles() == {"desk": {"production": "owner"}}
    assert house.clerk_user("desk")["id"] == user


async def test_another_owner_lets_the_last_resort_be_what_the_rules_say(houses: Houses) -> None:
    house, ada, _, owners = await _house(houses, engineer=True)
    await house.deactivate(ada)
    await house.idle()
    mia = await house.user("mia")
    await house.join(owners, mia)
    await house.idle()
    assert house.roles() == {"desk": {"production": "editor"}, "mia": {"production": "owner"}}


async def test_a_last_resort_that_no_rule_gives_anything_goes_when_another_owner_comes(houses: Houses) -> None:
    house, ada, _, owners = await _house(houses, engineer=False)
    await house.deactivate(ada)
    await house.idle()
    mia = await house.user("mia")
    await house.join(owners, mia)
    await house.idle()
    assert house.roles() == {"mia": {"production": "owner"}}


async def test_a_banned_owner_does_not_count_as_another_one(houses: Houses) -> None:
    house = await houses()
    ada, mia = await house.user("ada"), await house.user("mia")
    await house.group("owners", ada, mia)
    await house.idle()
    await house.clerk("POST", f"/users/{house.clerk_user('mia')['id']}/ban")
    await house.deactivate(ada)
    await house.idle()
    assert house.roles()["ada"] == {"production": "owner"}
    assert (await house.row("ada")).state == "retained"


async def test_somebody_banned_by_hand_before_they_left_stays_banned_when_they_return(houses: Houses) -> None:
    house = await houses(directory={"scim": {"auth": ["token"]}, "deactivation": "ban"})
    ada, mia = await house.user("ada"), await house.user("mia")
    await house.group("owners", ada)
    await house.group("engineers", mia)
    await house.idle()
    await house.clerk("POST", f"/users/{house.clerk_user('mia')['id']}/ban")
    await house.deactivate(mia)
    await house.idle()
    assert (await house.explain("mia@acme.example")).person["barred"] == "by_others"
    await house.reactivate(mia)
    await house.idle()
    assert house.clerk_user("mia")["banned"] is True
    assert house.roles()["mia"] == {"production": "editor"}


async def test_a_last_resort_who_was_banned_by_hand_lets_nobody_go(houses: Houses) -> None:
    house, ada, _, _ = await _house(houses, engineer=True)
    await house.clerk("POST", f"/users/{house.clerk_user('desk')['id']}/ban")
    await house.deactivate(ada)
    await house.idle()
    assert house.roles()["ada"] == {"production": "owner"}
    assert (await house.row("ada")).state == "retained"


async def test_the_last_resort_of_a_connection_that_observes_is_touched_by_nobody(houses: Houses) -> None:
    house = await houses(rules=RULES)
    await house.stop()
    house.connection("bought", mode="observe", workspaces=WORKSPACES_OF_BOUGHT)
    house.mapping("bought", rules=[])
    await house.start()
    await house.user("desk", connection="bought")
    ada = await house.user("ada")
    await house.group("owners", ada)
    await house.idle()
    await house.deactivate(ada)
    await house.idle()
    assert house.roles() == {"ada": {"production": "owner"}}
