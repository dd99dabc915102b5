"""/login: from an address to the right IdP, to a choice, or to a friendly word that tells nothing."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from tests.signin.coming import Browser, Landed, signing
from tests.support.house import House

Houses = Callable[..., Awaitable[House]]
SAML: dict[str, Any] = {"saml": {"metadata": "file:idp.xml"}}


async def found(house: House, email: str, more: str = "") -> Landed:
    async with Browser(house) as browser:
        return await browser.get(f"/login?email={quote(email)}{more}")


async def shared(houses: Houses) -> House:
    """Two connections of one customer speak for acme.example: acme owns it, beta shares it."""
    house = await houses()
    await house.stop()
    house.connection("beta", provider="entra", sign_in=SAML)
    house.mapping("beta")
    return await signing(house, shared_with=["beta"])


async def test_an_address_leads_to_the_sign_in_of_its_domain_with_the_wish(houses: Houses) -> None:
    house = await signing(await houses())
    landed = await found(house, "Mia@ACME.example", "&to=/runs&workspace=research")
    assert (landed.status, landed.location) == (303, "/saml/acme/login?to=%2Fruns&workspace=research")


async def test_an_unknown_domain_and_one_without_sign_in_get_the_same_friendly_word(houses: Houses) -> None:
    house = await houses()
    await house.stop()
    house.connection("quiet", domains=["quiet.example"])
    house.mapping("quiet")
    await signing(house)
    pages = [(await found(house, f"mia@{domain}")).text.replace(domain, "-") for domain in ("quiet.example", "nobody.test")]
    assert pages[0] == pages[1]
    assert "no company sign-in for this address" in pages[0]


async def test_what_is_no_address_is_not_taken_for_one(houses: Houses) -> None:
    house = await signing(await houses())
    for given in ("acme.example", "@", '"><script>alert(1)</script>@evil.example', "x" * 5000 + "@acme.example"):
        landed = await found(house, given)
        assert landed.status == 200
        assert "<script>alert" not in landed.text


async def test_of_two_sign_ins_for_a_domain_the_one_that_knows_the_person_is_taken(houses: Houses) -> None:
    house = await shared(houses)
    await house.user("mia", connection="beta", userName="mia@acme.example", emails=[{"value": "mia@acme.example"}])
    assert (await found(house, "mia@acme.example")).location == "/saml/beta/login"


async def test_of_two_sign_ins_that_both_or_neither_know_the_person_they_choose(houses: Houses) -> None:
    house = await shared(houses)
    landed = await found(house, "mia@acme.example", "&to=/runs")
    assert landed.status == 200
    assert 'href="/saml/acme/login?to=%2Fruns"' in landed.text
    assert 'href="/saml/beta/login?to=%2Fruns"' in landed.text
    assert "Microsoft Entra ID" in landed.text


async def test_without_an_address_there_is_a_form_that_keeps_the_wish(houses: Houses) -> None:
    house = await signing(await houses())
    async with Browser(house) as browser:
        landed = await browser.get("/login?to=/runs")
    assert landed.status == 200
    assert '<input type="hidden" name="to" value="/runs">' in landed.text
    assert "default-src 'none'" in landed.headers["Content-Security-Policy"]
    assert landed.headers["X-Frame-Options"] == "DENY"


async def test_whom_a_shared_domain_belongs_to_is_matched_by_address_only_where_it_speaks(houses: Houses) -> None:
    house = await shared(houses)
    async with Browser(house, "beta") as browser:
        landed = await browser.come("mia", "entra", facts={"email": "mia@acme.example"})
    assert landed.status == 403  # beta's directory does not know her, and acme's account is acme's
    assert (await house.audit("sign_in.refused", connection="beta"))[-1].facts["code"] == "sign_in_unknown"
