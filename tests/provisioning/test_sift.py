"""Marks that change nothing are done with in pages: no claim, no call, nothing lost."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text

from bridge.dirty import persons as marks
from bridge.people import persons
from bridge.provisioning import reconcile, sift
from bridge.provisioning.actions import revoke
from tests.support.house import RULES, House

Houses = Callable[..., Awaitable[House]]
_CLAIMS = text("SELECT sum(claim_no) AS n FROM person")


async def _claims(house: House) -> int:
    """How often anybody was claimed."""
    row = await house.parts.database.read(lambda tx: tx.one(_CLAIMS))
    return int(row["n"]) if row else 0


async def _staffed(houses: Houses, **keys: Any) -> House:
    house = await houses(**keys)
    await house.people(5, "engineers")
    house.sandbox.reset_calls()
    return house


async def _again(house: House) -> None:
    """Everybody is due once more, for no reason."""
    now = house.clock()
    people = await house.parts.database.read(lambda tx: [one.pk for one in persons.page(tx, "main", 0, 100)])
    await house.parts.database.write(lambda tx: marks.mark(tx, people, now=now, cause="nothing happened"))
    await house.idle()


async def test_nobody_is_claimed_and_clerk_is_not_called_where_nothing_changes(houses: Houses) -> None:
    house = await _staffed(houses)
    claims = await _claims(house)
    await _again(house)
    assert await _claims(house) == claims
    assert house.sandbox.calls() == {}
    assert len(house.roles()) == 5


async def test_a_mapping_file_that_moves_a_line_writes_the_new_line_and_claims_nobody(houses: Houses) -> None:
    house = await _staffed(houses)
    claims, before = await _claims(house), (await house.row("p000")).because[0]["line"]
    house.mapping(rules=[{"name": "New", "when": {"group": "nobody yet"}, "grant": {"production": "viewer"}}, *RULES])

    async def moved() -> bool:
        return bool((await house.row("p000")).because[0]["line"] > before)

    await house.until(moved)
    await house.idle()
    assert await _claims(house) == claims
    assert house.sandbox.calls() == {}


async def test_whoever_needs_something_is_left_to_a_worker(houses: Houses) -> None:
    house = await _staffed(houses)
    await house.patch("/Users/" + await _id(house, "p000"), {"op": "replace", "value": {"name": {"givenName": "Ada"}}})
    await house.idle()
    assert house.clerk_user("p000")["first_name"] == "Ada"
    await house.deactivate(await _id(house, "p001"))
    await house.idle()
    assert "p001" not in house.roles()
    person = (await house.parts.database.read(lambda tx: persons.page(tx, "main", 0, 100)))[2].pk
    await revoke(house.parts.database, person, now=house.clock(), actor="cli:test")
    await house.idle()
    assert len(house.roles()) == 3


async def test_somebody_inactive_is_barred_as_the_operator_wants_before_they_are_quiet(houses: Houses) -> None:
    house = await _staffed(houses, directory={"scim": {}, "deactivation": "ban"})
    await house.deactivate(await _id(house, "p000"))
    await house.idle()
    assert house.clerk_user("p000")["banned"] is True
    claims = await _claims(house)
    await _again(house)
    assert await _claims(house) == claims
    await house.reactivate(await _id(house, "p000"))
    await house.idle()
    assert house.clerk_user("p000")["banned"] is False


async def test_a_mark_that_comes_meanwhile_is_not_lost(houses: Houses) -> None:
    house = await _staffed(houses)
    now = house.clock()
    one = (await house.parts.database.read(lambda tx: persons.page(tx, "main", 0, 100)))[0]
    later = now + 3_600_000  # so that nobody takes it before we look
    await house.parts.database.write(lambda tx: marks.mark(tx, [one.pk], now=now, cause="meanwhile", at=later))
    settled = await house.parts.database.write(lambda tx: marks.settle(tx, one.pk, one.wanted, next_change_at=None, now=now))
    assert not settled
    again = await house.parts.database.read(lambda tx: persons.get(tx, one.pk))
    assert again is not None
    assert again.wanted == again.applied + 1


async def test_more_people_than_a_page_are_sifted_in_one_round(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sift, "PAGE", 2)
    house = await _staffed(houses)
    claims = await _claims(house)
    await _again(house)
    assert await _claims(house) == claims


async def test_people_are_looked_at_one_by_one_if_a_page_can_not_be_read(
    houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(tools: Any) -> sift.Sifted:
        raise RuntimeError("one of them is odd")

    monkeypatch.setattr(reconcile, "sift", broken)
    house = await _staffed(houses)
    assert len(house.roles()) == 5


async def _id(house: House, name: str) -> str:
    _, found = await house.scim("GET", f'/Users?filter=userName eq "{name}@acme.example"')
    return str(found["Resources"][0]["id"])
