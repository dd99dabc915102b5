"""Somebody comes back and leaves again before anybody looks: the session of in between ends, too (R7)."""

from collections.abc import Awaitable, Callable

import pytest

from bridge.people import find
from bridge.provisioning import reconcile
from bridge.provisioning.actions import give_back, revoke
from tests.support.house import House

Houses = Callable[..., Awaitable[House]]


async def _left(houses: Houses) -> tuple[House, str]:
    house = await houses()
    mia = await house.user("mia")
    await house.group("engineers", mia)
    await house.idle()
    await house.deactivate(mia)
    await house.idle()
    return house, mia


async def test_who_comes_back_and_leaves_at_once_keeps_no_session(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    house, mia = await _left(houses)
    with monkeypatch.context() as nobody_works:
        nobody_works.setattr(reconcile, "SLOTS", 0)
        await house.reactivate(mia)
        session = await house.sign_in("mia")
        await house.deactivate(mia)
    await house.idle()
    assert [one["status"] for one in house.sandbox.state()["sessions"] if one["id"] == session] == ["revoked"]


async def test_who_is_given_back_and_revoked_at_once_keeps_no_session(
    houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, mia = await _left(houses)
    await house.reactivate(mia)
    await house.idle()
    database = house.parts.database
    person = (await database.read(lambda tx: find.persons(tx, "mia@acme.example")))[0].pk
    await revoke(database, person, now=house.clock(), actor="cli:test")
    await house.idle()
    with monkeypatch.context() as nobody_works:
        nobody_works.setattr(reconcile, "SLOTS", 0)
        await give_back(database, person, now=house.clock(), actor="cli:test")
        session = await house.sign_in("mia")
        await revoke(database, person, now=house.clock(), actor="cli:test")
    await house.idle()
    assert [one["status"] for one in house.sandbox.state()["sessions"] if one["id"] == session] == ["revoked"]


async def test_who_comes_back_while_sessions_are_being_ended_is_signed_out_when_they_leave_again(houses: Houses) -> None:
    house = await houses()
    mia = await house.user("mia")
    await house.group("engineers", mia)
    await house.idle()
    await house.sign_in("mia")
    house.sandbox.fault(match="POST /v1/sessions/*/revoke", delay=0.4)
    await house.deactivate(mia)

    async def asked() -> bool:
        return bool(house.sandbox.control("GET", "faults") == [])

    await house.until(asked)  # a worker has listed the sessions, and waits for Clerk's answer
    await house.reactivate(mia)
    session = await house.sign_in("mia")
    await house.deactivate(mia)
    await house.idle()
    assert [one["status"] for one in house.sandbox.state()["sessions"] if one["id"] == session] == ["revoked"]
