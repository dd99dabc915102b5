"""Who needs a second factor, what proves one, and the one way back to the IdP to get it (rule R13)."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from bridge.saml import factors
from tests.signin.coming import Browser, Landed, signing
from tests.support.house import House
from tests.support.saml.looks import LOOKS, MS_METHODS

Houses = Callable[..., Awaitable[House]]
PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"


async def guarded(houses: Houses, provider: str = "okta", **rule: Any) -> House:
    """Admins need a second factor; groups come with the sign-in."""
    asked = {"required_for": ["owner", "admin"], **rule}
    return await signing(await houses(), sign_in={"mfa": asked}, directory="none", provider=provider)


def methods(*words: str) -> dict[str, Any]:
    return {"attributes": ((MS_METHODS, words),)}


async def test_an_admin_with_a_password_alone_is_sent_back_once_and_gets_in_with_the_factor(houses: Houses) -> None:
    house = await guarded(houses)
    async with Browser(house) as browser:
        back = await browser.come(groups=("admins",), context=PASSWORD, query="?to=/billing")
        assert back.contexts == ["urn:okta:loa:2fa:any"]
        assert house.roles() == {}  # nothing is given before the factor was there
        request = back.request.get("ID")
        landed = await browser.post(
            await browser.answer(groups=("admins",), context=back.contexts[0], in_response_to=request)
        )
    assert landed.ticket
    assert landed.query["redirect_url"] == "/billing"  # the wish came along
    assert house.roles()["mia"] == {"production": "admin"}
    assert (await house.audit("sign_in.accepted"))[0].facts["second_factor"] == "urn:okta:loa:2fa:any"


async def test_whoever_comes_back_without_the_factor_is_refused_and_told_what_to_do(houses: Houses) -> None:
    house = await guarded(houses)
    async with Browser(house) as browser:
        back = await browser.come(groups=("admins",), context=PASSWORD)
        again = await browser.answer(groups=("admins",), context=PASSWORD, in_response_to=back.request.get("ID"))
        landed = await browser.post(again)
    assert landed.status == 403
    assert "A second factor is needed" in landed.text
    assert house.roles() == {}
    refused = (await house.audit("sign_in.refused"))[-1]
    assert (refused.facts["code"], refused.facts["role"]) == ("sign_in_second_factor", "admin")


async def test_where_the_idp_knows_no_such_factor_the_person_is_told_what_is_missing(houses: Houses) -> None:
    house = await guarded(houses)
    codes = tuple(f"urn:oasis:names:tc:SAML:2.0:status:{word}" for word in ("Responder", "NoAuthnContext"))
    async with Browser(house) as browser:
        back = await browser.come(groups=("admins",), context=PASSWORD)
        landed = await browser.post(await browser.answer(in_response_to=back.request.get("ID"), status=codes))
    assert landed.status == 403
    assert "A second factor is needed" in landed.text


async def test_refuse_sends_nobody_back(houses: Houses) -> None:
    house = await guarded(houses, missing="refuse")
    async with Browser(house) as browser:
        landed = await browser.come(groups=("admins",), context=PASSWORD)
    assert landed.status == 403
    assert "A second factor is needed" in landed.text


async def test_roles_that_need_none_are_not_asked_for_one(houses: Houses) -> None:
    house = await guarded(houses)
    async with Browser(house) as browser:
        assert (await browser.come(groups=("engineers",), context=PASSWORD)).ticket


async def test_a_role_that_the_person_still_has_counts_as_well_as_one_that_they_are_to_have(houses: Houses) -> None:
    house = await guarded(houses)
    async with Browser(house) as browser:
        proof = {"context": "urn:okta:loa:2fa:any"}
        assert (await browser.come("ada", groups=("owners",), **proof)).ticket
        assert (await browser.come("mia", groups=("admins",), **proof)).ticket
        lower: Landed = await browser.come("mia", groups=("engineers",), context=PASSWORD)
    assert lower.contexts  # an admin in Clerk until this very sign-in takes it away


@pytest.mark.parametrize("provider", ["entra", "active-directory"])
async def test_entra_and_ad_fs_say_it_in_a_claim_and_keep_the_password_as_context(
    houses: Houses, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await guarded(houses, provider)
    look = {"entra": "entra", "active-directory": "adfs"}[provider]
    monkeypatch.setitem(LOOKS, look, replace(LOOKS[look], more=()))  # no methods but those given here
    password = "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password"
    async with Browser(house) as browser:
        back = await browser.come("mia", look, groups=("admins",), context=PASSWORD, **methods(password))
        assert back.contexts == [factors.MULTIPLE]
        said = methods(password, factors.MULTIPLE)
        answer = await browser.answer(
            "mia", look, groups=("admins",), context=PASSWORD, in_response_to=back.request.get("ID"), **said
        )
        assert (await browser.post(answer)).ticket


async def test_a_connection_may_know_other_words_for_a_second_factor_and_ask_by_others(houses: Houses) -> None:
    house = await guarded(houses, accept=["urn:acme:strong"], request=["urn:acme:strong", "urn:acme:stronger"])
    async with Browser(house) as browser:
        assert (await browser.come(groups=("admins",), context=PASSWORD)).contexts == [
            "urn:acme:strong",
            "urn:acme:stronger",
        ]
        assert (await browser.come(groups=("admins",), context="urn:acme:strong")).ticket


async def test_a_way_back_is_no_way_in_for_another_browser(houses: Houses) -> None:
    house = await guarded(houses)
    async with Browser(house) as browser, Browser(house) as other:
        back = await browser.come(groups=("admins",), context=PASSWORD)
        answer = await browser.answer(
            groups=("admins",), context="urn:okta:loa:2fa:any", in_response_to=back.request.get("ID")
        )
        assert (await other.post(answer)).status == 403
    assert (await house.audit("sign_in.refused"))[-1].facts["code"] == "sign_in_other_browser"


async def test_whoever_the_idp_sent_unasked_is_sent_back_for_the_factor_as_well(houses: Houses) -> None:
    asked = {"required_for": ["owner", "admin"]}
    house = await signing(await houses(), saml={"idp_initiated": True}, sign_in={"mfa": asked}, directory="none")
    async with Browser(house) as browser:
        back = await browser.post(await browser.answer(groups=("admins",), context=PASSWORD, in_response_to=None))
        assert back.contexts == ["urn:okta:loa:2fa:any"]
        said = {"context": back.contexts[0], "in_response_to": back.request.get("ID")}
        assert (await browser.post(await browser.answer(groups=("admins",), **said))).ticket


async def test_a_role_from_before_us_needs_the_factor_at_the_very_first_sign_in(houses: Houses) -> None:
    """What somebody has at Clerk is not known before they were looked up there, which is after their assertion counted."""
    house = await houses([{"name": "All", "when": {"everyone": True}, "grant": {"production": "viewer"}}])
    org = await _owner_of_old(house, "mia")
    places = {"production": {"id": org, "existing": "leave"}}
    await signing(house, sign_in={"mfa": {"required_for": ["owner"]}}, directory="none", workspaces=places)
    async with Browser(house) as browser:
        first = await browser.come(context=PASSWORD)
        assert first.status == 403
        assert "A second factor is needed" in first.text
        assert (await house.audit("sign_in.refused"))[-1].facts["code"] == "sign_in_second_factor"
        back = await browser.come(context=PASSWORD)
        assert back.contexts == ["urn:okta:loa:2fa:any"]
        proof = {"context": back.contexts[0], "in_response_to": back.request.get("ID")}
        assert (await browser.post(await browser.answer(**proof))).ticket


async def test_who_turns_out_to_be_an_owner_by_another_connection_needs_the_factor(houses: Houses) -> None:
    house = await houses()
    await house.stop()
    rule = {"mfa": {"required_for": ["owner"]}}
    house.connection("labs", domains=[], directory="none", sign_in={"saml": {"metadata": "file:idp.xml"}, **rule})
    house.mapping("labs", rules=[{"name": "All", "when": {"everyone": True}, "grant": {"research": "viewer"}}])
    await signing(house, sign_in=rule, directory="none", shared_with=["labs"])
    known: dict[str, Any] = {"facts": {"email": "mia@acme.example", "id": "another-id"}}
    async with Browser(house) as acme, Browser(house, "labs") as labs:
        assert (await acme.come(groups=("owners",), context="urn:okta:loa:2fa:any")).ticket
        assert (await labs.come(context=PASSWORD, **known)).status == 403
        assert (await labs.come(context="urn:okta:loa:2fa:any", **known)).ticket


async def test_nobody_gets_round_the_rule_of_who_gave_a_role_by_coming_another_way(houses: Houses) -> None:
    house = await houses()
    await house.stop()
    house.connection("labs", domains=[], directory="none", sign_in={"saml": {"metadata": "file:idp.xml"}})
    house.mapping("labs", rules=[{"name": "All", "when": {"everyone": True}, "grant": {"research": "viewer"}}])
    await signing(house, sign_in={"mfa": {"required_for": ["owner"]}}, directory="none", shared_with=["labs"])
    known: dict[str, Any] = {"facts": {"email": "mia@acme.example", "id": "another-id"}}
    async with Browser(house) as acme, Browser(house, "labs") as labs:
        assert (await acme.come(groups=("owners",), context="urn:okta:loa:2fa:any")).ticket
        assert (await labs.come(context=PASSWORD, **known)).status == 403  # only now it is known that it is her
        back = await labs.come(context=PASSWORD, **known)
        assert back.contexts == ["urn:okta:loa:2fa:any"]
        proof = {"context": back.contexts[0], "in_response_to": back.request.get("ID")}
        assert (await labs.post(await labs.answer(**proof, **known))).ticket


async def test_a_factor_that_was_there_still_counts_when_the_page_tries_again(houses: Houses) -> None:
    house = await guarded(houses)
    async with Browser(house) as browser:
        house.sandbox.fault(match="*", status=503, times=1)
        waiting = await browser.come(groups=("admins",), context="urn:okta:loa:2fa:any")
        assert waiting.status == 503
        found = re.search(r'href="(/saml/acme/finish[^"]+)"', waiting.text)
        assert found is not None
        await house.jump(60)  # Clerk is back
        assert (await browser.get(unescape(found[1]))).ticket


async def _owner_of_old(house: House, name: str) -> str:
    """Somebody who owns an organization that the bridge has not met yet; its id."""
    ids = []
    for email in (f"{name}@acme.example", "boss@else.example"):
        body = {"email_address": [email], "skip_password_requirement": True}
        ids.append((await house.clerk("POST", "/users", body))["id"])
    org = (await house.clerk("POST", "/organizations", {"name": "Production", "created_by": ids[1]}))["id"]
    await house.clerk("POST", f"/organizations/{org}/memberships", {"user_id": ids[0], "role": "org:owner"})
    return str(org)
