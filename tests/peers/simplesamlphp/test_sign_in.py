"""Whole sign-ins with SimpleSAMLphp: a browser, our service, the sandbox, on both engines; in from either side, and out."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.peers import acme as whole
from tests.peers.acme import Acme
from tests.peers.browser import Browser
from tests.peers.simplesamlphp.idp import SimpleSamlPhp
from tests.peers.simplesamlphp.test_gate import KINDS
from tests.sessions.watched import HOUR, judged, live
from tests.support.house import House

FAILED = "Unsuccessful logout. Status was: "  # in its log
LOGOUTS = {"validate__logout": True}  # it takes no message of ours about a logout that we did not sign
Opened = Callable[..., Awaitable[Acme]]


@pytest.fixture
def acme(houses: Callable[..., Awaitable[House]], idp: SimpleSamlPhp) -> Opened:
    idp.person("mia", "engineers", "scientists")
    idp.person("ben", "nobody knows this one")

    async def make(**options: Any) -> Acme:
        return await whole.opened(houses, idp, **options)

    return make


@pytest.mark.parametrize("kind", KINDS)
async def test_a_first_sign_in_makes_the_user_and_lands_where_they_wanted(acme: Opened, kind: str) -> None:
    options, signed = KINDS[kind]
    at = await acme(there=options, require_encryption=kind.startswith("encrypted"))
    async with Browser() as browser:
        page = await at.sign_in(browser)
        assert urlsplit(page.url).path == "/dashboard/reports"
        shown = await at.shown(browser)
    assert shown is not None
    assert at.house.roles()["mia"] == {"production": "editor", "research": "editor"}
    (event,) = await at.house.audit("sign_in.accepted")
    assert (event.facts["signed"], event.facts["encryption"] is not None) == (signed, kind.startswith("encrypted"))


async def test_somebody_whom_the_rules_give_nothing_sees_a_page_and_becomes_nobody_at_clerk(acme: Opened) -> None:
    at = await acme()
    async with Browser() as browser:
        page = await at.sign_in(browser, "ben")
        assert (page.status, await at.shown(browser)) == (403, None)
    assert "No access yet" in page.text
    assert "ben" not in at.house.roles()


async def test_a_second_sign_in_asks_for_no_password_and_follows_what_the_idp_tells_now(acme: Opened) -> None:
    at = await acme()
    async with Browser() as browser:
        await at.sign_in(browser)
        at.idp.person("mia", "scientists")
        assert not await at.asked(browser)
        await at.sign_in(browser)
    async with Browser() as browser:
        await at.sign_in(browser)
    await at.house.idle()
    assert at.house.roles()["mia"] == {"research": "editor"}


async def test_one_that_begins_there_lands_on_the_dashboard_where_that_is_wanted(acme: Opened) -> None:
    at = await acme(idp_initiated=True)
    async with Browser() as browser:
        page = await at.sign_in(browser, begin=at.idp.begin(at.base, "https://evil.test/"))
        assert page.url == at.dashboard
        assert await at.shown(browser) is not None


async def test_one_that_begins_there_gets_nobody_in_where_it_is_not(acme: Opened) -> None:
    at = await acme()
    async with Browser() as browser:
        page = await at.sign_in(browser, begin=at.idp.begin(at.base))
        assert (page.status, await at.shown(browser)) == (400, None)
    assert at.house.sandbox.state()["sessions"] == []
    assert [event.facts["code"] for event in await at.house.audit("sign_in.refused")] == ["sign_in_unasked"]


@pytest.mark.parametrize("sign", [True, False])
async def test_an_idp_that_wants_signed_requests_takes_ours_if_we_sign(acme: Opened, sign: bool) -> None:
    at = await acme(there={"validate__authnrequest": True}, sign_requests=sign)
    async with Browser() as browser:
        page = await browser.get(f"{at.base}/login")
    assert ("password" in page.form.fields) is sign
    assert ("no signature found on message" in page.text) is not sign


async def test_a_session_ends_when_the_idp_says_that_it_must(acme: Opened) -> None:
    at = await acme()
    async with Browser() as browser:
        await at.sign_in(browser)
    at.house.clock.jump(8 * HOUR - 300)  # as long as a session lasts there, by its own configuration
    await judged(at.house)
    assert len(live(at.house)) == 1
    at.house.clock.jump(600)

    async def over() -> bool:
        return [event.facts["why"] for event in await at.house.audit("session.expired")] == ["idp"]

    await at.house.until(over)
    assert live(at.house) == set()


async def test_a_response_counts_once(acme: Opened) -> None:
    at = await acme()
    async with Browser() as browser:
        posting = await at.posting(browser)
        assert (await browser.submit(posting)).status == 200
        again = await browser.submit(posting)
    assert again.status == 400
    assert len(live(at.house)) == 1


async def test_a_response_opens_nothing_in_another_browser(acme: Opened) -> None:
    at = await acme()
    async with Browser() as hers, Browser() as other:
        posting = await at.posting(hers)
        await other.get(f"{at.base}/login")
        assert (await other.submit(posting)).status == 403
    assert at.house.sandbox.state()["sessions"] == []


async def test_who_signs_out_there_is_signed_out_here_and_it_believes_us(acme: Opened) -> None:
    at = await acme(there=LOGOUTS)
    async with Browser() as browser:
        await at.sign_in(browser)
        (session,), before = live(at.house), len(at.idp.log())
        page = await browser.get(at.idp.logout)
        assert page.url == at.idp.signed_out
        assert FAILED not in at.idp.log()[before:]
        assert live(at.house) == set()
        assert await at.shown(browser) is None
        assert await at.asked(browser)
    (event,) = await at.house.audit("sign_out")
    assert (event.facts["by"], event.facts["sign_ins"]) == ("idp", 1)
    assert [one.facts["session"] for one in await at.house.audit("session.revoked")] == [session]


async def test_who_signs_out_there_while_clerk_is_away_is_told_so_and_signed_out_later(acme: Opened) -> None:
    at = await acme(there=LOGOUTS)
    async with Browser() as browser:
        await at.sign_in(browser)
        at.house.sandbox.fault(match="POST /v1/sessions/*", status=503, times=1)
        before = len(at.idp.log())
        await browser.get(at.idp.logout)
        assert FAILED in at.idp.log()[before:]
    assert len(live(at.house)) == 1
    at.house.clock.jump(120)

    async def over() -> bool:
        return live(at.house) == set()

    await at.house.until(over)


async def test_who_signs_out_here_is_signed_out_there_and_comes_back(acme: Opened) -> None:
    at = await acme(there=LOGOUTS)
    async with Browser() as browser:
        await at.sign_in(browser)
        page = await browser.get(f"{at.base}/logout?to=/reports")
        assert page.url == f"{at.dashboard}/sign-in?redirect_url=%2Freports"
        assert live(at.house) == set()
        assert await at.shown(browser) is None
        assert await at.asked(browser)


async def test_who_signs_out_of_one_connection_is_signed_out_of_the_other_one_of_their_idp(acme: Opened) -> None:
    at = await acme(there=LOGOUTS)
    labs = await at.also("labs")
    async with Browser() as browser:
        await at.sign_in(browser)
        page = await labs.sign_in(browser)
        assert urlsplit(page.url).path == "/dashboard/reports", page.text
        before = len(at.idp.log())
        page = await browser.get(f"{at.base}/logout?to=/reports")
        assert page.url == f"{at.dashboard}/sign-in?redirect_url=%2Freports"
        assert FAILED not in at.idp.log()[before:]
    assert live(at.house) == set()
    told = {name: await at.house.audit("sign_out", connection=name) for name in ("acme", "labs")}
    assert {name: [one.facts["by"] for one in events] for name, events in told.items()} == {
        "acme": ["person"],
        "labs": ["idp"],
    }
