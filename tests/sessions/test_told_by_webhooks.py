"""With Clerk's webhooks a session is watched from its beginning, and one that ended is ended by nobody else."""

from bridge.provisioning.sessions import due
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
    person,
    row,
)


async def test_a_session_is_watched_from_its_beginning_without_a_look(houses: Houses) -> None:
    house = await houses(**limits(max_age="12h"))
    house.hear()
    await engineer(house)
    session = await house.sign_in("mia")
    began = house.sandbox.state()["sessions"][0]["created_at"]
    await house.heard()
    await later(house, 0)
    assert await row(house, "mia") == (began + 12 * HOUR * 1000, {"looked": 0, "told": began, "live": [], "last": began})
    assert calls(house, LOOKS) == 0
    assert live(house) == {session}


async def test_who_signs_out_costs_no_call_to_sign_them_out(houses: Houses) -> None:
    house = await houses(**limits(max_age="12h"))
    house.hear()
    await engineer(house)
    left, stayed = await house.sign_in("mia"), await house.sign_in("mia")
    await house.heard()
    pk = await person(house, "mia")
    await house.parts.database.write(lambda tx: due.active(tx, pk, None, now=house.clock()))  # as a sweep finds her
    await later(house, 0)
    assert {one["id"] for one in (await row(house, "mia"))[1]["live"]} == {left, stayed}
    await browser(house, left, "remove")
    await house.heard()
    await later(house, 12 * HOUR)
    assert live(house) == set()
    assert calls(house, REVOCATIONS) == 1
    assert [event.facts["session"] for event in await house.audit("session.expired")] == [stayed]
