"""Names are given up and given to others: whoever has one now is not whoever had it before."""

from collections.abc import Awaitable, Callable
from typing import Any

from tests.signin.coming import Browser, signing
from tests.signin.test_who_it_is import known, reason
from tests.support.house import House

Houses = Callable[..., Awaitable[House]]
MADE = {"sign_in": {"jit": "create"}}
ALONE: dict[str, Any] = {"directory": "none"}
NO_ID = {"id": ""}


async def _renamed(house: House, user: str, name: str) -> None:
    email = f"{name}@acme.example"
    emails = [{"value": email, "type": "work", "primary": True}]
    await house.patch(f"/Users/{user}", {"op": "replace", "value": {"userName": email, "emails": emails}})
    await house.idle()


async def test_a_name_that_somebody_gave_up_opens_nothing_of_theirs(houses: Houses) -> None:
    house = await signing(await houses())
    mia = await house.user("mia")
    await house.group("owners", mia)
    await house.idle()
    async with Browser(house) as before, Browser(house) as after:
        assert (await before.come(facts=NO_ID)).ticket
        await _renamed(house, mia, "mia.smith")
        await house.group("engineers", await house.user("mia", externalId="ext-new"))
        await house.idle()
        assert (await after.come(facts=NO_ID)).ticket
    one, other = await house.audit("sign_in.ticket")
    assert one.person != other.person
    assert other.facts["role"] == "org:editor"


async def test_a_name_that_somebody_gave_up_is_no_account_s_until_the_directory_says_so(houses: Houses) -> None:
    house = await signing(await houses())
    mia = await house.user("mia")
    await house.group("owners", mia)
    await house.idle()
    async with Browser(house) as before, Browser(house) as after:
        assert (await before.come(facts=NO_ID)).ticket
        await _renamed(house, mia, "mia.smith")
        assert (await after.come(facts=NO_ID)).status == 403
    assert await reason(house) == "sign_in_unknown"


async def test_a_user_name_given_up_in_a_sign_in_is_not_continued_by_a_directory(houses: Houses) -> None:
    house = await signing(await houses(), **MADE)
    async with Browser(house) as browser:
        await browser.come()
        await browser.come("smith", name_id="smith@acme.example", facts={"id": "ext-mia", "email": "smith@acme.example"})
    assert len(await known(house, "smith@acme.example")) == 1
    await house.user("mia", externalId=None)
    assert len(await known(house, "smith@acme.example")) == 1
    assert len(await known(house, "mia@acme.example")) == 1
    assert (await known(house, "smith@acme.example"))[0].person != (await known(house, "mia@acme.example"))[0].person


async def test_who_gives_up_a_shared_address_at_a_sign_in_frees_the_other_from_the_doubt(houses: Houses) -> None:
    house = await signing(await houses(), **ALONE)
    async with Browser(house) as mia, Browser(house) as zoe:
        assert (await mia.come(groups=("engineers",))).ticket
        shared = {"name_id": "zoe@acme.example", "facts": {"id": "ext-zoe", "email": "mia@acme.example"}}
        assert (await zoe.come("zoe", groups=("engineers",), **shared)).status == 403
        await mia.come(groups=("engineers", "scientists"))
        await house.idle()
        assert (await house.row("mia", "research")).state == "conflict"
        await zoe.come("zoe", groups=("engineers",))
    await house.idle()
    assert house.roles()["mia"] == {"production": "editor", "research": "editor"}
