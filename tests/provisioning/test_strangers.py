"""Somebody leaves to whom no rule ever gave anything: what they had before us is taken, if the rules govern it (R3)."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.support.house import House

Houses = Callable[..., Awaitable[House]]
_LOOK = {"GET /v1/users": 1}


async def _member(house: House, email: str, workspace: str = "production", **keys: Any) -> str:
    body = {"email_address": [email], "skip_password_requirement": True, **keys}
    user = str((await house.clerk("POST", "/users", body))["id"])
    path = f"/organizations/{house.organization(workspace)}/memberships"
    await house.clerk("POST", path, {"user_id": user, "role": "org:editor"})
    return user


async def _house(houses: Houses, **keys: Any) -> House:
    house = await houses(**keys)
    first = await house.user("first")
    await house.group("everything", first)
    await house.idle()
    return house


@pytest.mark.parametrize("how", ["deactivated", "deleted"])
async def test_a_membership_from_before_us_does_not_outlive_somebody_who_never_got_anything(
    houses: Houses, how: str
) -> None:
    house = await _house(houses)
    await _member(house, "mia@acme.example")
    mia = await house.user("mia")
    await house.idle()
    session = await house.sign_in("mia")
    assert house.roles()["mia"] == {"production": "editor"}
    if how == "deactivated":
        await house.deactivate(mia)
    else:
        await house.scim("DELETE", f"/Users/{mia}")
    await house.idle()
    assert "mia" not in house.roles()
    assert {one["id"]: one["status"] for one in house.sandbox.state()["sessions"]} == {session: "revoked"}
    (event,) = await house.audit("membership.removed")
    assert event.facts["cause"] == "deactivated"


async def test_somebody_unknown_to_clerk_is_looked_for_once(houses: Houses) -> None:
    house = await _house(houses)
    mia = await house.user("mia")
    await house.idle()
    house.sandbox.reset_calls()
    await house.deactivate(mia)
    await house.idle()
    assert house.sandbox.calls() == _LOOK
    await house.patch(f"/Users/{mia}", {"op": "replace", "path": "title", "value": "Gone"})
    await house.scim("DELETE", f"/Users/{mia}")
    await house.idle()
    assert house.sandbox.calls() == _LOOK


async def test_who_came_back_and_leaves_again_is_looked_for_again(houses: Houses) -> None:
    house = await _house(houses)
    mia = await house.user("mia")
    await house.deactivate(mia)
    await house.idle()
    await house.reactivate(mia)
    await house.idle()
    await _member(house, "mia@acme.example")
    await house.deactivate(mia)
    await house.idle()
    assert "mia" not in house.roles()


async def test_a_user_with_no_membership_of_ours_keeps_everything(houses: Houses) -> None:
    house = await _house(houses)
    other = await house.clerk("POST", "/organizations", {"name": "Other"})
    user = (await house.clerk("POST", "/users", {"email_address": ["mia@acme.example"]}))["id"]
    await house.clerk("POST", f"/organizations/{other['id']}/memberships", {"user_id": user, "role": "org:editor"})
    mia = await house.user("mia")
    await house.idle()
    await house.sign_in("mia")
    await house.deactivate(mia)
    await house.idle()
    assert house.roles()["mia"] == {"other": "editor"}
    assert [one["status"] for one in house.sandbox.state()["sessions"]] == ["active"]
    assert (await house.explain("mia@acme.example")).person["clerk_user"] is None


@pytest.mark.parametrize("keys", [{"mode": "additive"}, {"mode": "observe"}, "leave"])
async def test_where_nothing_may_be_taken_nobody_is_looked_for(houses: Houses, keys: Any) -> None:
    if keys == "leave":
        keys = {"workspaces": {name: {"create": name, "existing": "leave"} for name in ("production", "research")}}
    house = await houses(**keys)
    mia = await house.user("mia")
    await house.idle()
    await house.deactivate(mia)
    await house.idle()
    assert house.sandbox.calls() == {}


async def test_somebody_who_never_proved_the_address_is_left_alone(houses: Houses) -> None:
    house = await _house(houses)
    user = await _member(house, "somebody@else.example")
    await house.clerk("POST", "/email_addresses", {"user_id": user, "email_address": "mia@acme.example", "verified": False})
    mia = await house.user("mia")
    await house.deactivate(mia)
    await house.idle()
    assert house.roles()["somebody"] == {"production": "editor"}


async def test_a_workspace_of_the_file_in_which_nobody_of_ours_was_yet_counts_too(houses: Houses) -> None:
    house = await houses()
    made = await house.clerk("POST", "/organizations", {"name": "Listed"})
    await house.stop()
    house.connection(workspaces={"production": {"create": "Production"}, "research": made["id"]})
    await house.start()
    user = (await house.clerk("POST", "/users", {"email_address": ["mia@acme.example"]}))["id"]
    await house.clerk("POST", f"/organizations/{made['id']}/memberships", {"user_id": user, "role": "org:viewer"})
    mia = await house.user("mia")
    await house.deactivate(mia)
    await house.idle()
    assert house.roles() == {}


async def test_observe_ends_nobodys_sessions(houses: Houses) -> None:
    house = await houses()
    mia = await house.user("mia")
    await house.group("engineers", mia)
    await house.idle()
    await house.sign_in("mia")
    await house.stop()
    house.connection(mode="observe")
    await house.start()
    await house.idle()
    house.sandbox.reset_calls()
    await house.deactivate(mia)
    await house.idle()
    assert house.sandbox.calls() == {}
    assert [one["status"] for one in house.sandbox.state()["sessions"]] == ["active"]
