"""What Clerk refuses about one person is that person's alone: everybody else goes on, and it is tried again (R10)."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.support.house import House
from tests.support.refusing import Refusing

Houses = Callable[..., Awaitable[House]]
MEMBERSHIPS = "POST /v1/organizations/*/memberships"


async def _house(houses: Houses, **keys: Any) -> tuple[House, str, str]:
    """Two people, and an owner who keeps the workspaces governed."""
    house = await houses(**keys)
    first = await house.user("first")
    await house.group("owners", first)
    await house.group("everything", first)
    await house.idle()
    return house, await house.user("mia"), await house.user("jon")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (409, "organization_membership_managed_by_scim"),
        (409, "user_managed_by_scim"),
        (400, "deprovisioned"),
        (422, "exclusive_organization_membership"),
    ],
)
async def test_a_membership_that_clerk_refuses_one_person_blocks_nobody_elses(
    houses: Houses, status: int, code: str
) -> None:
    house, mia, jon = await _house(houses)
    await house.group("engineers", mia)
    await house.idle()
    refusing = Refusing(house)
    user = house.clerk_user("mia")["id"]
    refusing.refuse("PATCH /v1/organizations/*/memberships/*", status, code)
    await house.group("admins", mia)
    await house.group("engineers too", jon)
    await house.idle()
    row = await house.row("mia")
    assert (row.state, row.decided, row.in_clerk) == ("blocked", "admin", "editor")
    assert row.cause == f"Clerk's sentence of {code}."
    assert await house.audit("workspace.blocked") == []
    assert len(await house.audit("membership.refused")) == 1
    assert any(user in call for call in refusing.calls)
    scientists = await house.group("scientists", jon)
    assert scientists
    await house.idle()
    assert house.roles()["jon"] == {"research": "editor"}


async def test_what_was_refused_is_tried_again_ever_more_seldom_until_it_is_taken(houses: Houses) -> None:
    house, mia, _ = await _house(houses)
    refusing = Refusing(house)
    refusing.refuse(MEMBERSHIPS, 409, "organization_membership_managed_by_scim")
    await house.group("engineers", mia)
    await house.idle()

    def tried() -> int:
        return sum(call.startswith("POST /v1/organizations/") for call in refusing.calls)

    assert tried() == 1
    await house.jump(61)
    assert tried() == 2
    await house.jump(61)
    assert tried() == 2  # the second wait is two minutes
    refusing.relent()
    await house.jump(61)
    assert house.roles()["mia"] == {"production": "editor"}
    assert (await house.row("mia")).state == "granted"
    assert len(await house.audit("membership.refused")) == 1


async def test_a_full_plan_keeps_new_users_waiting_and_nobody_else(houses: Houses) -> None:
    house, mia, jon = await _house(houses)
    await house.group("engineers", jon)
    await house.idle()
    refusing = Refusing(house)
    refusing.refuse("POST /v1/users", 403, "user_quota_exceeded")
    await house.group("scientists", mia, jon)
    await house.idle()
    assert house.roles()["jon"] == {"production": "editor", "research": "editor"}
    row = await house.row("mia", "research")
    assert (row.state, row.cause) == ("blocked", "Clerk's sentence of user_quota_exceeded.")
    assert (await house.explain("mia@acme.example")).person["problem"]["code"] == "user_quota_exceeded"
    refusing.relent()
    await house.jump(3600)
    assert house.roles()["mia"] == {"research": "editor"}


async def test_a_workspace_whose_probe_is_refused_for_itself_is_probed_by_somebody_else(houses: Houses) -> None:
    house, mia, jon = await _house(houses)
    await house.clerk("PATCH", f"/organizations/{house.organization('production')}", {"max_allowed_memberships": 1})
    refusing = Refusing(house)
    engineers = await house.group("engineers", jon)
    await house.idle()
    assert (await house.row("jon")).state == "blocked"
    user = house.clerk_user("jon")["id"]
    refusing.refuse(MEMBERSHIPS, 400, "deprovisioned", when=lambda body: body.get("user_id") == user)
    await house.join(engineers, mia)
    await house.idle()
    await house.clerk("PATCH", f"/organizations/{house.organization('production')}", {"max_allowed_memberships": 50})

    async def let_in() -> bool:
        house.clock.jump(61)  # one probe a minute, and each time it is another's turn
        return "mia" in house.roles()

    await house.until(let_in)
    await house.idle()
    assert "jon" not in house.roles()
    assert (await house.row("jon")).state == "blocked"


async def test_a_name_that_clerks_directory_sync_manages_keeps_no_membership_back(houses: Houses) -> None:
    house, mia, _ = await _house(houses)
    engineers = await house.group("engineers", mia)
    await house.idle()
    refusing = Refusing(house)
    refusing.refuse("PATCH /v1/users/*", 409, "attribute_managed_by_scim")
    await house.patch(f"/Users/{mia}", {"op": "replace", "path": "name.familyName", "value": "Moss"})
    await house.leave(engineers, mia)
    await house.group("scientists", mia)
    await house.idle()
    assert house.roles()["mia"] == {"research": "editor"}
    assert house.clerk_user("mia")["last_name"] == "Doe"
    assert (await house.explain("mia@acme.example")).person["problem"]["code"] == "attribute_managed_by_scim"
    refusing.relent()
    await house.jump(3600)
    assert house.clerk_user("mia")["last_name"] == "Moss"
    assert (await house.explain("mia@acme.example")).person["problem"] is None


async def test_sessions_that_clerk_will_not_end_keep_no_membership_back(houses: Houses) -> None:
    house, mia, _ = await _house(houses)
    await house.group("engineers", mia)
    await house.idle()
    session = await house.sign_in("mia")
    refusing = Refusing(house)
    refusing.refuse("POST /v1/sessions/*/revoke", 400, "deprovisioned")
    await house.deactivate(mia)
    await house.idle()
    assert "mia" not in house.roles()
    refusing.relent()
    await house.jump(3600)
    assert [one["status"] for one in house.sandbox.state()["sessions"] if one["id"] == session] == ["revoked"]


async def test_a_user_made_just_now_whom_clerk_does_not_see_yet_is_waited_for(houses: Houses) -> None:
    house, mia, _ = await _house(houses)
    refusing = Refusing(house)
    refusing.refuse(MEMBERSHIPS, 404, "resource_not_found", times=2)
    await house.group("engineers", mia)
    await house.idle()
    assert house.roles()["mia"] == {"production": "editor"}
    assert await house.audit("clerk.user_missing") == []
    assert [call for call in refusing.calls if call == "POST /v1/users"] == ["POST /v1/users"]


async def test_a_user_who_keeps_our_id_out_is_linked_all_the_same(houses: Houses) -> None:
    house, mia, _ = await _house(houses)
    body = {"email_address": ["mia@acme.example"], "skip_password_requirement": True}
    existing = (await house.clerk("POST", "/users", body))["id"]
    refusing = Refusing(house)
    refusing.refuse("PATCH /v1/users/*", 409, "attribute_managed_by_scim", when=lambda body: "external_id" in body)
    await house.group("engineers", mia)
    await house.idle()
    assert (await house.explain("mia@acme.example")).person["clerk_user"] == existing
    assert house.roles()["mia"] == {"production": "editor"}
    assert house.clerk_user("mia")["external_id"] is None
