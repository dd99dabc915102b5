"""`inferpipe-bridge sessions`: devices, and the end of them, beside a running service."""

from typing import Any

import pytest
from aiohttp import ClientSession

from bridge.people import tickets
from bridge.sandbox.testing import RunningSandbox
from scim.ports import Tx
from tests.sessions.watched import HOUR, LOOKS, REVOCATIONS, Houses, calls, engineer, later, limits, live, person
from tests.support import command_line
from tests.support.house import House

CHROME = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36"


@pytest.fixture(autouse=True)
def silence(quiet: None) -> None:
    """What a command prints is its own."""


async def told(house: House, *words: str) -> Any:
    return await command_line.json(house, "sessions", "mia@acme.example", *words)


async def redeemed(house: House, ticket: str) -> None:
    """A browser signs in with it."""
    headers = {"User-Agent": CHROME, "CF-Connecting-IP": "203.0.113.7", "CF-IPCity": "Berlin", "CF-IPCountry": "DE"}
    url, form = f"{house.sandbox.url}/v1/client/sign_ins", {"strategy": "ticket", "ticket": ticket}
    async with ClientSession(headers=headers) as http, http.post(url, data=form) as answer:
        assert answer.status == 200, await answer.text()


async def test_it_shows_devices_with_places_times_workspace_and_end(houses: Houses) -> None:
    house = await houses(**limits(max_age="12h"))
    await engineer(house)
    session = await house.sign_in("mia", "production")
    (one,) = (await told(house))["sessions"]
    assert (one["id"], one["status"], one["workspace"]) == (session, "active", "production")
    seen = house.sandbox.state()["sessions"][0]["latest_activity"]
    assert one["device"]["browser"] == seen["browser_name"] is not None
    assert one["device"]["address"] == seen["ip_address"] == "127.0.0.1"
    assert (one["ends"], one["ends_by"]) == (one["since"] + 12 * HOUR * 1000, "max_age")
    text = await command_line.run(house, "sessions", "mia@acme.example")
    assert text.startswith("session ")
    assert f"{session}  {seen['browser_name']} {seen['browser_version']}  " in text
    assert "production" in text
    assert "(max_age)" in text


async def test_without_limits_clerk_ends_a_session_some_day(houses: Houses) -> None:
    house = await houses()
    await engineer(house)
    await house.sign_in("mia")
    (one,) = (await told(house))["sessions"]
    assert one["ends_by"] == "clerk"
    assert one["workspace"] is None


async def test_it_tells_whether_a_session_came_through_us(houses: Houses) -> None:
    house = await houses()
    await engineer(house)
    await house.sign_in("mia")
    pk, now = await person(house, "mia"), house.clock()
    assert [one["through_us"] for one in (await told(house))["sessions"]] == [False]

    def remember(tx: Tx) -> None:
        tx.together(tickets.remembering("sit_1", pk, "acme", created=now - 1000, expires=now + 59_000))

    await house.parts.database.write(remember)
    assert [(one["through_us"], one["connection"]) for one in (await told(house))["sessions"]] == [(True, "acme")]


async def test_a_sign_in_by_our_ticket_shows_its_device_and_costs_one_look_in_max_age(houses: Houses) -> None:
    house = await houses(**limits(max_age="12h"))
    await engineer(house)
    entry = await house.parts.finish.by_ticket(await person(house, "mia"), "acme")
    await redeemed(house, entry.ticket.token)
    (one,) = (await told(house))["sessions"]
    assert (one["connection"], one["workspace"]) == ("acme", "production")
    assert one["device"] == {
        "kind": "Macintosh",
        "mobile": False,
        "browser": "Chrome",
        "version": "126.0.0.0",
        "address": "203.0.113.7",
        "city": "Berlin",
        "country": "DE",
    }
    text = await command_line.run(house, "sessions", "mia@acme.example")
    assert "Chrome 126.0.0.0  Berlin, DE  203.0.113.7" in text
    house.sandbox.reset_calls()
    await later(house, 11 * HOUR)
    assert len(live(house)) == 1
    await later(house, HOUR + 60)
    assert live(house) == set()
    assert (calls(house, LOOKS), calls(house, REVOCATIONS)) == (1, 1)


async def test_one_session_is_ended_and_the_trail_names_who_did_it(houses: Houses) -> None:
    house = await houses()
    await engineer(house)
    ids = [await house.sign_in("mia") for _ in range(2)]
    house.sandbox.reset_calls()
    answer = await told(house, "--revoke", ids[0])
    assert answer["revoked"] == [ids[0]]
    assert live(house) == {ids[1]}
    assert (calls(house, LOOKS), calls(house, REVOCATIONS)) == (1, 1)
    (event,) = await house.audit("session.revoked")
    assert event.actor.startswith("cli:")
    assert event.facts == {"session": ids[0]}
    assert event.person == await person(house, "mia")


async def test_all_sessions_are_ended_for_one_call_and_one_more_each(houses: Houses) -> None:
    house = await houses()
    await engineer(house)
    ids = [await house.sign_in("mia") for _ in range(3)]
    house.sandbox.reset_calls()
    text = await command_line.run(house, "sessions", "mia@acme.example", "--revoke-all")
    assert text == "3 sessions ended. What a browser holds already is good for another minute.\n"
    assert live(house) == set()
    assert (calls(house, LOOKS), calls(house, REVOCATIONS)) == (1, 3)
    assert {event.facts["session"] for event in await house.audit("session.revoked")} == set(ids)
    assert await command_line.run(house, "sessions", "mia@acme.example") == "mia@acme.example is signed in nowhere.\n"


async def test_a_session_of_somebody_else_is_not_ended(houses: Houses) -> None:
    house = await houses()
    await engineer(house)
    await engineer(house, "eve")
    await house.group(
        "scientists", (await house.scim("GET", '/Users?filter=userName eq "eve@acme.example"'))[1]["Resources"][0]["id"]
    )
    await house.idle()
    theirs = await house.sign_in("eve")
    text = await command_line.run(house, "sessions", "mia@acme.example", "--revoke", theirs, code=1)
    assert f"mia@acme.example has no live session {theirs}." in text
    assert live(house) == {theirs}


async def test_who_was_given_nothing_has_no_user_at_clerk_and_is_told_so(houses: Houses) -> None:
    house = await houses()
    await house.user("mia")
    await house.idle()
    text = await command_line.run(house, "sessions", "mia@acme.example", code=1)
    assert "Nothing was given to this person yet: they have no Clerk user." in text


async def test_while_clerk_is_away_the_command_says_so_in_a_sentence(houses: Houses, sandbox: RunningSandbox) -> None:
    house = await houses()
    await engineer(house)
    await house.parts.reconciler.stop()
    sandbox.stop()
    text = await command_line.run(house, "sessions", "mia@acme.example", code=1)
    assert text.startswith("Error: ")
    assert "Traceback" not in text
    assert len(text.splitlines()) <= 3


async def test_one_and_all_at_once_is_a_misunderstanding(houses: Houses) -> None:
    house = await houses()
    text = await command_line.run(house, "sessions", "mia", "--revoke", "sess_1", "--revoke-all", code=2)
    assert "say one of them" in text
