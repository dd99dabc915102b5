"""Whose address is it? Nothing is given until a human says; then it is, and nothing else was touched (R4, R5)."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bridge.errors import BridgeError
from bridge.people import find
from bridge.provisioning import conflicts
from tests.support.house import House

Houses = Callable[..., Awaitable[House]]


async def _person(house: House, name: str) -> int:
    return (await house.parts.database.read(lambda tx: find.persons(tx, f"{name}@acme.example")))[0].pk


async def _standing(house: House) -> list[conflicts.Standing]:
    return await house.parts.database.read(lambda tx: conflicts.standing(tx, "main"))


async def _join(house: House, person: int) -> str:
    return await conflicts.join(house.parts.database, person, now=house.clock(), actor="cli:test")


async def _rehired(houses: Houses) -> tuple[House, str, Any]:
    """Somebody left, and an account with another immutable id has the address now."""
    house = await houses()
    mia = await house.user("mia")
    engineers = await house.group("engineers", mia)
    await house.idle()
    before = house.clerk_user("mia")
    await house.scim("DELETE", f"/Users/{mia}")
    await house.idle()
    other = await house.user("mia", externalId="ext-somebody-else")
    await house.join(engineers, other)
    await house.idle()
    return house, other, before


async def test_a_rehire_under_another_immutable_id_waits_and_costs_nothing_meanwhile(houses: Houses) -> None:
    house, other, before = await _rehired(houses)
    assert house.roles() == {}
    (one,) = await _standing(house)
    assert (one.email, one.clerk_user) == ("mia@acme.example", before["id"])
    assert one.sentence == "mia@acme.example belongs to another person of acme."
    house.sandbox.reset_calls()
    await house.patch(f"/Users/{other}", {"op": "replace", "path": "title", "value": "Engineer"})
    await house.idle()
    assert house.sandbox.calls() == {}
    assert (await house.row("mia")).state == "conflict"
    assert len(await house.audit("person.conflict")) == 1


async def test_a_human_says_that_it_is_the_same_person(houses: Houses) -> None:
    house, _, before = await _rehired(houses)
    waiting = next(one for one in await _standing(house))
    person = next(one.pk for one in await house.parts.database.read(lambda tx: find.persons(tx, waiting.person)))
    assert await _join(house, person) == before["id"]
    await house.idle()
    assert house.roles() == {"mia": {"production": "editor"}}
    assert house.clerk_user("mia")["id"] == before["id"]
    assert house.clerk_user("mia")["external_id"] == before["external_id"]
    assert await _standing(house) == []
    assert [event.actor for event in await house.audit("person.conflict_joined")] == ["cli:test"]
    assert len((await house.explain("mia@acme.example")).accounts) == 2


async def test_a_human_clears_it_up_at_clerk_and_asks_to_look_again(houses: Houses) -> None:
    house, _, before = await _rehired(houses)
    waiting = next(one for one in await _standing(house))
    (found,) = await house.parts.database.read(lambda tx: find.persons(tx, waiting.person))
    await house.clerk("DELETE", f"/users/{before['id']}")
    await conflicts.retry(house.parts.database, found.pk, now=house.clock(), actor="cli:test")
    await house.idle()
    assert house.roles() == {"mia": {"production": "editor"}}
    assert house.clerk_user("mia")["id"] != before["id"]
    assert house.clerk_user("mia")["external_id"] == waiting.person


async def test_another_address_ends_the_conflict(houses: Houses) -> None:
    house, other, before = await _rehired(houses)
    emails = [{"value": "mia2@acme.example", "type": "work", "primary": True}]
    await house.patch(f"/Users/{other}", {"op": "replace", "path": "emails", "value": emails})
    await house.idle()
    assert house.roles() == {"mia2": {"production": "editor"}}
    assert house.clerk_user("mia")["id"] == before["id"]


async def test_a_human_vouches_for_an_address_that_its_user_never_proved(houses: Houses) -> None:
    house = await houses()
    user = (await house.clerk("POST", "/users", {"email_address": ["someone@else.example"]}))["id"]
    await house.clerk("POST", "/email_addresses", {"user_id": user, "email_address": "mia@acme.example", "verified": False})
    mia = await house.user("mia")
    await house.group("engineers", mia)
    await house.idle()
    assert house.roles() == {}
    assert await _join(house, await _person(house, "mia")) == user
    await house.idle()
    assert house.roles() == {"someone": {"production": "editor"}}
    (found,) = house.sandbox.state()["users"]
    statuses = {one["email_address"]: (one["verification"] or {}).get("status") for one in found["email_addresses"]}
    assert statuses["mia@acme.example"] == "verified"


async def test_who_is_in_no_conflict_can_be_joined_with_nobody(houses: Houses) -> None:
    house = await houses()
    await house.user("mia")
    with pytest.raises(BridgeError) as caught:
        await _join(house, await _person(house, "mia"))
    assert caught.value.code == "conflict_unknown"


async def test_two_active_accounts_are_listed_with_what_ends_it(houses: Houses) -> None:
    house = await houses()
    mia = await house.user("mia")
    twin = await house.user("twin", emails=[{"value": "mia@acme.example", "type": "work", "primary": True}])
    await house.group("engineers", mia, twin)
    await house.idle()
    found = await _standing(house)
    assert [one.clerk_user for one in found] == [None, None]
    assert {one.sentence for one in found} == {"mia@acme.example belongs to two active accounts of acme"}


async def test_a_rehire_under_the_same_immutable_id_is_the_same_person(houses: Houses) -> None:
    house = await houses()
    mia = await house.user("mia")
    engineers = await house.group("engineers", mia)
    await house.idle()
    before = house.clerk_user("mia")["id"]
    await house.scim("DELETE", f"/Users/{mia}")
    await house.idle()
    emails = [{"value": "mia.chen@acme.example", "type": "work", "primary": True}]
    again = await house.user("mia.chen", externalId="ext-mia", emails=emails)
    await house.join(engineers, again)
    await house.idle()
    assert house.roles() == {"mia.chen": {"production": "editor"}}
    assert house.clerk_user("mia.chen")["id"] == before


async def test_a_soft_delete_of_entra_that_is_restored_gives_everything_back(houses: Houses) -> None:
    house = await houses()
    mia = await house.user("mia")
    await house.group("engineers", mia)
    await house.idle()
    before = house.clerk_user("mia")["id"]
    renamed = "0123456789abcdef0123456789abcdefmia@acme.example"

    def named(email: str, *, active: bool) -> dict[str, Any]:
        return {"userName": email, "emails": [{"value": email, "type": "work", "primary": True}], "active": active}

    await house.patch(f"/Users/{mia}", {"op": "replace", "value": named(renamed, active=False)})
    await house.idle()
    assert house.roles() == {}
    await house.patch(f"/Users/{mia}", {"op": "replace", "value": named("mia@acme.example", active=True)})
    await house.idle()
    assert house.roles() == {"mia": {"production": "editor"}}
    await house.patch(f"/Users/{mia}", {"op": "replace", "value": named(renamed, active=False)})
    assert (await house.scim("DELETE", f"/Users/{mia}"))[0] == 204
    await house.idle()
    assert house.roles() == {}
    (user,) = house.sandbox.state()["users"]
    assert user["id"] == before
    assert [one["email_address"] for one in user["email_addresses"]] == ["mia@acme.example"]


async def test_who_has_a_clerk_user_is_joined_with_no_second_one(houses: Houses) -> None:
    house = await houses()
    mia = await house.user("mia")
    await house.group("engineers", mia)
    await house.idle()
    boss = (await house.clerk("POST", "/users", {"email_address": ["boss@acme.example"]}))["id"]
    emails = [{"value": "boss@acme.example", "type": "work", "primary": True}]
    await house.patch(f"/Users/{mia}", {"op": "replace", "path": "emails", "value": emails})
    await house.idle()
    assert [one.clerk_user for one in await _standing(house)] == [boss]
    with pytest.raises(BridgeError) as caught:
        await _join(house, await _person(house, "boss"))
    assert caught.value.code == "conflict_unknown"
    await house.clerk("DELETE", f"/users/{boss}")
    await conflicts.retry(house.parts.database, await _person(house, "boss"), now=house.clock(), actor="cli:test")
    await house.idle()
    assert house.roles() == {"boss": {"production": "editor"}}
    assert await _standing(house) == []
