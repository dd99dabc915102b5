"""A session that must be over by the word of an IdP ends then, on both engines: with one look and one call, and no other."""

from sqlalchemy import text

from scim.ports import Tx
from tests.sessions.test_sessions_command import redeemed
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
    person,
    row,
)
from tests.support import command_line
from tests.support.house import House

_UNTIL = text("UPDATE ticket SET until = :until WHERE id = :id")


async def entered(house: House, name: str, lasts: float, *, use: bool = True) -> None:
    """Somebody signs in, and the IdP gives the session so many seconds."""
    entry = await house.parts.finish.by_ticket(await person(house, name), "acme")

    def work(tx: Tx) -> None:
        tx.run(_UNTIL, id=entry.ticket.id, until=house.clock() + int(lasts * 1000))

    await house.parts.database.write(work)
    if use:
        await redeemed(house, entry.ticket.token)
    await house.parts.database.write(lambda tx: tx.run(text("UPDATE person SET sessions_due = 0")))
    house.sandbox.reset_calls()
    await judged(house)


async def test_it_ends_at_its_moment_and_a_session_from_elsewhere_does_not(houses: Houses) -> None:
    house = await houses()
    await engineer(house)
    elsewhere = await house.sign_in("mia")
    house.clock.jump(100)
    await house.parts.database.write(lambda tx: tx.run(text("DELETE FROM ticket")))
    await entered(house, "mia", 8 * HOUR, use=False)
    await later(house, 8 * HOUR - 60)
    assert calls(house, LOOKS) == 0
    await later(house, 120)
    assert live(house) == {elsewhere}
    assert (calls(house, LOOKS), calls(house, REVOCATIONS)) == (1, 0)
    assert await row(house, "mia") == (None, None)


async def test_the_session_of_the_ticket_ends_and_the_trail_says_by_whose_word(houses: Houses) -> None:
    house = await houses()
    await engineer(house)
    await entered(house, "mia", 8 * HOUR)
    (session,) = live(house)
    await later(house, 8 * HOUR - 60)
    assert live(house) == {session}
    assert calls(house, LOOKS) == 0
    await later(house, 120)
    assert live(house) == set()
    assert (calls(house, LOOKS), calls(house, REVOCATIONS)) == (1, 1)
    (event,) = await house.audit("session.expired")
    assert (event.actor, event.facts["session"], event.facts["why"]) == ("system", session, "idp")
    assert 8 * HOUR - 70 <= event.facts["limit"] <= 8 * HOUR
    assert await row(house, "mia") == (None, None)


async def test_a_longer_word_of_the_idp_does_not_lengthen_max_age(houses: Houses) -> None:
    house = await houses(**limits(max_age="2h"))
    await engineer(house)
    await entered(house, "mia", 8 * HOUR)
    await later(house, 2 * HOUR + 60)
    assert live(house) == set()
    (event,) = await house.audit("session.expired")
    assert event.facts["why"] == "max_age"
    house.sandbox.reset_calls()
    await later(house, 8 * HOUR)
    assert house.sandbox.calls().get(LOOKS, 0) == 0


async def test_while_clerk_is_away_the_end_waits_and_is_not_forgotten(houses: Houses) -> None:
    house = await houses()
    await engineer(house)
    await entered(house, "mia", HOUR)
    house.sandbox.fault(match="*", status=503, times=3)
    await later(house, HOUR + 1)
    assert live(house) == set()
    assert len(await house.audit("session.expired")) == 1


async def test_who_lost_every_role_is_still_held_to_the_idps_word(houses: Houses) -> None:
    house = await houses(sign_in={"sessions": {"end_on": ["deactivated"]}})
    user = await house.user("mia")
    group = await house.group("engineers", user)
    await house.group("owners", await house.user("first"))
    await house.idle()
    await entered(house, "mia", HOUR)
    await house.leave(group, user)
    await house.idle()
    assert len(live(house)) == 1
    await later(house, HOUR + 1)
    assert live(house) == set()


async def test_the_command_tells_when_the_idp_ends_it(houses: Houses, quiet: None) -> None:
    house = await houses(**limits(max_age="12h"))
    await engineer(house)
    await entered(house, "mia", HOUR)
    (one,) = (await command_line.json(house, "sessions", "mia@acme.example"))["sessions"]
    assert one["ends_by"] == "idp"
    assert one["ends"] <= house.clock() + HOUR * 1000
    assert "(by the IdP)" in await command_line.run(house, "sessions", "mia@acme.example")
