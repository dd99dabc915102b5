"""Whose Clerk user is it? Existing users, foreign memberships, domains, two connections, changed addresses (R3-R5)."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from bridge.sandbox.testing import RunningSandbox
from tests.support.house import House

Houses = Callable[..., Awaitable[House]]


async def _clerk_user(house: House, email: str, **keys: Any) -> str:
    body = {"email_address": [email], "skip_password_requirement": True, **keys}
    return str((await house.clerk("POST", "/users", body))["id"])


async def _member(house: House, workspace: str, user: str, role: str) -> None:
    path = f"/organizations/{house.organization(workspace)}/memberships"
    await house.clerk("POST", path, {"user_id": user, "role": f"org:{role}"})


async def _with_workspaces(houses: Houses, **keys: Any) -> House:
    """A house whose two workspaces exist already, made for somebody else."""
    house = await houses(**keys)
    first = await house.user("first")
    await house.group("everything", first)
    await house.idle()
    return house


async def test_an_existing_clerk_user_with_the_address_is_linked_and_gets_our_id(houses: Houses) -> None:
    house = await houses()
    existing = await _clerk_user(house, "mia@acme.example", first_name="Old")
    mia = await house.user("mia")
    await house.group("engineers", mia)
    await house.idle()
    user = house.clerk_user("mia")
    assert user["id"] == existing
    assert user["external_id"] == (await house.explain("mia@acme.example")).person["id"]
    assert user["first_name"] == "Old"
    assert house.roles() == {"mia": {"production": "editor"}}


async def test_an_external_id_that_is_there_already_is_never_overwritten(houses: Houses) -> None:
    house = await houses()
    await _clerk_user(house, "mia@acme.example", external_id="crm-7")
    mia = await house.user("mia")
    await house.group("engineers", mia)
    await house.idle()
    assert house.clerk_user("mia")["external_id"] == "crm-7"
    assert house.roles() == {"mia": {"production": "editor"}}


async def test_an_address_that_a_clerk_user_never_proved_is_a_conflict(houses: Houses) -> None:
    house = await houses()
    user = await _clerk_user(house, "someone@else.example")
    await house.clerk("POST", "/email_addresses", {"user_id": user, "email_address": "mia@acme.example", "verified": False})
    mia = await house.user("mia")
    await house.group("engineers", mia)
    await house.idle()
    assert house.roles() == {}
    row = await house.row("mia")
    assert row.state == "conflict"
    assert "never proved" in (row.cause or "")


async def test_an_adopted_membership_returns_to_the_role_from_before_us(houses: Houses) -> None:
    house = await _with_workspaces(houses)
    user = await _clerk_user(house, "mia@acme.example")
    await _member(house, "production", user, "viewer")
    mia = await house.user("mia")
    engineers = await house.group("engineers", mia)
    await house.idle()
    assert house.roles()["mia"] == {"production": "editor"}
    await house.leave(engineers, mia)
    await house.idle()
    assert house.roles()["mia"] == {"production": "viewer"}
    assert (await house.row("mia")).state == "left_alone"


async def test_somebody_who_leaves_the_company_loses_adopted_and_earlier_memberships(houses: Houses) -> None:
    house = await _with_workspaces(houses)
    user = await _clerk_user(house, "mia@acme.example")
    await _member(house, "production", user, "viewer")
    await _member(house, "research", user, "editor")
    mia = await house.user("mia")
    await house.group("engineers", mia)
    await house.idle()
    assert house.roles()["mia"] == {"production": "editor", "research": "editor"}
    await house.deactivate(mia)
    await house.idle()
    assert "mia" not in house.roles()


async def test_leave_keeps_memberships_from_before_us_as_they_are(houses: Houses) -> None:
    workspaces = {
        "production": {"create": "Production", "existing": "leave"},
        "research": {"create": "Research", "existing": "leave"},
    }
    house = await _with_workspaces(houses, workspaces=workspaces)
    user = await _clerk_user(house, "mia@acme.example")
    await _member(house, "production", user, "admin")
    mia = await house.user("mia")
    await house.group("engineers", mia)
    await house.idle()
    assert house.roles()["mia"] == {"production": "admin"}
    row = await house.row("mia")
    assert (row.state, row.decided, row.in_clerk) == ("left_alone", "editor", "admin")
    await house.deactivate(mia)
    await house.idle()
    assert house.roles()["mia"] == {"production": "admin"}


async def test_a_membership_made_by_hand_for_somebody_outside_the_domains_is_never_touched(houses: Houses) -> None:
    house = await _with_workspaces(houses)
    guest = await _clerk_user(house, "guest@partner.example")
    await _member(house, "production", guest, "admin")
    body_email = [{"value": "guest@partner.example", "type": "work", "primary": True}]
    id = await house.user("guest", userName="guest@partner.example", emails=body_email)
    await house.group("engineers", id)
    await house.idle()
    row = next(one for one in (await house.explain("guest@partner.example")).workspaces if one.workspace == "production")
    assert (row.state, row.decided, row.in_clerk) == ("outside_domains", "editor", None)
    await house.deactivate(id)
    await house.scim("DELETE", f"/Users/{id}")
    await house.idle()
    assert house.roles()["guest"] == {"production": "admin"}


async def test_a_new_address_becomes_primary_and_the_old_one_goes(houses: Houses) -> None:
    house = await houses()
    mia = await house.user("mia")
    await house.group("engineers", mia)
    await house.idle()
    emails = [{"value": "mia.chen@acme.example", "type": "work", "primary": True}]
    await house.patch(f"/Users/{mia}", {"op": "replace", "path": "emails", "value": emails})
    await house.idle()
    user = house.clerk_user("mia.chen")
    assert [one["email_address"] for one in user["email_addresses"]] == ["mia.chen@acme.example"]
    assert house.roles() == {"mia.chen": {"production": "editor"}}


async def test_names_are_written_on_users_we_made_and_on_no_other(houses: Houses) -> None:
    house = await houses()
    await _clerk_user(house, "jon@acme.example", first_name="Jonathan")
    mia, jon = await house.user("mia"), await house.user("jon")
    await house.group("engineers", mia, jon)
    await house.idle()
    for id in (mia, jon):
        await house.patch(f"/Users/{id}", {"op": "replace", "path": "name.givenName", "value": "New"})
    await house.idle()
    assert house.clerk_user("mia")["first_name"] == "New"
    assert house.clerk_user("jon")["first_name"] == "Jonathan"


async def test_entras_soft_delete_never_reaches_the_address_in_clerk(houses: Houses) -> None:
    house = await houses()
    mia = await house.user("mia")
    await house.group("engineers", mia)
    await house.idle()
    renamed = "0123456789abcdef0123456789abcdefmia@acme.example"
    emails = [{"value": renamed, "type": "work", "primary": True}]
    value = {"userName": renamed, "emails": emails, "active": False}
    await house.patch(f"/Users/{mia}", {"op": "replace", "value": value})
    await house.idle()
    assert house.roles() == {}
    assert house.clerk_user("mia")["email_addresses"][0]["email_address"] == "mia@acme.example"


async def test_an_address_reused_by_a_different_person_is_a_conflict(houses: Houses) -> None:
    house = await houses()
    mia = await house.user("mia")
    engineers = await house.group("engineers", mia)
    await house.idle()
    await house.scim("DELETE", f"/Users/{mia}")
    await house.idle()
    other = await house.user("mia", externalId="ext-somebody-else")
    await house.join(engineers, other)
    await house.idle()
    assert house.roles() == {}
    found = await house.row("mia")
    assert found.state == "conflict"


async def test_two_active_accounts_of_one_address_get_nothing_until_a_human_says(houses: Houses) -> None:
    house = await houses()
    mia = await house.user("mia")
    twin = await house.user("twin", emails=[{"value": "mia@acme.example", "type": "work", "primary": True}])
    await house.group("engineers", mia, twin)
    await house.idle()
    assert house.roles() == {}


async def test_one_human_in_two_connections_is_one_person_with_the_higher_role(
    tmp_path: Path, database_url: str, sandbox: RunningSandbox
) -> None:
    house = House(tmp_path, sandbox, database_url)
    house.connection("acme", shared_with=["bought"])
    house.connection("bought", domains=[])
    house.mapping("acme")
    house.mapping("bought")
    await house.start()
    try:
        mia = await house.user("mia")
        await house.group("everything", mia)
        await house.idle()
        emails = [{"value": "mia@acme.example", "type": "work", "primary": True}]
        again = await house.user("mia", connection="bought", emails=emails)
        await house.group("engineers", again, connection="bought")
        await house.idle()
        assert house.roles() == {"mia": {"production": "editor", "research": "viewer"}}
        assert len((await house.explain("mia@acme.example")).accounts) == 2
        await house.deactivate(again, connection="bought")
        await house.idle()
        assert house.roles() == {"mia": {"production": "viewer", "research": "viewer"}}
    finally:
        await house.stop()
