"""What becomes of the Clerk user of somebody who left (R7), and what Clerk makes impossible."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bridge.sandbox.testing import RunningSandbox
from tests.support.house import House

Houses = Callable[..., Awaitable[House]]


async def _leaver(house: House) -> str:
    first, mia = await house.user("first"), await house.user("mia")
    await house.group("everything", first)
    await house.group("engineers", mia)
    await house.idle()
    return mia


@pytest.mark.parametrize(("wanted", "field"), [("ban", "banned"), ("lock", "locked")])
async def test_ban_and_lock_bar_somebody_who_left_until_they_come_back(houses: Houses, wanted: str, field: str) -> None:
    house = await houses(directory={"scim": {"auth": ["token"]}, "deactivation": wanted})
    mia = await _leaver(house)
    await house.deactivate(mia)
    await house.idle()
    assert house.clerk_user("mia")[field] is True
    await house.reactivate(mia)
    await house.idle()
    assert house.clerk_user("mia")[field] is False
    assert house.roles()["mia"] == {"production": "editor"}


async def test_delete_removes_a_user_that_we_made(houses: Houses) -> None:
    house = await houses(directory={"scim": {"auth": ["token"]}, "deactivation": "delete"})
    mia = await _leaver(house)
    await house.deactivate(mia)
    await house.idle()
    assert [user["first_name"] for user in house.sandbox.state()["users"]] == ["First"]
    await house.reactivate(mia)
    await house.idle()
    assert house.roles()["mia"] == {"production": "editor"}


@pytest.mark.parametrize("wanted", ["ban", "lock", "delete"])
async def test_nothing_is_done_to_a_user_who_has_a_membership_that_is_not_ours(houses: Houses, wanted: str) -> None:
    house = await houses(directory={"scim": {"auth": ["token"]}, "deactivation": wanted})
    mia = await _leaver(house)
    other = await house.clerk("POST", "/organizations", {"name": "Somebody else's"})
    user = house.clerk_user("mia")["id"]
    await house.clerk("POST", f"/organizations/{other['id']}/memberships", {"user_id": user, "role": "org:viewer"})
    await house.deactivate(mia)
    await house.idle()
    assert house.roles()["mia"] == {"somebody else's": "viewer"}
    assert (house.clerk_user("mia")["banned"], house.clerk_user("mia")["locked"]) == (False, False)


async def test_where_clerk_lets_nobody_be_without_a_workspace_the_user_is_banned(
    tmp_path: Path, database_url: str, sandboxes: Callable[..., RunningSandbox]
) -> None:
    house = House(tmp_path, sandboxes(membership_required=True), database_url)
    house.connection()
    house.mapping()
    await house.start()
    try:
        mia = await _leaver(house)
        await house.deactivate(mia)
        await house.idle()
        row = await house.row("mia")
        assert (row.state, row.cause) == ("retained", "Clerk lets nobody be without a workspace")
        assert house.clerk_user("mia")["banned"] is True
        await house.reactivate(mia)
        await house.idle()
        assert house.clerk_user("mia")["banned"] is False
        assert (await house.row("mia")).state == "granted"
    finally:
        await house.stop()


async def test_a_lowered_role_ends_sessions_only_where_the_operator_asks_for_it(houses: Houses) -> None:
    house = await houses(sign_in={"sessions": {"end_on": ["deactivated", "removed", "lowered"]}})
    ada, mia = await house.user("ada"), await house.user("mia")
    await house.group("owners", ada)
    await house.group("engineers", mia)
    admins = await house.group("admins", mia)
    await house.idle()
    await house.sign_in("mia", "production")
    await house.leave(admins, mia)
    await house.idle()
    assert house.roles()["mia"] == {"production": "editor"}
    assert [one["status"] for one in house.sandbox.state()["sessions"]] == ["revoked"]


async def test_a_deactivation_ends_no_session_where_the_operator_says_so(houses: Houses) -> None:
    house = await houses(sign_in={"sessions": {"end_on": ["removed"]}})
    mia = await _leaver(house)
    await house.sign_in("mia")
    await house.deactivate(mia)
    await house.idle()
    assert [one["status"] for one in house.sandbox.state()["sessions"]] == ["active"]


async def test_sessions_in_a_lost_workspace_end_though_clerk_is_gone_right_after_the_loss(houses: Houses) -> None:
    house = await houses()
    await house.group("owners", await house.user("boss"))
    mia = await house.user("mia")
    engineers, _ = await house.group("engineers", mia), await house.group("scientists", mia)
    await house.idle()
    lost, kept = await house.sign_in("mia", "production"), await house.sign_in("mia", "research")
    house.sandbox.fault(match="DELETE */memberships/*", status="cut", when="after")
    house.sandbox.fault(match="GET /v1/sessions", status=503)
    await house.leave(engineers, mia)
    await house.idle()
    assert house.roles()["mia"] == {"research": "editor"}
    sessions = {one["id"]: one["status"] for one in house.sandbox.state()["sessions"]}
    assert (sessions[lost], sessions[kept]) == ("revoked", "active")
