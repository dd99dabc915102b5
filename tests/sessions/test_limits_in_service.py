"""`max_age` and `idle` against a Clerk, on both engines: sessions end in time, nobody else's, and with few calls."""

from tests.sessions.watched import (
    HOUR,
    LOOKS,
    REVOCATIONS,
    Houses,
    calls,
    engineer,
    judged,
    later,
    limits,
    live,
    row,
    seen,
    swept,
)


async def test_a_session_ends_when_it_is_as_old_as_max_age_and_no_sooner(houses: Houses) -> None:
    house = await houses(**limits(max_age="12h"))
    await engineer(house)
    session = await house.sign_in("mia")
    await seen(house, "mia")
    await later(house, 11 * HOUR + 3500)
    assert live(house) == {session}
    await later(house, 200)
    assert live(house) == set()
    (event,) = await house.audit("session.expired")
    assert event.actor == "system"
    assert event.facts["session"] == session
    assert (event.facts["why"], event.facts["limit"]) == ("max_age", 12 * HOUR)
    assert 12 * HOUR <= event.facts["age"] < 12 * HOUR + 300
    assert (await row(house, "mia"))[0] is None


async def test_three_sessions_of_one_person_cost_one_look_and_three_calls_to_end_them(houses: Houses) -> None:
    house = await houses(**limits(max_age="12h"))
    await engineer(house)
    ids = [await house.sign_in("mia") for _ in range(3)]
    await swept(house)
    assert (calls(house, LOOKS), calls(house, REVOCATIONS)) == (1, 0)
    await later(house, 12 * HOUR - 1500)
    assert live(house) == set()
    assert (calls(house, LOOKS), calls(house, REVOCATIONS)) == (1, 3)
    assert {event.facts["session"] for event in await house.audit("session.expired")} == set(ids)


async def test_somebody_active_all_day_costs_one_look_in_max_age_however_often_one_sweeps(houses: Houses) -> None:
    house = await houses(**limits(max_age="12h"))
    await engineer(house)
    await house.sign_in("mia")
    for _ in range(4):
        await swept(house)
    assert calls(house, LOOKS) == 1


async def test_a_sign_in_that_nobody_told_of_is_found_by_the_sweep(houses: Houses) -> None:
    house = await houses(**limits(max_age="1h"))
    await engineer(house)
    await house.sign_in("mia")
    await swept(house)
    due, known = await row(house, "mia")
    assert due is not None
    assert len(known["live"]) == 1
    await later(house, HOUR)
    assert live(house) == set()


async def test_an_idle_session_ends_and_its_event_says_how_long_it_rested(houses: Houses) -> None:
    house = await houses(**limits(idle="30m"))
    await engineer(house)
    await house.sign_in("mia")
    await seen(house, "mia")
    await later(house, 1790)
    assert len(live(house)) == 1
    await later(house, 300)
    assert live(house) == set()
    (event,) = await house.audit("session.expired")
    assert (event.facts["why"], event.facts["limit"]) == ("idle", 1800)
    assert event.facts["rested"] >= 1800


async def test_people_we_granted_nothing_keep_their_sessions_and_cost_no_look(houses: Houses) -> None:
    house = await houses(**limits(max_age="1h"))
    await engineer(house)
    guest = await house.clerk("POST", "/users", {"email_address": ["guest@acme.example"], "skip_password_requirement": True})
    await house.user("guest")  # no rule gives anything
    await house.idle()
    theirs = (await house.clerk("POST", "/sessions", {"user_id": guest["id"]}))["id"]
    await seen(house, "guest")
    await swept(house)
    await later(house, 3 * HOUR)
    assert theirs in live(house)
    assert calls(house, LOOKS) == 0
    assert await row(house, "guest") == (None, None)


async def test_a_connection_without_limits_costs_no_call_and_ends_nothing(houses: Houses) -> None:
    house = await houses()
    await engineer(house)
    session = await house.sign_in("mia")
    house.sandbox.reset_calls()
    await seen(house, "mia")
    await later(house, 1000 * HOUR)
    assert live(house) == {session}
    assert house.sandbox.calls() == {}
    assert await row(house, "mia") == (None, None)


async def test_who_lost_every_role_is_not_ours_to_sign_out_any_more(houses: Houses) -> None:
    house = await houses(sign_in={"sessions": {"max_age": "12h", "end_on": ["deactivated"]}})
    user = await house.user("mia")
    group = await house.group("engineers", user)
    await house.group("owners", await house.user("first"))
    await house.idle()
    session = await house.sign_in("mia")
    await seen(house, "mia")
    await house.leave(group, user)
    await house.idle()
    await later(house, 13 * HOUR)
    assert "mia" not in house.roles()
    assert live(house) == {session}


async def test_a_deactivated_person_is_signed_out_at_once_and_is_watched_no_more(houses: Houses) -> None:
    house = await houses(**limits(max_age="12h"))
    user = await engineer(house)
    await house.group("owners", await house.user("first"))
    await house.sign_in("mia")
    await seen(house, "mia")
    await house.deactivate(user)
    await house.idle()
    assert live(house) == set()
    await later(house, 12 * HOUR)
    await judged(house)
    assert (await row(house, "mia"))[0] is None
    assert await house.audit("session.expired") == []
