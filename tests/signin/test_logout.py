"""Single logout against the whole service, on both engines: whose sessions end, what the IdP hears, where browsers land."""

import time
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from urllib.parse import quote

import pytest

from bridge.provisioning.sessions import patrol
from bridge.signin import attempts
from tests.sessions.test_sessions_command import redeemed
from tests.sessions.watched import LOOKS, REVOCATIONS, Houses, calls, judged, live, person
from tests.signin.leaving import NS, SLO, Browser, opened, request, response
from tests.support.house import House
from tests.support.saml.keys import signer

TAKEN_BACK = "POST /v1/sign_in_tokens/{sign_in_token_id}/revoke"
DASHBOARD = "http://127.0.0.1:8081/dashboard/sign-in"  # of the sandbox, where bridge.yaml names none
Opened = Callable[..., Awaitable[House]]


@pytest.fixture
def acme(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> Opened:
    """A house whose patrol goes round often, and a sandbox that goes by its clock."""
    monkeypatch.setattr(patrol, "EVERY", 0.05)

    async def make(**saml: object) -> House:
        house = await opened(houses, **saml)
        clock = SimpleNamespace(**vars(time) | {"time_ns": lambda: house.clock() * 1_000_000})
        for module in ("frontend", "peer", "clerk.api"):
            monkeypatch.setattr(f"bridge.sandbox.{module}.time", clock)
        return house

    return make


async def _nobody(_: patrol.Patrol) -> list[int]:
    return []


async def settled(house: House) -> None:
    """No ticket is good any more, and nobody looks at anybody for its sake."""
    house.clock.jump(120)
    await judged(house)
    house.sandbox.reset_calls()


# --- the IdP says so


async def test_who_signs_out_at_the_idp_is_signed_out_here_before_it_is_told_so(acme: Opened) -> None:
    house = await acme()
    elsewhere = await house.sign_in("mia")
    house.clock.jump(3600)
    await Browser(house).sign_in()
    (session,) = live(house) - {elsewhere}
    await settled(house)
    answer = await Browser(house).slo(await request(house, "mia", "s1", id="_request", state="what/it wants+back"))
    assert live(house) == {elsewhere}
    assert answer.success
    assert answer.message("SAMLResponse").get("InResponseTo") == "_request"
    assert answer.relay_state == "what/it wants+back"
    assert answer.response.headers["Cache-Control"] == "no-store"
    assert (calls(house, LOOKS), calls(house, REVOCATIONS)) == (1, 1)
    (event,) = await house.audit("sign_out")
    assert (event.person, event.facts["by"], event.facts["sign_ins"]) == (await person(house, "mia"), "idp", 1)
    (ended,) = await house.audit("session.revoked")
    assert (ended.facts["session"], ended.facts["why"]) == (session, "logout")
    await judged(house)
    assert calls(house, LOOKS) == 1


async def test_a_session_index_ends_that_session_and_none_ends_all_of_that_person(acme: Opened) -> None:
    house = await acme()
    await Browser(house).sign_in(index="s1")
    (first,) = live(house)
    house.clock.jump(3600)
    await Browser(house).sign_in(index="s2")
    assert len(live(house)) == 2
    await settled(house)
    assert (await Browser(house).slo(await request(house, "mia", "s2"))).success
    assert live(house) == {first}
    house.clock.jump(3600)
    await Browser(house).sign_in(index="s3")
    assert (await Browser(house).slo(await request(house, "mia"))).success
    assert live(house) == set()


async def test_a_ticket_that_nobody_used_yet_is_taken_back(acme: Opened) -> None:
    house = await acme()
    await Browser(house).sign_in(use=False)
    house.sandbox.reset_calls()
    assert (await Browser(house).slo(await request(house, "mia", "s1"))).success
    assert house.sandbox.calls() == {TAKEN_BACK: 1, LOOKS: 1}
    await settled(house)
    assert house.sandbox.calls() == {}


async def test_a_ticket_of_somebody_who_is_deactivated_opens_nothing_any_more(acme: Opened) -> None:
    house = await acme()
    await Browser(house).sign_in()
    entry = await house.parts.finish.by_ticket(await person(house, "mia"), "acme")
    (mia,) = (await house.scim("GET", "/Users"))[1]["Resources"]
    await house.deactivate(mia["id"])
    await house.idle()
    assert calls(house, TAKEN_BACK) == 2  # the first was used by then, and that is no trouble
    with pytest.raises(AssertionError, match="sign_in_token_revoked_code"):
        await redeemed(house, entry.ticket.token)
    assert live(house) == set()


@pytest.mark.parametrize(("name", "index"), [("ben", "s1"), ("mia", "another")])
async def test_whom_we_did_not_sign_in_we_cannot_sign_out_and_the_idp_is_told_so(
    acme: Opened, name: str, index: str
) -> None:
    house = await acme()
    await Browser(house).sign_in()
    sessions = live(house)
    answer = await Browser(house).slo(await request(house, name, index))
    assert not answer.success
    assert live(house) == sessions
    (event,) = await house.audit("sign_out")
    assert (event.person, event.facts["sign_ins"]) == (None, 0)


async def test_a_request_counts_once(acme: Opened) -> None:
    house = await acme()
    await Browser(house).sign_in()
    query = await request(house, "mia")
    assert (await Browser(house).slo(query)).success
    house.clock.jump(100)
    await Browser(house).sign_in()
    sessions = live(house)
    again = await Browser(house).slo(query)
    assert again.status == 400
    assert "Location" not in again.response.headers
    assert live(house) == sessions
    (event,) = await house.audit("sign_out.refused")
    assert event.facts["code"] == "slo_replayed"
    assert event.request_id == again.response.headers["X-Request-Id"]


async def test_a_request_that_the_idp_did_not_sign_ends_nothing_and_its_page_tells_no_detail(acme: Opened) -> None:
    house = await acme()
    await Browser(house).sign_in()
    sessions = live(house)
    signed = await request(house, "mia", by=signer("somebody else"))
    for query in (signed, signed.partition("&SigAlg")[0], "SAMLRequest=%00", "SAMLRequest=a&SAMLResponse=b", ""):
        answer = await Browser(house).slo(query)
        assert answer.status == 400
        assert answer.response.headers["X-Request-Id"] in answer.text
        assert not {"signature", "certificate", "key", "malformed"} & set(answer.text.partition("<h1>")[2].split())
    assert live(house) == sessions
    assert len(await house.audit("sign_out.refused")) == 5


async def test_while_clerk_is_away_the_idp_is_told_that_it_did_not_work_and_the_sessions_end_later(acme: Opened) -> None:
    house = await acme()
    await Browser(house).sign_in()
    await settled(house)
    house.sandbox.fault(match="*", status=503, times=4)
    assert not (await Browser(house).slo(await request(house, "mia", "s1"))).success
    house.clock.jump(11)
    await judged(house)
    assert live(house) == set()
    assert [event.facts["why"] for event in await house.audit("session.revoked")] == ["logout"]


async def test_the_idp_may_ask_again_after_clerk_was_away_and_is_told_that_it_is_done(
    acme: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await acme()
    await Browser(house).sign_in()
    await settled(house)
    monkeypatch.setattr(patrol.Patrol, "_due", _nobody)  # the refusal is for us to meet
    house.sandbox.fault(match="*", status=503, times=1)
    assert not (await Browser(house).slo(await request(house, "mia", "s1"))).success
    assert (await Browser(house).slo(await request(house, "mia", "s1"))).success
    assert live(house) == set()


async def test_what_is_posted_to_the_address_is_refused_and_so_is_a_look_ahead(acme: Opened) -> None:
    house = await acme()
    await Browser(house).sign_in()
    theirs = Browser(house)
    await theirs.sign_in()
    sessions = live(house)
    for method in ("POST", "HEAD", "PUT"):
        answer = await theirs.get(f"/saml/acme/slo?{await request(house, 'mia')}", method=method)
        assert answer.status == 405
    assert (await theirs.get("/saml/acme/logout", method="HEAD")).status == 405
    assert live(house) == sessions


@pytest.mark.parametrize("connection", ["acme", "nobody"])
async def test_where_single_logout_is_off_nobody_answers_but_one_can_sign_out_here(acme: Opened, connection: str) -> None:
    house = await acme(single_logout=False)
    theirs = Browser(house)
    await theirs.sign_in()
    assert (await theirs.get(f"/saml/{connection}/slo?{await request(house, 'mia')}")).status == 404
    answer = await theirs.get(f"/saml/{connection}/logout")
    if connection == "nobody":
        assert answer.status == 404
        return
    assert answer.status == 200
    assert "The sign-in service of Acme may still know you" in answer.text
    assert live(house) == set()


# --- somebody signs out here


async def test_who_signs_out_here_is_signed_out_then_sent_to_the_idp_and_lands_where_they_wanted(acme: Opened) -> None:
    house = await acme()
    theirs = Browser(house)
    await theirs.sign_in()
    await settled(house)
    answer = await theirs.get(f"/saml/acme/logout?to={quote('/reports?of=2026')}")
    assert live(house) == set()
    assert answer.status == 303
    assert answer.location.startswith(f"{SLO}?")
    asked = answer.message("SAMLRequest")
    assert asked.findtext("a:NameID", namespaces=NS) == "mia@acme.example"
    assert asked.findtext("p:SessionIndex", namespaces=NS) == "s1"
    back = await theirs.slo(await response(house, asked.get("ID")))
    assert back.status == 303
    assert back.location == f"{DASHBOARD}?redirect_url={quote('/reports?of=2026', safe='')}"
    (event,) = await house.audit("sign_out")
    assert event.facts == {"by": "person", "sign_ins": 1}


async def test_an_answer_opens_nothing_in_another_browser_nor_twice(acme: Opened) -> None:
    house = await acme()
    theirs = Browser(house)
    await theirs.sign_in()
    asked = (await theirs.get("/saml/acme/logout?to=/reports")).message("SAMLRequest")
    query = await response(house, asked.get("ID"))
    for browser, status in ((Browser(house), 200), (theirs, 303), (theirs, 200)):
        answer = await browser.slo(query)
        assert answer.status == status
        assert ("reports" in str(answer.response.headers) + answer.text) == (status == 303)


async def test_where_the_idp_could_not_end_everything_that_is_said(acme: Opened) -> None:
    house = await acme()
    theirs = Browser(house)
    await theirs.sign_in()
    asked = (await theirs.get("/saml/acme/logout")).message("SAMLRequest")
    answer = await theirs.slo(await response(house, asked.get("ID"), success=False))
    assert answer.status == 200
    assert "could not sign you out everywhere else" in answer.text


@pytest.mark.parametrize(
    "target",
    ["//evil.test/", "https://evil.test/", "/\\evil.test", "\\/evil.test", "javascript:alert(1)", "/a b", "/\r\nX: y", ""],
)
async def test_nobody_is_led_anywhere_else_by_an_address_of_ours(acme: Opened, target: str) -> None:
    house = await acme()
    theirs = Browser(house)
    nobody = await theirs.get(f"/saml/acme/logout?to={quote(target, safe='')}")
    assert nobody.location == DASHBOARD
    await theirs.sign_in()
    asked = (await theirs.get(f"/saml/acme/logout?to={quote(target, safe='')}")).message("SAMLRequest")
    back = await theirs.slo(await response(house, asked.get("ID")))
    assert back.location == DASHBOARD


async def test_another_device_of_theirs_stays_signed_in(acme: Opened) -> None:
    house = await acme()
    laptop, phone = Browser(house), Browser(house)
    await laptop.sign_in(index="s1")
    sessions = live(house)
    house.clock.jump(3600)
    await phone.sign_in(index="s2")
    answer = await phone.get("/saml/acme/logout")
    assert answer.message("SAMLRequest").findtext("p:SessionIndex", namespaces=NS) == "s2"
    assert live(house) == sessions


async def test_another_browser_signs_nobody_out(acme: Opened) -> None:
    house = await acme()
    await Browser(house).sign_in()
    sessions = live(house)
    assert (await Browser(house).get("/saml/acme/logout")).status == 303
    assert live(house) == sessions
    assert await house.audit("sign_out") == []


async def test_without_an_endpoint_at_the_idp_one_is_signed_out_here_and_told_so(acme: Opened) -> None:
    house = await acme(slo=False)
    theirs = Browser(house)
    await theirs.sign_in()
    answer = await theirs.get("/saml/acme/logout")
    assert live(house) == set()
    assert answer.status == 200
    assert "may still know you" in answer.text


async def test_while_clerk_is_away_the_page_says_so_and_trying_again_goes_on_to_the_idp(
    acme: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await acme()
    theirs = Browser(house)
    await theirs.sign_in()
    await settled(house)
    monkeypatch.setattr(patrol.Patrol, "_due", _nobody)  # the refusal is for us to meet
    house.sandbox.fault(match="*", status=503, times=1)
    answer = await theirs.get("/saml/acme/logout?to=/reports")
    assert answer.status == 503
    assert answer.response.headers["Retry-After"] == "5"
    assert 'href="/saml/acme/logout?to=/reports"' in answer.text
    again = await theirs.get("/saml/acme/logout?to=/reports")
    assert live(house) == set()
    assert again.location.startswith(SLO)


async def test_an_assertion_that_answers_a_logout_finds_no_attempt(acme: Opened) -> None:
    house = await acme()
    theirs = Browser(house)
    await theirs.sign_in()
    asked, now = (await theirs.get("/saml/acme/logout")).message("SAMLRequest"), house.clock()
    id, browser = asked.get("ID"), attempts.digest(theirs.secret)
    database = house.parts.database
    assert await database.write(lambda tx: attempts.expected(tx, "acme", id, browser, now=now)) is None
    assert await database.write(lambda tx: attempts.left(tx, "acme", id, browser, now=now)) is not None
