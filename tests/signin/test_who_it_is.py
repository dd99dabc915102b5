"""Which account an assertion speaks of (R4), what a sign-in may do to it (jit), whose word counts about groups (R12)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bridge.cli.explained import now
from bridge.people import accounts, find
from bridge.people.accounts import Account
from bridge.saml.assertion import TRANSIENT
from tests.signin.coming import Browser, signing
from tests.support.house import House
from tests.support.saml import names

Houses = Callable[..., Awaitable[House]]
ALONE: dict[str, Any] = {"directory": "none"}
MADE = {"sign_in": {"jit": "create"}}


async def known(house: House, given: str) -> list[Account]:
    def work(tx: Any) -> list[Account]:
        people = find.persons(tx, given)
        return [one for person in people for one in accounts.of_person(tx, person.pk)]

    return await house.parts.database.read(work)


async def reason(house: House) -> str:
    """Of the last refusal."""
    return str((await house.audit("sign_in.refused"))[-1].facts["code"])


async def _is(house: House, roles: dict[str, str] | None) -> bool:
    return house.roles().get("mia") == roles


async def test_a_sign_in_makes_no_account_where_the_directory_is_to_tell_of_people(houses: Houses) -> None:
    house = await signing(await houses())
    async with Browser(house) as browser:
        landed = await browser.come(groups=("engineers",))
    assert landed.status == 403
    assert "no account here yet" in landed.text
    assert await reason(house) == "sign_in_unknown"
    assert await known(house, "mia@acme.example") == []


async def test_a_sign_in_makes_an_account_where_it_may_and_the_directory_continues_it(houses: Houses) -> None:
    house = await signing(await houses(), **MADE)
    async with Browser(house) as browser:
        assert (await browser.come(groups=("engineers",))).status == 403  # whose word about groups is the directory's
        before = await known(house, "mia@acme.example")
        await house.group("engineers", await house.user("mia"))
        await house.idle()
        assert (await browser.come()).ticket
    after = await known(house, "mia@acme.example")
    assert [one.pk for one in after] == [one.pk for one in before]
    assert after[0].subject is not None
    assert house.roles()["mia"] == {"production": "editor"}


@pytest.mark.parametrize("told", [{"externalId": None}, {"externalId": None, "userName": "m.doe"}], ids=["name", "address"])
async def test_the_directory_continues_an_account_that_it_calls_otherwise(houses: Houses, told: dict[str, Any]) -> None:
    house = await signing(await houses(), **MADE)
    async with Browser(house) as browser:
        await browser.come(facts={"id": ""})
        before = await known(house, "mia@acme.example")
        await house.user("mia", **told)
    assert [one.pk for one in await known(house, "mia@acme.example")] == [one.pk for one in before]


async def test_an_inactive_person_is_refused_and_nothing_is_written(houses: Houses) -> None:
    house = await signing(await houses(), **MADE)
    mia = await house.user("mia")
    await house.group("engineers", mia)
    await house.idle()
    await house.deactivate(mia)
    await house.idle()
    async with Browser(house) as browser:
        landed = await browser.come()
    assert landed.status == 403
    assert "not active" in landed.text
    assert await reason(house) == "sign_in_inactive"
    assert "mia" not in house.roles()


async def test_a_person_whom_the_directory_deleted_is_refused(houses: Houses) -> None:
    house = await signing(await houses(), **MADE)
    mia = await house.user("mia")
    await house.scim("DELETE", f"/Users/{mia}")
    async with Browser(house) as browser:
        assert (await browser.come()).status == 403
    assert await reason(house) == "sign_in_inactive"


async def test_an_address_that_another_id_has_is_somebody_else_and_a_conflict(houses: Houses) -> None:
    house = await signing(await houses(), sign_in={"jit": "create", "groups_from": "both"})
    await house.group("owners", await house.user("mia"))
    await house.idle()
    async with Browser(house) as browser:
        landed = await browser.come(facts={"id": "ext-other"}, groups=("owners",))
    assert landed.status == 403
    assert len(await known(house, "mia@acme.example")) == 2
    assert await house.audit("sign_in.ticket") == []


async def test_a_persistent_name_id_is_bound_to_its_person_whatever_they_are_called_later(houses: Houses) -> None:
    house = await signing(await houses(), **ALONE)
    said = {"name_id": "xJ9-opaque", "name_format": names.PERSISTENT}
    async with Browser(house) as browser:
        await browser.come(facts={"id": ""}, groups=("engineers",), **said)
        landed = await browser.come(facts={"id": "", "email": "mia.lovelace@acme.example"}, groups=("engineers",), **said)
    assert landed.ticket
    assert len(await known(house, "mia.lovelace@acme.example")) == 1
    assert await known(house, "mia@acme.example") == []


async def test_another_persistent_name_id_of_the_same_idp_is_another_person(houses: Houses) -> None:
    house = await signing(await houses(), **ALONE)
    async with Browser(house) as browser:
        await browser.come(name_id="one", name_format=names.PERSISTENT, facts={"id": ""}, groups=("engineers",))
        await browser.come(name_id="two", name_format=names.PERSISTENT, facts={"id": ""}, groups=("engineers",))
    assert len(await known(house, "mia@acme.example")) == 2


async def test_a_transient_name_id_is_nobody_s_for_long(houses: Houses) -> None:
    house = await signing(await houses(), **ALONE)
    async with Browser(house) as browser:
        for name in ("_a", "_b"):
            await browser.come(name_id=name, name_format=TRANSIENT, facts={"id": ""}, groups=("engineers",))
    assert len(await known(house, "mia@acme.example")) == 1  # by the address, in our domain


async def test_an_address_outside_the_domains_matches_nobody_and_opens_nothing(houses: Houses) -> None:
    house = await signing(await houses(), **ALONE)
    async with Browser(house) as browser:
        landed = await browser.come(facts={"email": "mia@elsewhere.example"}, groups=("engineers",))
    assert landed.status == 403
    assert "No access yet" in landed.text
    assert house.roles() == {}


async def test_two_first_sign_ins_of_one_person_at_once_make_one_account(houses: Houses) -> None:
    house = await signing(await houses(), **ALONE)
    async with Browser(house) as one, Browser(house) as other:
        landed = await asyncio.gather(*(each.come(groups=("engineers",)) for each in (one, other)))
    assert [each.status for each in landed] == [303, 303]
    assert len(await known(house, "mia@acme.example")) == 1


async def test_a_first_sign_in_and_the_directory_s_word_at_once_make_one_account(houses: Houses) -> None:
    house = await signing(await houses(), **MADE)
    for name in (f"p{number}" for number in range(10)):
        async with Browser(house) as browser:
            answer = await browser.answer(name, in_response_to=await browser.begin())
            await asyncio.gather(browser.post(answer), house.user(name))
        assert len(await known(house, f"{name}@acme.example")) == 1


async def test_groups_of_the_assertion_count_where_the_connection_says_so(houses: Houses) -> None:
    house = await signing(await houses(), sign_in={"groups_from": "both"})
    await house.group("engineers", await house.user("mia"))
    await house.idle()
    async with Browser(house) as browser:
        await browser.come(groups=("scientists", "engineers"))
    assert house.roles()["mia"] == {"production": "editor", "research": "editor"}
    facts = (await house.explain("mia@acme.example")).accounts[0].facts
    assert facts is not None
    assert sorted(group.name for group in facts.groups) == ["engineers", "scientists"]  # each once
    assert facts.sources == {"directory", "assertion"}


async def test_a_group_that_is_not_named_any_more_is_lost_with_the_next_sign_in(houses: Houses) -> None:
    house = await signing(await houses(), **ALONE)
    async with Browser(house) as browser:
        await browser.come(groups=("engineers", "scientists"))
        await browser.come(groups=("engineers",))
    await house.idle()
    assert house.roles()["mia"] == {"production": "editor"}


async def test_a_link_instead_of_groups_keeps_those_told_before_and_says_so(houses: Houses) -> None:
    house = await signing(await houses(), provider="entra", **ALONE)
    link = ("http://schemas.microsoft.com/claims/groups.link", ("https://graph.windows.net/t/users/u/getMemberObjects",))
    async with Browser(house) as browser:
        await browser.come("mia", "entra", groups=("engineers",))
        landed = await browser.come("mia", "entra", attributes=(link,))
    assert landed.ticket
    assert house.roles()["mia"] == {"production": "editor"}
    assert "only linked to" in (await house.audit("sign_in.accepted"))[-1].facts["groups"]


async def test_off_means_that_a_sign_in_changes_nothing_about_anybody(houses: Houses) -> None:
    house = await signing(await houses(), sign_in={"jit": "off", "groups_from": "both"})
    await house.group("engineers", await house.user("mia"))
    await house.idle()
    async with Browser(house) as browser:
        assert (await browser.come(groups=("owners",))).ticket
    assert house.roles()["mia"] == {"production": "editor"}


async def test_what_a_sign_in_told_lapses_and_the_next_one_brings_it_back(houses: Houses) -> None:
    house = await signing(await houses(), sign_in={"access_lasts": "14d"}, **ALONE)
    async with Browser(house) as browser:
        await browser.come(groups=("engineers",))
        await house.jump(13 * 86_400)
        assert house.roles()["mia"] == {"production": "editor"}
        await house.jump(86_400 + 1)
        await house.until(lambda: _is(house, None))
        told = (await house.explain("mia@acme.example")).accounts[0].problem
        assert told is not None
        assert "what its last sign-in told counted until" in told
        await browser.come(groups=("engineers",))
    assert house.roles()["mia"] == {"production": "editor"}


async def test_what_the_directory_told_stays_when_a_sign_in_lapses(houses: Houses) -> None:
    house = await signing(await houses(), sign_in={"groups_from": "both", "access_lasts": "1d"})
    await house.group("owners", await house.user("ada"))  # somebody governs without her
    await house.group("engineers", await house.user("mia"))
    await house.idle()
    async with Browser(house) as browser:
        await browser.come(groups=("admins",))
    assert house.roles()["mia"] == {"production": "admin"}
    await house.jump(86_400 + 1)
    await house.until(lambda: _is(house, {"production": "editor"}))


async def test_a_changed_connection_file_is_read_from_what_was_told_before(houses: Houses) -> None:
    house = await signing(await houses(), **ALONE)
    more = {"attributes": (("workMail", ("m.doe@acme.example",)),), "groups": ("engineers",)}
    async with Browser(house) as browser:
        await browser.come(**more)
    await signing(house, attributes={"email": {"saml": "workMail"}}, **ALONE)
    await house.until(lambda: _called(house, "m.doe@acme.example"))


async def _called(house: House, email: str) -> bool:
    return len(await known(house, email)) == 1


async def test_explain_says_until_when_a_sign_in_counts(houses: Houses) -> None:
    house = await signing(await houses(), sign_in={"access_lasts": "3d"}, **ALONE)
    async with Browser(house) as browser:
        await browser.come(groups=("engineers",))
    told = (await house.explain("mia@acme.example")).accounts[0]
    assert told.lapses is not None
    assert abs(told.lapses - house.clock() - 3 * 86_400_000) < 60_000
    assert any(
        "what the last sign-in told counts until" in line for line in now(await house.explain("mia@acme.example"), "", False)
    )
