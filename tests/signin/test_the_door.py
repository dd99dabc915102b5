"""What stands between an assertion and a way in: its one turn, this browser, this moment; what people and the trail get."""

import asyncio
import io
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text

from bridge.clerk import tickets
from bridge.clerk.tickets import Ticket
from bridge.signin import pace
from bridge.signin.refusals import EACH_MINUTE
from tests.signin.coming import Browser, Seal, says, signing
from tests.support.house import House
from tests.support.refusing import Refusing
from tests.support.saml import IDP, signer

Houses = Callable[..., Awaitable[House]]
ALONE: dict[str, Any] = {"directory": "none"}
ENGINEER: dict[str, Any] = {"groups": ("engineers",)}


async def refusal(house: House) -> str:
    return str((await house.audit("sign_in.refused"))[-1].facts["code"])


async def test_an_assertion_has_its_turn_once(houses: Houses) -> None:
    house = await signing(await houses(), **ALONE)
    async with Browser(house) as browser:
        answer = await browser.answer(in_response_to=await browser.begin(), **ENGINEER)
        assert (await browser.post(answer)).ticket
        assert (await browser.post(answer)).status == 400
    assert await refusal(house) == "sign_in_replayed"


async def test_an_assertion_that_was_refused_had_its_turn_too(houses: Houses) -> None:
    house = await signing(await houses())  # the directory doesn't know her yet
    async with Browser(house) as browser:
        answer = await browser.answer(in_response_to=await browser.begin())
        assert (await browser.post(answer)).status == 403
        await house.group("engineers", await house.user("mia"))
        assert (await browser.post(answer)).status == 400
    assert await refusal(house) == "sign_in_replayed"


async def test_one_assertion_posted_many_times_at_once_lets_in_once(houses: Houses) -> None:
    house = await signing(await houses(), **ALONE)
    async with Browser(house) as browser:
        answer = await browser.answer(in_response_to=await browser.begin(), **ENGINEER)
        landed = await asyncio.gather(*(browser.post(answer) for _ in range(8)))
    assert sorted(one.status for one in landed) == [303, *[400] * 7]


async def test_an_answer_counts_only_at_the_browser_that_asked(houses: Houses) -> None:
    house = await signing(await houses(), **ALONE)
    async with Browser(house) as victim, Browser(house) as thief:
        answer = await victim.answer(in_response_to=await victim.begin(), **ENGINEER)
        landed = await thief.post(answer)
    assert landed.status == 403
    assert "began elsewhere" in landed.text
    assert await refusal(house) == "sign_in_other_browser"


async def test_a_request_is_good_for_ten_minutes(houses: Houses) -> None:
    house = await signing(await houses(), **ALONE)
    async with Browser(house) as browser:
        request = await browser.begin()
        house.clock.jump(601)
        assert (await browser.post(await browser.answer(in_response_to=request, **ENGINEER))).status == 400
    assert await refusal(house) == "sign_in_late"


async def test_a_request_of_one_connection_is_nothing_at_another(houses: Houses) -> None:
    house = await houses()
    await house.stop()
    house.connection("other", sign_in={"saml": {"metadata": "file:idp.xml"}}, directory="none")
    house.mapping("other")
    await signing(house, **ALONE)
    async with Browser(house) as browser, Browser(house, "other") as other:
        other.http.cookie_jar.update_cookies(browser.http.cookie_jar.filter_cookies(house.url))  # type: ignore[arg-type]
        answer = await says(house, connection="other", in_response_to=await browser.begin(), **ENGINEER)
        assert (await other.post(answer)).status == 400
    assert (await house.audit("sign_in.refused", connection="other"))[-1].facts["code"] == "sign_in_unknown_request"


async def test_nobody_comes_in_unasked_unless_the_connection_lets_the_idp_begin(houses: Houses) -> None:
    house = await signing(await houses(), **ALONE)
    async with Browser(house) as browser:
        landed = await browser.post(await browser.answer(in_response_to=None, **ENGINEER))
    assert landed.status == 400
    assert 'href="/saml/acme/login"' in landed.text  # beginning here is one click
    assert await refusal(house) == "sign_in_unasked"


async def test_where_the_idp_may_begin_people_land_on_a_fixed_page_whatever_relay_state_says(houses: Houses) -> None:
    house = await signing(await houses(), saml={"idp_initiated": True}, **ALONE)
    async with Browser(house) as browser:
        answer = await browser.answer(in_response_to=None, **ENGINEER)
        landed = await browser.post(answer, RelayState="https://evil.example/")
        assert landed.ticket
        assert "redirect_url" not in landed.query
        assert landed.location.startswith(house.parts.settings.bridge.dashboard_url or "-")
        assert (await browser.post(answer)).status == 400  # and only once


async def test_what_the_idp_began_must_be_minutes_old_at_most(houses: Houses) -> None:
    house = await signing(await houses(), saml={"idp_initiated": True}, **ALONE)
    async with Browser(house) as browser:
        answer = await browser.answer(in_response_to=None, issued=-360, confirmed=600, ends=600, **ENGINEER)
        assert (await browser.post(answer)).status == 400
    assert await refusal(house) == "sign_in_stale"


async def test_whoever_must_be_asked_anew_was_asked_after_we_did(houses: Houses) -> None:
    house = await signing(await houses(), saml={"force_authn": True}, **ALONE)
    async with Browser(house) as browser:
        assert (await browser.come(authenticated=-3600, **ENGINEER)).status == 403
        assert await refusal(house) == "sign_in_not_fresh"
        begun = await browser.get("/saml/acme/login")
        assert begun.request.get("ForceAuthn") == "true"
        answer = await browser.answer(in_response_to=begun.request.get("ID"), authenticated=0, **ENGINEER)
        assert (await browser.post(answer)).ticket


async def test_the_trail_has_the_exact_reason_and_the_page_has_none_of_it(houses: Houses) -> None:
    house = await signing(await houses(), contact="identity@acme.example", **ALONE)
    async with Browser(house) as browser:
        landed = await browser.come(by=signer("stranger"), **ENGINEER)
    event = (await house.audit("sign_in.refused"))[-1]
    assert event.facts["code"].startswith("saml_")
    assert event.facts["issuer"] == IDP
    assert event.request_id is not None
    assert event.request_id in landed.text
    assert "identity@acme.example" in landed.text
    assert str(event.facts["code"]) not in landed.text
    assert "signature" not in landed.text.lower()


async def test_an_accepted_sign_in_is_on_record_with_how_it_was_proved(houses: Houses) -> None:
    house = await signing(await houses(), **ALONE)
    async with Browser(house) as browser:
        await browser.come(seal=Seal(), **ENGINEER)
    event = (await house.audit("sign_in.accepted"))[-1]
    assert event.person is not None
    assert event.subject == "mia@acme.example"
    assert set(event.facts) >= {"issuer", "assertion", "certificate", "signature", "digest", "signed", "by", "answers"}
    assert event.facts["by"] == "created"
    assert "xml" not in str(event.facts).lower().replace("xmldsig", "").replace("xmlenc", "")


async def test_a_flood_of_rubbish_is_counted_and_not_written_down_one_by_one(houses: Houses) -> None:
    house = await signing(await houses(), **ALONE)
    house.clock.next_minute()
    async with Browser(house) as browser:
        for _ in range(EACH_MINUTE + 10):
            assert (await browser.post("rubbish")).status == 403
        assert len(await house.audit("sign_in.refused")) == EACH_MINUTE
        house.clock.jump(60)
        await browser.post("rubbish")
    assert (await house.audit("sign_in.refused"))[-1].facts["unwritten"] == 10


async def test_two_tabs_of_one_browser_do_not_take_each_other_s_turn(houses: Houses) -> None:
    house = await signing(await houses(), **ALONE)
    async with Browser(house) as browser:
        first, second = await browser.begin(), await browser.begin()
        assert (await browser.post(await browser.answer(in_response_to=first, **ENGINEER))).ticket
        assert (await browser.post(await browser.answer(in_response_to=second, **ENGINEER))).ticket


async def test_the_cookie_says_what_browsers_need_for_a_post_from_another_site(houses: Houses) -> None:
    house = await houses()
    await house.stop()
    (house.folder / "config" / "bridge.yaml").write_text(
        "clerk: {calls_per_10s: 100000}\npublic_url: https://bridge.example.com\n", encoding="utf-8"
    )
    await signing(house, **ALONE)
    async with Browser(house) as browser:
        cookie = (await browser.get("/saml/acme/login")).headers["Set-Cookie"]
    assert cookie.startswith("__Host-bridge_sign_in=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=None"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie


@pytest.mark.parametrize(
    "target", ["//evil.example", "/\\evil.example", "https://evil.example", "/a\tb", "javascript:x", "a"]
)
async def test_a_deep_link_leads_nowhere_but_to_the_dashboard(houses: Houses, target: str) -> None:
    house = await signing(await houses(), **ALONE)
    async with Browser(house) as browser:
        async with browser.http.get(f"{house.url}/saml/acme/login", params={"to": target}, allow_redirects=False) as answer:
            assert answer.status == 303
        request = await house.parts.database.read(_last)
        landed = await browser.post(await browser.answer(in_response_to=request, **ENGINEER))
    assert "redirect_url" not in landed.query


def _last(tx: Any) -> str:
    row = tx.one(text("SELECT id, target FROM attempt ORDER BY created DESC LIMIT 1"))
    assert row["target"] is None
    return str(row["id"])


async def test_the_workspace_that_was_wanted_is_the_one_that_opens(houses: Houses) -> None:
    house = await signing(await houses(), **ALONE)
    async with Browser(house) as browser:
        await browser.come(groups=("everything",))
        await browser.come(groups=("everything",), query="?workspace=research")
    tickets = await house.audit("sign_in.ticket")
    assert tickets[-1].facts["organization"] == house.organization("research")
    assert tickets[-2].facts["organization"] == house.organization("production")


async def test_while_clerk_is_away_the_page_tries_again_and_then_lets_in(houses: Houses) -> None:
    house = await signing(await houses(), **ALONE, contact="identity@acme.example")
    async with Browser(house) as browser, Browser(house) as other:
        house.sandbox.control("POST", "faults", {"match": "*", "status": 503, "seconds": 600})
        waiting = await browser.come(**ENGINEER)
        assert waiting.status == 503
        assert waiting.headers["Retry-After"] == "5"
        again = waiting.text.partition("url=")[2].partition('"')[0]
        assert again.startswith("/saml/acme/finish?attempt=")
        still = await browser.get(again)
        assert still.status == 503
        assert "identity@acme.example" in still.text
        assert (await other.get(again)).status == 400  # another browser has nothing to go on with
        house.sandbox.control("DELETE", "faults")
        landed = await browser.get(again)
        assert landed.ticket
        assert (await browser.get(again)).status == 400  # and that was that
    assert house.roles()["mia"] == {"production": "editor"}
    assert len(house.sandbox.state()["users"]) == 1


async def test_who_begins_again_after_a_refusal_gets_where_they_were_going(houses: Houses) -> None:
    house = await signing(await houses(), **ALONE)
    async with Browser(house) as browser, Browser(house) as other:
        nowhere = await browser.come(query="?to=/runs/7%3Ftab%3Dlog")  # no workspace is open to them yet
        assert nowhere.status == 403
        assert 'href="/saml/acme/login?to=%2Fruns%2F7%3Ftab%3Dlog"' in nowhere.text
        request = await browser.begin("?to=/runs/8")
        stolen = await browser.answer(in_response_to=request, **ENGINEER)
        assert 'href="/saml/acme/login"' in (await other.post(stolen)).text  # it is not theirs to know
        house.clock.jump(601)
        late = await browser.answer(in_response_to=request, **ENGINEER)
        assert 'href="/saml/acme/login?to=%2Fruns%2F8"' in (await browser.post(late)).text


async def test_whom_clerk_refuses_at_the_last_step_is_told_so_and_may_begin_again(houses: Houses) -> None:
    house = await signing(await houses(), **ALONE)
    refused = Refusing(house).refuse("POST /v1/sign_in_tokens", 422, "form_param_unknown")
    async with Browser(house) as browser:
        answer = await browser.come(**ENGINEER)
        assert answer.status == 503
        assert "The last step did not work" in answer.text
        assert "/saml/acme/login" in answer.text
        refused.times = 0
        assert (await browser.come(**ENGINEER)).ticket


async def test_a_form_that_is_none_is_refused_with_a_page(houses: Houses) -> None:
    house = await signing(await houses(), **ALONE)
    async with Browser(house) as browser:
        url = f"{house.url}/saml/acme/acs"
        bodies: list[tuple[bytes, str]] = [
            (b"SAMLResponse=a&SAMLResponse=b", "application/x-www-form-urlencoded"),
            (b"", "application/x-www-form-urlencoded"),
            (b"SAMLResponse=" + b"A" * 1_600_000, "application/x-www-form-urlencoded"),
            (b'{"SAMLResponse": "a"}', "application/json"),
            (b"SAMLResponse=%ff", "application/x-www-form-urlencoded"),
            (b"\xff\xfe", "application/x-www-form-urlencoded"),
        ]
        for body, kind in bodies:
            async with browser.http.post(url, data=io.BytesIO(body), headers={"Content-Type": kind}) as answer:
                assert 400 <= answer.status < 500, body[:40]
                assert "request" not in answer.headers.get("Location", "")


async def test_a_connection_that_is_none_looks_like_any_page_that_is_not_there(houses: Houses) -> None:
    house = await signing(await houses(), **ALONE)
    async with Browser(house, "nobody") as browser:
        assert (await browser.get("/saml/nobody/login")).status == 404
        assert (await browser.post("x")).status == 404


async def test_where_people_are_to_be_asked_anew_the_idp_may_begin_only_if_it_just_did(houses: Houses) -> None:
    house = await signing(await houses(), saml={"force_authn": True, "idp_initiated": True}, **ALONE)
    async with Browser(house) as browser:
        assert (await browser.post(await browser.answer(in_response_to=None, authenticated=-3600, **ENGINEER))).status == 403
        assert await refusal(house) == "sign_in_not_fresh"
        assert (await browser.post(await browser.answer(in_response_to=None, authenticated=-60, **ENGINEER))).ticket


async def test_one_address_begins_only_so_many_sign_ins_a_minute(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "EACH_MINUTE", 3)
    house = await signing(await houses(), **ALONE)
    house.clock.next_minute()
    async with Browser(house) as browser:
        for _ in range(3):
            request = await browser.begin()
        refused = await browser.get("/saml/acme/login")
        assert (refused.status, refused.location) == (503, "")
        rows = await house.parts.database.read(lambda tx: tx.one(text("SELECT count(*) AS n FROM attempt")))
        assert rows is not None
        assert rows["n"] == 3
        assert (await browser.post(await browser.answer(in_response_to=request, **ENGINEER))).ticket
        house.clock.jump(60)
        assert await browser.begin()


async def test_who_is_deactivated_while_their_ticket_is_made_gets_none(
    houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await signing(await houses())
    mia = await house.user("mia")
    await house.group("engineers", mia)
    await house.idle()
    make = tickets.create

    async def create(*given: Any, **keys: Any) -> Ticket:
        made = await make(*given, **keys)
        await house.deactivate(mia)
        return made

    monkeypatch.setattr(tickets, "create", create)
    async with Browser(house) as browser:
        landed = await browser.come()
    assert landed.status == 403
    assert "This sign-in was ended" in landed.text
    assert await refusal(house) == "sign_in_ended"
    assert await house.audit("sign_in.ticket") == []
