"""Sessions at Clerk in the audit trail, the limits of sessions, and alarms about sign-ins that did not come through us."""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from sqlalchemy import text

from bridge import metrics
from bridge.people import tickets
from tests.support.house import House

Houses = Callable[..., Awaitable[House]]
ALARM = {"sign_in": {"elsewhere": "alarm"}}
_PERSON = text("SELECT pk, sessions_due FROM person WHERE clerk_user = :user")


async def _member(houses: Houses, **keys: Any) -> House:
    """A house that hears, with an editor of Production."""
    house = await houses(**keys)
    house.hear()
    await house.group("engineers", await house.user("mia"))
    await house.heard()
    return house


async def _person(house: House) -> Any:
    user = house.clerk_user("mia")["id"]
    return await house.parts.database.read(lambda tx: tx.one(_PERSON, user=user))


async def _ticket(house: House, *, seconds_ago: float) -> None:
    """Made for Mia so long ago."""
    person, at = (await _person(house))["pk"], house.clock() - int(seconds_ago * 1000)
    await house.parts.database.write(
        lambda tx: tx.together(tickets.remembering(f"sit_{at}", person, "acme", created=at, expires=at + 60_000))
    )


async def test_a_sign_in_stands_in_the_trail_with_its_device(houses: Houses) -> None:
    house = await _member(houses)
    session = await house.sign_in("mia", "production")
    await house.heard()
    (event,) = await house.audit("session.started")
    assert (event.actor, event.person) == ("webhook", (await _person(house))["pk"])
    assert event.facts["session"] == session
    assert event.facts["address"] == "127.0.0.1"
    assert event.facts["browser"].startswith(house.sandbox.state()["sessions"][0]["latest_activity"]["browser_name"])
    assert event.facts["workspace"] == house.organization("production")


async def test_the_end_of_a_session_stands_in_the_trail(houses: Houses) -> None:
    house = await _member(houses)
    session = await house.sign_in("mia")
    await house.clerk("POST", f"/sessions/{session}/revoke")
    await house.heard()
    (event,) = await house.audit("session.ended")
    assert (event.facts["session"], event.facts["how"]) == (session, "revoked")


async def test_a_sign_in_makes_the_limits_of_sessions_be_judged(houses: Houses) -> None:
    house = await _member(houses, sign_in={"sessions": {"max_age": "12h"}})
    await house.sign_in("mia")
    await house.heard()

    async def watched() -> bool:
        return (await _person(house))["sessions_due"] is not None

    await house.until(watched)


async def test_sessions_of_strangers_leave_nothing(houses: Houses) -> None:
    house = await _member(houses, **ALARM)
    stranger = await house.clerk("POST", "/users", {"email_address": ["eve@elsewhere.example"]})
    await house.clerk("POST", "/sessions", {"user_id": stranger["id"]})
    await house.heard()
    assert await house.audit("session.started") == []
    assert await house.audit("session.elsewhere") == []


async def test_a_sign_in_past_us_is_an_alarm_where_it_is_to_be_one(houses: Houses) -> None:
    counted = metrics.sign_ins_elsewhere.labels("acme")
    before = counted._value.get()
    with structlog.testing.capture_logs() as logs:
        house = await _member(houses, **ALARM)
        session = await house.sign_in("mia")
        await house.heard()
    (event,) = await house.audit("session.elsewhere")
    assert event.facts["session"] == session
    assert [line["session"] for line in logs if line["log_level"] == "error"] == [session]
    assert counted._value.get() == before + 1


async def test_a_sign_in_past_us_is_nothing_by_default(houses: Houses) -> None:
    house = await _member(houses)
    await house.sign_in("mia")
    await house.heard()
    assert await house.audit("session.elsewhere") == []


async def test_a_sign_in_by_a_ticket_of_ours_is_no_alarm(houses: Houses) -> None:
    house = await _member(houses, **ALARM)
    await _ticket(house, seconds_ago=30)
    await house.sign_in("mia")
    await house.heard()
    assert len(await house.audit("session.started")) == 1
    assert await house.audit("session.elsewhere") == []


async def test_who_comes_through_us_is_no_alarm_and_the_limits_hold_from_then_on(houses: Houses) -> None:
    """The whole way: the last step of our sign-in, and the ticket redeemed as a browser does."""
    house = await _member(houses, sign_in={"elsewhere": "alarm", "sessions": {"max_age": "12h"}})
    entry = await house.parts.finish.by_ticket((await _person(house))["pk"], "acme")
    body = {"strategy": "ticket", "ticket": entry.ticket.token}
    assert house._session is not None
    async with house._session.post(f"{house.sandbox.url}/v1/client/sign_ins", json=body) as answer:
        assert answer.status == 200, await answer.text()
    await house.heard()
    assert len(await house.audit("session.started")) == 1
    assert await house.audit("session.elsewhere") == []


async def test_a_ticket_from_long_ago_accounts_for_no_session(houses: Houses) -> None:
    house = await _member(houses, **ALARM)
    await _ticket(house, seconds_ago=150)
    await house.sign_in("mia")
    await house.heard()
    assert len(await house.audit("session.elsewhere")) == 1


async def test_both_connections_of_one_person_are_told(houses: Houses) -> None:
    """Mia is known to two identity providers of one company: each trail has her sign-in, one wants the alarm."""
    house = await houses()
    await house.stop()
    house.connection(shared_with=["beta"])
    house.connection("beta", sign_in={"elsewhere": "alarm"})
    house.mapping("beta")
    await house.start()
    house.hear()
    await house.group("engineers", await house.user("mia"))
    await house.idle()
    beta = await house.user("mia", connection="beta", userName="mia@acme.example", emails=[{"value": "mia@acme.example"}])
    await house.group("scientists", beta, connection="beta")
    await house.idle()
    await house.sign_in("mia", "production")
    await house.heard()
    (ours,), (theirs,) = await house.audit("session.started"), await house.audit("session.started", connection="beta")
    assert ours.facts["workspace"] == house.organization("production")
    assert "workspace" not in theirs.facts  # what another company gives is not theirs to read
    assert await house.audit("session.elsewhere") == []
    assert len(await house.audit("session.elsewhere", connection="beta")) == 1
