"""Whose rules hold for whom, when they change, and what happens while Clerk or the service is away."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from bridge.clerk import sessions
from bridge.clerk.api import Api
from bridge.clerk.budget import Lane
from bridge.clerk.errors import ClerkError
from bridge.provisioning.sessions.limits import limits as limits_of
from bridge.settings import SettingsError, load
from tests.sessions.watched import (
    HOUR,
    LOOKS,
    REVOCATIONS,
    Houses,
    browser,
    calls,
    engineer,
    later,
    limits,
    live,
    row,
    seen,
    swept,
)
from tests.support import command_line
from tests.support.house import House
from tests.support.refusing import Refusing


async def restarted(house: House, **keys: object) -> None:
    await house.stop()
    house.connection(**keys)
    await house.start()


async def test_the_strictest_of_two_connections_holds_and_its_trail_tells(houses: Houses) -> None:
    house = await houses()
    await house.stop()
    house.connection(**limits(max_age="12h"), shared_with=["strict"])
    house.connection("strict", **limits(max_age="2h"), domains=[], workspaces={"labs": {"create": "Labs"}})
    house.mapping("strict", rules=[{"name": "All", "when": {"everyone": True}, "grant": {"labs": "viewer"}}])
    await house.start()
    await engineer(house)
    session = await house.sign_in("mia")
    await seen(house, "mia")
    await later(house, 0)
    due, _ = await row(house, "mia")
    assert due is not None
    assert due > house.clock() + 11 * HOUR * 1000
    email = "mia@acme.example"
    await house.user("mia", connection="strict", userName=email, emails=[{"value": email, "type": "work", "primary": True}])
    await house.idle()
    assert house.roles()["mia"] == {"production": "editor", "labs": "viewer"}
    await later(house, 2 * HOUR + 60)
    assert live(house) == set()
    assert await house.audit("session.expired") == []
    (event,) = await house.audit("session.expired", connection="strict")
    assert (event.facts["session"], event.facts["limit"]) == (session, 2 * HOUR)


async def test_a_limit_that_is_set_later_holds_for_the_sessions_that_are_there(houses: Houses) -> None:
    house = await houses()
    await engineer(house)
    await house.sign_in("mia")
    await house.stop()
    house.clock.jump(3 * HOUR)
    await restarted(house, **limits(max_age="2h"))

    async def ended() -> bool:
        return live(house) == set()

    await house.until(ended)
    assert (calls(house, LOOKS), calls(house, REVOCATIONS)) == (1, 1)


async def test_a_shorter_limit_needs_no_look_for_a_session_that_is_known(houses: Houses) -> None:
    house = await houses(**limits(max_age="12h"))
    await engineer(house)
    await house.sign_in("mia")
    await swept(house)
    house.clock.jump(2 * HOUR)
    looks = calls(house, LOOKS)
    await restarted(house, **limits(max_age="2h"))

    async def ended() -> bool:
        return live(house) == set()

    await house.until(ended)
    assert calls(house, LOOKS) - looks <= 1


async def test_a_connection_that_only_observes_ends_nothing(houses: Houses) -> None:
    house = await houses(**limits(max_age="2h"))
    await engineer(house)
    session = await house.sign_in("mia")
    await seen(house, "mia")
    await restarted(house, **limits(max_age="2h"), mode="observe")
    await later(house, 3 * HOUR)
    assert live(house) == {session}


async def test_what_came_due_while_the_service_was_off_is_done_when_it_is_back(houses: Houses) -> None:
    house = await houses(**limits(max_age="2h"))
    await engineer(house)
    await house.sign_in("mia")
    await seen(house, "mia")
    await later(house, 0)
    await house.stop()
    house.clock.jump(3 * HOUR)
    assert len(live(house)) == 1
    await house.start()
    await later(house, 0)
    assert live(house) == set()


async def test_while_clerk_is_away_people_stay_due_and_few_calls_are_tried(houses: Houses) -> None:
    house = await houses(**limits(max_age="2h"))
    users = [await house.user(f"p{number}") for number in range(20)]
    await house.group("engineers", *users)
    await house.idle()
    for number in range(20):
        await house.sign_in(f"p{number}")
        await seen(house, f"p{number}")
    await later(house, 0)
    house.sandbox.reset_calls()
    house.sandbox.fault(match="GET /v1/sessions", status=503, times=6)
    await later(house, 2 * HOUR + 60)
    assert live(house) == set()
    assert calls(house, LOOKS) == 20 + 6
    assert len(await house.audit("session.expired")) == 20


async def test_a_lost_answer_to_an_end_is_followed_by_another_end_and_one_event(houses: Houses) -> None:
    house = await houses(**limits(max_age="2h"))
    await engineer(house)
    await house.sign_in("mia")
    await seen(house, "mia")
    await later(house, 0)
    house.sandbox.fault(match="POST /v1/sessions/*", status=502, times=1, when="after")
    await later(house, 2 * HOUR + 60)
    assert live(house) == set()
    assert len(await house.audit("session.expired")) == 1
    assert calls(house, REVOCATIONS) == 2


async def test_what_clerk_refuses_about_one_person_is_tried_again_later_and_stops_nobody_else(
    houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await houses(**limits(max_age="2h"))
    users = [await house.user(name) for name in ("mia", "ben")]
    await house.group("engineers", *users)
    await house.idle()
    hers, _ = [await house.sign_in(name) for name in ("mia", "ben")]
    for name in ("mia", "ben"):
        await seen(house, name)
    await later(house, 0)
    revoke = sessions.revoke

    async def stubborn(api: Api, session: str, *, lane: Lane) -> bool:
        if session == hers:
            raise ClerkError("authorization_invalid", "You may not do this.", status=403)
        return await revoke(api, session, lane=lane)

    monkeypatch.setattr(sessions, "revoke", stubborn)
    await later(house, 2 * HOUR + 60)
    assert live(house) == {hers}
    monkeypatch.undo()
    await later(house, 601)
    assert live(house) == set()


async def test_a_clerk_user_that_was_deleted_by_hand_is_watched_no_more(houses: Houses) -> None:
    house = await houses(**limits(max_age="2h"))
    await engineer(house)
    await house.sign_in("mia")
    await seen(house, "mia")
    await later(house, 0)
    await house.clerk("DELETE", f"/users/{house.clerk_user('mia')['id']}")
    await later(house, 2 * HOUR + 60)
    assert (await row(house, "mia"))[0] is None
    assert await house.audit("session.expired") == []


async def test_a_session_that_ended_by_itself_is_not_said_to_have_been_ended_by_us(houses: Houses) -> None:
    house = await houses(**limits(max_age="12h"))
    await engineer(house)
    session = await house.sign_in("mia")
    await swept(house)
    await browser(house, session, "remove")
    await later(house, 12 * HOUR - 1500)
    assert calls(house, REVOCATIONS) == 1
    assert await house.audit("session.expired") == []


async def test_a_session_that_somebody_ended_by_hand_is_not_ended_once_more(houses: Houses) -> None:
    house = await houses(**limits(max_age="12h"))
    await engineer(house)
    session = await house.sign_in("mia")
    await swept(house)
    await command_line.run(house, "sessions", "mia@acme.example", "--revoke", session)
    await later(house, 12 * HOUR - 1500)
    assert calls(house, REVOCATIONS) == 1
    assert await house.audit("session.expired") == []


async def test_a_session_that_ended_with_a_workspace_is_not_ended_once_more(houses: Houses) -> None:
    house = await houses(**limits(max_age="12h"))
    mia, first = await house.user("mia"), await house.user("first")
    await house.group("owners", first)
    engineers, _ = await house.group("engineers", mia), await house.group("scientists", mia)
    await house.idle()
    lost, kept = [await house.sign_in("mia", place) for place in ("production", "research")]
    await swept(house)
    await house.leave(engineers, mia)
    await house.idle()
    assert live(house) == {kept}
    await later(house, 12 * HOUR - 1500)
    assert [event.facts["session"] for event in await house.audit("session.expired")] == [kept]
    assert lost not in live(house)


async def test_who_works_stays_signed_in_beyond_idle_and_who_rests_does_not(
    houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await houses(**limits(idle="1h"))
    monkeypatch.setattr("bridge.sandbox.frontend.time", SimpleNamespace(time_ns=lambda: house.clock() * 1_000_000))
    await engineer(house)
    at_work, at_rest = await house.sign_in("mia"), await house.sign_in("mia")
    await seen(house, "mia")
    await later(house, 0)
    await later(house, 3000)
    await browser(house, at_work, "touch")
    await later(house, 700)
    assert live(house) == {at_work}
    assert [event.facts["session"] for event in await house.audit("session.expired")] == [at_rest]
    await later(house, 2800)
    assert live(house) == {at_work}
    await later(house, 200)
    assert live(house) == set()
    assert calls(house, LOOKS) == 2


async def test_a_session_that_waits_for_a_task_is_ended_like_any_other(houses: Houses) -> None:
    house = await houses(**limits(max_age="2h"))
    await engineer(house)
    house.sandbox.control("POST", "instance", {"membership_required": True})
    session = await house.sign_in("mia")
    await browser(house, session, "touch")
    assert house.sandbox.state()["sessions"][0]["status"] == "pending"
    await seen(house, "mia")
    await later(house, 3 * HOUR)
    assert live(house) == set()


async def test_who_signs_in_before_their_first_role_is_through_is_not_forgotten(houses: Houses) -> None:
    house = await houses(**limits(max_age="2h"))
    refusing = Refusing(house)
    refusing.refuse("GET /v1/users", 422, "form_param_unknown")  # no sweep finds her
    refused = refusing.refuse("POST /v1/organizations/*/memberships", 422, "organization_membership_quota_exceeded", times=1)
    await engineer(house)
    assert refused.times == 0
    await house.sign_in("mia")
    await seen(house, "mia")
    await later(house, 0)
    assert house.roles() == {}
    house.clock.jump(HOUR)

    async def through() -> bool:
        return house.roles().get("mia") == {"production": "editor"}

    await house.until(through)
    await house.idle()
    await later(house, 2 * HOUR)
    assert live(house) == set()


def test_without_a_granted_row_of_ours_there_is_no_limit() -> None:
    assert not limits_of({}, [])


@pytest.mark.parametrize("key", ["max_age", "idle"])
def test_less_than_five_minutes_is_refused_with_its_line(tmp_path: Path, key: str) -> None:
    (tmp_path / "connections").mkdir()
    text = f"customer: Acme\nprovider: okta\nsign_in:\n  sessions:\n    {key}: 4m\n"
    (tmp_path / "connections" / "acme.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"acme\.yaml:5:.*a session is given 5m at least"):
        load(tmp_path, {})


async def test_where_clerk_will_not_say_who_was_active_sessions_that_are_known_end_all_the_same(houses: Houses) -> None:
    house = await houses(**limits(max_age="2h"))
    await engineer(house)
    refusing = Refusing(house)
    refusing.refuse("GET /v1/users", 422, "form_param_unknown")
    await house.sign_in("mia")
    await seen(house, "mia")
    await later(house, 0)
    await later(house, 2 * HOUR + 60)
    assert live(house) == set()

    async def asked() -> bool:
        return "GET /v1/users" in refusing.calls

    await house.until(asked)  # the patrol ends what is known before it asks, or after
    assert refusing.calls.count("GET /v1/users") <= 3
