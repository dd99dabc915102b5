"""An address changes in the directory: what becomes of it in Clerk, and that nothing else waits for it (R5)."""

from collections.abc import Awaitable, Callable
from typing import Any

from tests.support.house import House
from tests.support.refusing import Refusing

Houses = Callable[..., Awaitable[House]]


async def _engineer(houses: Houses, *names: str, **keys: Any) -> tuple[House, dict[str, str]]:
    house = await houses(**keys)
    ids = {name: await house.user(name) for name in names}
    await house.group("engineers", *ids.values())
    await house.idle()
    return house, ids


async def _rename(house: House, id: str, email: str) -> None:
    emails = [{"value": email, "type": "work", "primary": True}]
    await house.patch(f"/Users/{id}", {"op": "replace", "path": "emails", "value": emails})


def _addresses(house: House) -> dict[str, tuple[str | None, set[str]]]:
    """Clerk id -> (primary, all)."""
    found = {}
    for user in house.sandbox.state()["users"]:
        by_id = {one["id"]: one["email_address"] for one in user["email_addresses"]}
        found[user["id"]] = by_id.get(user["primary_email_address_id"]), set(by_id.values())
    return found


async def test_an_address_that_is_theirs_already_becomes_the_primary_one(houses: Houses) -> None:
    house, ids = await _engineer(houses, "mia")
    user = house.clerk_user("mia")["id"]
    await house.clerk("POST", "/email_addresses", {"user_id": user, "email_address": "m@acme.example", "verified": False})
    await _rename(house, ids["mia"], "m@acme.example")
    await house.idle()
    assert _addresses(house)[user] == ("m@acme.example", {"m@acme.example"})
    address = house.clerk_user("m")["email_addresses"][0]
    assert address["verification"]["status"] == "verified"


async def test_other_addresses_of_the_user_stay(houses: Houses) -> None:
    house, ids = await _engineer(houses, "mia")
    user = house.clerk_user("mia")["id"]
    await house.clerk("POST", "/email_addresses", {"user_id": user, "email_address": "mia@home.example"})
    await _rename(house, ids["mia"], "mia.chen@acme.example")
    await house.idle()
    assert _addresses(house)[user] == ("mia.chen@acme.example", {"mia.chen@acme.example", "mia@home.example"})


async def test_an_address_moves_between_two_owned_domains(houses: Houses) -> None:
    house, ids = await _engineer(houses, "mia", domains=["acme.example", "acme.test"])
    await _rename(house, ids["mia"], "mia@acme.test")
    await house.idle()
    assert list(_addresses(house).values()) == [("mia@acme.test", {"mia@acme.test"})]
    assert house.roles() == {"mia": {"production": "editor"}}


async def test_an_address_of_another_clerk_user_stays_theirs_and_everything_else_goes_on(houses: Houses) -> None:
    house, ids = await _engineer(houses, "mia")
    other = (await house.clerk("POST", "/users", {"email_address": ["boss@acme.example"]}))["id"]
    await _rename(house, ids["mia"], "boss@acme.example")
    await house.group("scientists", ids["mia"])
    await house.idle()
    assert house.roles() == {"mia": {"production": "editor", "research": "editor"}}
    assert _addresses(house)[other] == ("boss@acme.example", {"boss@acme.example"})
    found = (await house.explain("boss@acme.example")).person
    assert "belongs to another Clerk user" in found["problem"]["sentence"]
    assert len(await house.audit("clerk.address_refused")) == 1
    await house.clerk("DELETE", f"/users/{other}")
    await house.jump(3600)
    assert house.roles() == {"boss": {"production": "editor", "research": "editor"}}
    assert (await house.explain("boss@acme.example")).person["problem"] is None


async def test_two_people_swap_their_addresses(houses: Houses) -> None:
    house, ids = await _engineer(houses, "mia", "jon")
    mia, jon = house.clerk_user("mia")["id"], house.clerk_user("jon")["id"]
    await _rename(house, ids["mia"], "jon@acme.example")
    await _rename(house, ids["jon"], "mia@acme.example")

    async def swapped() -> bool:
        found = _addresses(house)
        return found[mia][0] == "jon@acme.example" and found[jon][0] == "mia@acme.example"

    await house.until(swapped)
    await house.idle()
    assert _addresses(house) == {
        mia: ("jon@acme.example", {"jon@acme.example"}),
        jon: ("mia@acme.example", {"mia@acme.example"}),
    }
    assert house.roles() == {"mia": {"production": "editor"}, "jon": {"production": "editor"}}
    assert len(await house.audit("clerk.address_set_aside")) <= 1


async def test_an_address_that_one_gives_up_is_the_next_ones(houses: Houses) -> None:
    house, ids = await _engineer(houses, "mia", "jon", "eva")
    await _rename(house, ids["mia"], "jon@acme.example")
    await _rename(house, ids["jon"], "eva@acme.example")
    await _rename(house, ids["eva"], "eva.new@acme.example")

    async def moved() -> bool:
        return {primary for primary, _ in _addresses(house).values()} == {
            "jon@acme.example",
            "eva@acme.example",
            "eva.new@acme.example",
        }

    await house.until(moved)
    await house.idle()
    assert all(len(every) == 1 for _, every in _addresses(house).values())
    assert await house.audit("clerk.address_set_aside") == []


async def test_whoever_leaves_the_owned_domains_loses_what_we_gave_and_keeps_their_address(houses: Houses) -> None:
    house, ids = await _engineer(houses, "mia")
    await _rename(house, ids["mia"], "mia@elsewhere.example")
    await house.idle()
    assert house.roles() == {}
    assert [primary for primary, _ in _addresses(house).values()] == ["mia@acme.example"]
    found = await house.explain("mia@elsewhere.example")
    assert found.person["barrier"] == "outside_domains"
    assert [row.state for row in found.workspaces] == ["outside_domains"]
    await _rename(house, ids["mia"], "mia@acme.example")
    await house.idle()
    assert house.roles() == {"mia": {"production": "editor"}}


async def test_an_old_address_that_a_connected_account_stands_on_stays_and_that_is_told(houses: Houses) -> None:
    house, ids = await _engineer(houses, "mia")
    user = house.clerk_user("mia")["id"]
    refusing = Refusing(house)
    refusing.refuse("DELETE /v1/email_addresses/*", 400, "delete_linked_identification_disallowed")
    await _rename(house, ids["mia"], "mia.chen@acme.example")
    await house.idle()
    assert _addresses(house)[user] == ("mia.chen@acme.example", {"mia@acme.example", "mia.chen@acme.example"})
    (changed,) = await house.audit("clerk.address_changed")
    assert changed.facts["kept"] == "Clerk's sentence of delete_linked_identification_disallowed."
    refusing.calls.clear()
    await house.patch(f"/Users/{ids['mia']}", {"op": "replace", "path": "title", "value": "Engineer"})
    await house.idle()
    assert refusing.calls == []


async def test_an_old_address_of_a_domain_that_is_not_ours_any_more_stays(houses: Houses) -> None:
    house, ids = await _engineer(houses, "mia", domains=["acme.example", "sold.example"])
    await _rename(house, ids["mia"], "mia@sold.example")
    await house.idle()
    await house.stop()
    house.connection(domains=["acme.example"])
    await house.start()
    await house.idle()
    await _rename(house, ids["mia"], "mia@acme.example")
    await house.idle()
    assert list(_addresses(house).values()) == [("mia@acme.example", {"mia@acme.example", "mia@sold.example"})]


async def test_an_address_that_clerk_reserves_is_told_and_keeps_nothing_back(houses: Houses) -> None:
    house, ids = await _engineer(houses, "mia")
    refusing = Refusing(house)
    refusing.refuse("POST /v1/email_addresses", 422, "form_param_format_invalid")
    await _rename(house, ids["mia"], "mia.chen@acme.example")
    await house.group("scientists", ids["mia"])
    await house.idle()
    assert house.roles() == {"mia": {"production": "editor", "research": "editor"}}
    assert (await house.explain("mia.chen@acme.example")).person["problem"]["code"] == "form_param_format_invalid"


async def test_an_answer_lost_between_the_calls_of_a_change_leaves_one_address(houses: Houses) -> None:
    house, ids = await _engineer(houses, "mia")
    for number, match in enumerate(("POST /v1/email_addresses", "DELETE /v1/email_addresses/*")):
        house.sandbox.fault(match=match, status="cut", when="after")
        await _rename(house, ids["mia"], f"mia{number}@acme.example")
        house.clock.jump(10)
        await house.idle()
        assert list(_addresses(house).values()) == [(f"mia{number}@acme.example", {f"mia{number}@acme.example"})]


async def test_the_other_of_two_accounts_with_one_address_is_decided_as_soon_as_one_of_them_has_another(
    houses: Houses,
) -> None:
    house = await houses()
    mia, twin = await house.user("mia"), await house.user("twin")
    await house.group("engineers", mia, twin)
    await house.idle()
    await _rename(house, twin, "mia@acme.example")
    await house.idle()
    await house.group("admins", mia)
    await house.idle()
    assert house.roles() == {"mia": {"production": "editor"}, "twin": {"production": "editor"}}
    await _rename(house, twin, "twin@acme.example")
    await house.idle()
    assert house.roles() == {"mia": {"production": "admin"}, "twin": {"production": "editor"}}


async def test_the_other_of_two_accounts_with_one_address_is_decided_as_soon_as_one_of_them_has_left(
    houses: Houses,
) -> None:
    house = await houses()
    mia = await house.user("mia")
    twin = await house.user("twin", emails=[{"value": "mia@acme.example", "type": "work", "primary": True}])
    await house.group("engineers", mia, twin)
    await house.idle()
    assert house.roles() == {}
    await house.deactivate(twin)
    await house.idle()
    assert house.roles() == {"mia": {"production": "editor"}}


async def test_three_people_hand_their_addresses_around(houses: Houses) -> None:
    house, ids = await _engineer(houses, "mia", "jon", "eva")
    users = {name: house.clerk_user(name)["id"] for name in ids}
    await _rename(house, ids["mia"], "jon@acme.example")
    await _rename(house, ids["jon"], "eva@acme.example")
    await _rename(house, ids["eva"], "mia@acme.example")
    wanted = {users["mia"]: "jon@acme.example", users["jon"]: "eva@acme.example", users["eva"]: "mia@acme.example"}

    async def moved() -> bool:
        return {user: primary for user, (primary, _) in _addresses(house).items()} == wanted

    await house.until(moved)
    await house.idle()
    assert all(len(every) == 1 for _, every in _addresses(house).values())


async def test_who_waits_for_an_address_keeps_nobody_awake_whose_own_is_refused(houses: Houses) -> None:
    house, ids = await _engineer(houses, "ada", "mia")
    refusing = Refusing(house)
    refusing.refuse("POST /v1/email_addresses", 422, "form_param_format_invalid", when=_reserved)
    await _rename(house, ids["mia"], "reserved@acme.example")
    await _rename(house, ids["ada"], "mia@acme.example")
    await house.idle()
    refusing.calls.clear()
    for _ in range(30):
        await house.jump(1)
    assert refusing.calls.count("POST /v1/email_addresses") <= 6  # after 1, 2, 4, 8, 16 seconds; of the other after a minute


def _reserved(body: Any) -> bool:
    return bool(body["email_address"].startswith("reserved@"))
