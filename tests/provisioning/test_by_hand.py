"""What hands did in Clerk: users who were there before us, changed or deleted since; organizations deleted (R3, R4, R9)."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bridge.sandbox.testing import RunningSandbox
from tests.support.house import House
from tests.support.refusing import Refusing

Houses = Callable[..., Awaitable[House]]


async def _engineer(houses: Houses, **keys: Any) -> tuple[House, str]:
    house = await houses(**keys)
    first, mia = await house.user("first"), await house.user("mia")
    await house.group("owners", first)
    await house.group("engineers", mia)
    await house.idle()
    return house, mia


async def _existing(house: House, email: str = "mia@acme.example", **keys: Any) -> str:
    body = {"email_address": [email], "skip_password_requirement": True, **keys}
    return str((await house.clerk("POST", "/users", body))["id"])


async def test_a_user_with_the_address_as_a_secondary_one_is_linked(houses: Houses) -> None:
    house = await houses()
    user = await _existing(house, "mia@home.example")
    await house.clerk("POST", "/email_addresses", {"user_id": user, "email_address": "mia@acme.example"})
    await house.group("engineers", await house.user("mia"))
    await house.idle()
    (found,) = house.sandbox.state()["users"]
    assert found["id"] == user
    assert {one["email_address"] for one in found["email_addresses"]} == {"mia@home.example", "mia@acme.example"}
    assert found["external_id"] == (await house.explain("mia@acme.example")).person["id"]


@pytest.mark.parametrize(("verb", "field"), [("ban", "banned"), ("lock", "locked")])
async def test_a_user_barred_by_hand_is_linked_and_stays_barred(houses: Houses, verb: str, field: str) -> None:
    house = await houses()
    user = await _existing(house)
    await house.clerk("POST", f"/users/{user}/{verb}")
    await house.group("engineers", await house.user("mia"))
    await house.idle()
    assert house.roles() == {"mia": {"production": "editor"}}
    assert house.clerk_user("mia")[field] is True


async def test_an_external_id_that_a_hand_changed_changes_nothing(houses: Houses) -> None:
    house, mia = await _engineer(houses)
    user = house.clerk_user("mia")["id"]
    await house.clerk("PATCH", f"/users/{user}", {"external_id": "crm-7"})
    await house.group("admins", mia)
    await house.idle()
    assert house.roles()["mia"] == {"production": "admin"}
    await house.deactivate(mia)
    await house.idle()
    assert "mia" not in house.roles()
    assert house.clerk_user("mia")["external_id"] == "crm-7"


async def test_a_user_deleted_and_made_again_by_hand_is_linked_anew(houses: Houses) -> None:
    house, mia = await _engineer(houses)
    await house.clerk("DELETE", f"/users/{house.clerk_user('mia')['id']}")
    again = await _existing(house)
    await house.group("admins", mia)
    await house.idle()
    assert house.roles()["mia"] == {"production": "admin"}
    assert house.clerk_user("mia")["id"] == again
    assert (await house.explain("mia@acme.example")).person["clerk_user"] == again


async def test_a_user_deleted_by_hand_leaves_as_if_they_had_been_there(houses: Houses) -> None:
    house, mia = await _engineer(houses)
    await house.clerk("DELETE", f"/users/{house.clerk_user('mia')['id']}")
    await house.deactivate(mia)
    await house.idle()
    found = await house.explain("mia@acme.example")
    assert found.workspaces == ()
    assert found.person["problem"] is None


async def test_an_address_that_changes_after_its_user_was_deleted_is_the_new_users(houses: Houses) -> None:
    house, mia = await _engineer(houses)
    await house.clerk("DELETE", f"/users/{house.clerk_user('mia')['id']}")
    emails = [{"value": "mia.chen@acme.example", "type": "work", "primary": True}]
    await house.patch(f"/Users/{mia}", {"op": "replace", "path": "emails", "value": emails})
    await house.idle()
    await house.jump(3600)
    assert house.roles()["mia.chen"] == {"production": "editor"}


async def test_an_organization_deleted_by_hand_blocks_only_itself(houses: Houses) -> None:
    house, mia = await _engineer(houses)
    first = await house.user("second")
    await house.group("scientists", first)
    await house.idle()
    await house.clerk("DELETE", f"/organizations/{house.organization('production')}")
    await house.group("everything", mia, first)
    await house.idle()
    assert house.roles()["second"] == {"research": "editor"}
    assert house.roles()["mia"] == {"research": "viewer"}
    assert (await house.row("second")).state == "blocked"


async def test_an_organization_deleted_by_hand_is_nobodys_drift_however_it_is_noticed(houses: Houses) -> None:
    house, mia = await _engineer(houses)
    await house.clerk("DELETE", f"/organizations/{house.organization('production')}")
    await house.group("admins", mia)  # a raise, which finds nothing there
    await house.idle()
    rows = [await house.row(name) for name in ("mia", "first")]
    assert [(row.state, row.in_clerk) for row in rows] == [("blocked", None)] * 2
    assert len(await house.audit("workspace.missing", connection="-")) == 1


async def test_a_person_of_two_connections_stays_in_until_the_last_one_lets_go(houses: Houses) -> None:
    house, mia = await _engineer(houses)
    await house.stop()
    house.connection("acme", shared_with=["bought"])
    house.connection("bought", domains=[], customer="Acme")
    house.mapping("bought")
    await house.start()
    emails = [{"value": "mia@acme.example", "type": "work", "primary": True}]
    again = await house.user("mia", connection="bought", emails=emails)
    await house.group("scientists", again, connection="bought")
    await house.idle()
    assert house.roles()["mia"] == {"production": "editor", "research": "editor"}
    session = await house.sign_in("mia")
    await house.deactivate(mia)
    await house.idle()
    assert house.roles()["mia"] == {"research": "editor"}
    assert {one["id"]: one["status"] for one in house.sandbox.state()["sessions"]} == {session: "active"}
    await house.deactivate(again, connection="bought")
    await house.idle()
    assert "mia" not in house.roles()
    assert {one["id"]: one["status"] for one in house.sandbox.state()["sessions"]} == {session: "revoked"}


async def test_of_two_connections_the_one_that_observes_takes_nothing_and_gives_nothing(houses: Houses) -> None:
    house, mia = await _engineer(houses)
    await house.stop()
    house.connection("acme", shared_with=["bought"])
    house.connection("bought", domains=[], customer="Acme", mode="observe")
    house.mapping("bought")
    await house.start()
    emails = [{"value": "mia@acme.example", "type": "work", "primary": True}]
    again = await house.user("mia", connection="bought", emails=emails)
    await house.group("scientists", again, connection="bought")
    await house.idle()
    assert house.roles()["mia"] == {"production": "editor"}
    await house.deactivate(mia)
    await house.idle()
    assert "mia" not in house.roles()


async def _required(tmp_path: Any, database_url: str, sandboxes: Callable[..., RunningSandbox]) -> tuple[House, str]:
    """A house whose Clerk lets nobody be without a workspace."""
    house = House(tmp_path, sandboxes(membership_required=True), database_url)
    house.connection()
    house.mapping()
    await house.start()
    first, mia = await house.user("first"), await house.user("mia")
    await house.group("owners", first)
    await house.group("engineers", mia)
    await house.idle()
    return house, mia


async def test_where_the_plan_has_no_ban_a_last_membership_is_kept_by_a_locked_user(
    tmp_path: Any, database_url: str, sandboxes: Callable[..., RunningSandbox]
) -> None:
    house, mia = await _required(tmp_path, database_url, sandboxes)
    try:
        refusing = Refusing(house)
        refusing.refuse("POST /v1/users/*/ban", 402, "unsupported_subscription_plan_features")
        await house.deactivate(mia)
        await house.idle()
        assert (await house.row("mia")).cause == "Clerk lets nobody be without a workspace"
        assert (house.clerk_user("mia")["banned"], house.clerk_user("mia")["locked"]) == (False, True)
        await house.reactivate(mia)
        await house.idle()
        assert house.clerk_user("mia")["locked"] is False
        assert house.roles()["mia"] == {"production": "editor"}
    finally:
        await house.stop()


async def test_a_kept_membership_costs_nothing_when_the_idp_repeats_itself(
    tmp_path: Any, database_url: str, sandboxes: Callable[..., RunningSandbox]
) -> None:
    house, mia = await _required(tmp_path, database_url, sandboxes)
    try:
        await house.deactivate(mia)
        await house.idle()
        assert house.clerk_user("mia")["banned"] is True
        house.sandbox.reset_calls()
        await house.patch(f"/Users/{mia}", {"op": "replace", "path": "title", "value": "Gone"})
        await house.idle()
        assert sum(house.sandbox.calls().values()) <= 1
    finally:
        await house.stop()


async def test_a_role_that_the_organization_cannot_give_blocks_that_workspace_alone(houses: Houses) -> None:
    house, mia = await _engineer(houses)
    refusing = Refusing(house)
    production = house.organization("production")
    refusing.refuse(f"PATCH /v1/organizations/{production}/memberships/*", 404, "organization_role_not_found")
    refusing.refuse(f"POST /v1/organizations/{production}/memberships", 402, "insufficient_seats")
    jon = await house.user("jon")
    await house.group("everything", jon)
    await house.idle()
    assert house.roles()["jon"] == {"research": "viewer"}
    assert (await house.row("jon")).state == "blocked"
    assert mia


@pytest.mark.parametrize("wanted", ["ban", "lock", "delete"])
async def test_a_user_deleted_by_hand_is_not_barred_again_and_again(houses: Houses, wanted: str) -> None:
    house, mia = await _engineer(houses, directory={"scim": {"auth": ["token"]}, "deactivation": wanted})
    await house.clerk("DELETE", f"/users/{house.clerk_user('mia')['id']}")
    await house.deactivate(mia)
    await house.idle()
    house.sandbox.reset_calls()
    await house.jump(7200)
    assert house.sandbox.calls() == {}
