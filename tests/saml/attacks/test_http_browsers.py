"""Whose browser is it: cookies that are another's, forged or missing; responses pushed into somebody else's browser."""

import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs, urlsplit

from bridge.signin import attempts
from tests.saml.attacks.doors import COOKIE, Visitor, opened
from tests.support.house import House
from tests.support.saml import REQUEST, party, posted, raw, say

Houses = Callable[..., Awaitable[House]]
OTHER = "_" + "0d" * 16
ENGINEER = ("engineers",)


async def test_what_was_stolen_on_its_way_is_nothing_in_the_thiefs_browser(houses: Houses) -> None:
    house = await opened(await houses())
    async with Visitor(house) as victim, Visitor(house) as thief, Visitor(house, secret=None) as bare:
        await victim.begins()
        for visitor in (thief, bare):
            answer = await visitor.posts(say(groups=ENGINEER))
            assert answer.status == 403
            assert not answer.let_in
        assert (await victim.posts(say(groups=ENGINEER))).let_in  # and the victim's own answer still counts


async def test_a_thief_who_has_an_attempt_of_their_own_gains_nothing(houses: Houses) -> None:
    """InResponseTo is signed: what answers the victim's request can't be made to answer the thief's."""
    house = await opened(await houses())
    async with Visitor(house) as victim, Visitor(house) as thief:
        await victim.begins()
        await thief.begins(OTHER)
        stolen = say(groups=ENGINEER)
        assert not (await thief.posts(stolen)).let_in
        renamed = raw(stolen).decode().replace(REQUEST, OTHER, 1)  # the response's own, which nobody signed
        answer = await thief.posts(posted(renamed))
        assert answer.status == 403
        assert not answer.let_in


async def test_nobody_is_signed_in_as_the_attacker_by_a_form_on_another_page(houses: Houses) -> None:
    """Login CSRF: the attacker's own valid response, posted by the victim's browser."""
    house = await opened(await houses())
    async with Visitor(house) as attacker, Visitor(house) as victim, Visitor(house, secret=None) as fresh:
        await attacker.begins(OTHER)
        await victim.begins()
        theirs = say(name_id="mallory@acme.test", in_response_to=OTHER, groups=ENGINEER)
        for visitor in (victim, fresh):
            assert not (await visitor.posts(theirs)).let_in
        assert (await victim.posts(say(groups=ENGINEER))).let_in


async def test_an_assertion_that_nobody_asked_for_is_refused_unless_it_is_wanted(houses: Houses) -> None:
    house = await opened(await houses())
    async with Visitor(house) as visitor:
        await visitor.begins()
        answer = await visitor.posts(say(in_response_to=None, groups=ENGINEER))
        assert answer.status == 400
        assert not answer.let_in


FORGED = ("", "x", "a" * 42, "a" * 43, "a" * 44, "a" * 5_000, "../" * 14 + "a", '"a"', "ä" * 43)


async def test_a_cookie_that_was_made_up_opens_nothing(houses: Houses) -> None:
    house = await opened(await houses())
    async with Visitor(house) as victim, Visitor(house, secret=None) as thief:
        await victim.begins()
        for forged in FORGED:
            cookie = f"{COOKIE}={forged}".encode().decode("latin-1")
            answer = await thief.asks(
                "POST", "/saml/acme/acs", headers={"Cookie": cookie}, data={"SAMLResponse": say(groups=ENGINEER)}
            )
            assert 400 <= answer.status < 500, forged
            assert not answer.let_in, forged
        assert (await victim.posts(say(groups=ENGINEER))).let_in


async def test_the_hash_that_is_kept_of_a_cookie_is_no_cookie(houses: Houses) -> None:
    """Somebody who has read our database can't come in by it."""
    house = await opened(await houses())
    async with Visitor(house) as victim:
        await victim.begins()
        assert victim.secret is not None
        async with Visitor(house, secret=attempts.digest(victim.secret)) as thief:
            assert not (await thief.posts(say(groups=ENGINEER))).let_in


async def test_an_answer_to_one_connections_request_is_none_at_another(houses: Houses) -> None:
    house = await opened(await houses())
    async with Visitor(house) as visitor:
        await visitor.begins(connection="beta")
        for to in (party("acme"), party("beta")):
            assert not (await visitor.posts(say(to=to, groups=ENGINEER))).let_in  # the request was beta's
        assert not (await visitor.posts(say(to=party("acme")), connection="beta")).let_in


async def test_a_response_has_one_turn_even_with_another_attempt_and_browser(houses: Houses) -> None:
    house = await opened(await houses())
    async with Visitor(house) as visitor, Visitor(house) as other:
        await visitor.begins()
        message = say(groups=ENGINEER)
        assert (await visitor.posts(message)).let_in
        for each in (visitor, other):
            answer = await each.posts(message)
            assert answer.status == 400
            assert not answer.let_in


async def test_the_same_assertion_in_another_response_is_a_replay(houses: Houses) -> None:
    """What is remembered is the signed assertion's id: the response around it is anybody's."""
    house = await opened(await houses())
    async with Visitor(house) as visitor:
        await visitor.begins()
        message = say(groups=ENGINEER)
        assert (await visitor.posts(message)).let_in
        again = raw(message).decode().replace('ID="_r', 'ID="_x', 1)
        answer = await visitor.posts(posted(again))
        assert answer.status == 400
    [*_, last] = await house.audit("sign_in.refused")
    assert last.facts["code"] == "sign_in_replayed"


async def test_another_browser_can_not_finish_what_one_began(houses: Houses) -> None:
    house = await opened(await houses())
    async with Visitor(house) as visitor, Visitor(house) as thief, Visitor(house, secret=None) as bare:
        await visitor.begins()
        house.sandbox.control("POST", "faults", {"match": "*", "status": 503, "seconds": 600})
        assert (await visitor.posts(say(groups=ENGINEER))).status == 503
        house.sandbox.control("DELETE", "faults")
        for each in (thief, bare):
            answer = await each.asks("GET", f"/saml/acme/finish?attempt={REQUEST}")
            assert answer.status == 400
            assert not answer.let_in
        assert (await visitor.asks("GET", f"/saml/acme/finish?attempt={REQUEST}")).let_in


async def test_a_login_is_bound_to_a_cookie_that_other_hosts_can_not_set(houses: Houses) -> None:
    house = await opened(await houses())
    async with Visitor(house, secret=None) as visitor:
        answer = await visitor.asks("GET", "/saml/acme/login")
    assert answer.status == 303
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-")
    assert all(part in cookie for part in ("Secure", "HttpOnly", "SameSite=None", "Path=/"))
    assert "Domain" not in cookie


async def test_a_response_for_a_request_that_is_ten_minutes_old_is_late(houses: Houses) -> None:
    house = await opened(await houses())
    async with Visitor(house) as visitor:
        await visitor.begins()
        house.clock.jump(601)
        answer = await visitor.posts(say(now=house.clock(), groups=ENGINEER))
        assert answer.status == 400
        assert not answer.let_in


async def test_two_cookies_of_one_name_are_no_way_to_be_two_browsers(houses: Houses) -> None:
    house = await opened(await houses())
    async with Visitor(house) as victim, Visitor(house, secret=None) as thief:
        await victim.begins()
        own = secrets.token_urlsafe(32)
        for pair in (f"{COOKIE}={own}; {COOKIE}={own[::-1]}", f"x={victim.secret}; {COOKIE}={own}"):
            answer = await thief.asks(
                "POST", "/saml/acme/acs", headers={"Cookie": pair}, data={"SAMLResponse": say(groups=ENGINEER)}
            )
            assert not answer.let_in


async def test_a_ticket_goes_to_the_dashboard_and_no_cache_or_referrer_keeps_it(houses: Houses) -> None:
    house = await opened(await houses())
    async with Visitor(house) as visitor:
        await visitor.begins()
        answer = await visitor.posts(say(groups=ENGINEER))
    assert answer.status == 303
    assert urlsplit(answer.location).netloc == "dashboard.test"
    assert set(parse_qs(urlsplit(answer.location).query)) == {"__clerk_ticket"}
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
