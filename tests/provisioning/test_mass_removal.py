"""What goes wrong in an IdP and looks like a company leaving: each time at most the budget goes, and nothing else is lost.

The brake is as it is by default: the larger of five people and a tenth within 15 minutes.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from bridge.provisioning.actions import answer_hold
from tests.support.house import RULES, House
from tests.support.masses import load

Houses = Callable[..., Awaitable[House]]
ALONGSIDE = 16


async def _company(houses: Houses, people: int) -> tuple[House, dict[str, str]]:
    house = await houses(brake={"people": 5, "percent": 10, "within": "15m"})
    ids = await load(house, [f"p{number:03}" for number in range(people)], "engineers")
    await house.idle()
    assert len(house.roles()) == people
    return house, ids


async def _each(house: House, ids: Iterable[str], active: bool) -> None:
    """A connector that says it of one person after another, several at once."""
    rest = iter(ids)

    async def some() -> None:
        for id in rest:
            await house.patch(f"/Users/{id}", {"op": "replace", "value": {"active": active}})

    await asyncio.gather(*(some() for _ in range(ALONGSIDE)))
    await house.idle()


async def _answer(house: House, answer: str) -> None:
    for hold in await house.open_holds():
        await answer_hold(house.parts.database, hold.pk, answer, now=house.clock(), actor="cli:test")
    await house.idle()


async def _held(house: House) -> int:
    return sum(hold.people for hold in await house.open_holds())


async def test_a_wrong_scope_removes_the_budget_and_no_more_and_approve_finishes(houses: Houses) -> None:
    house, ids = await _company(houses, 500)
    wrong = list(ids.values())[:400]
    await _each(house, wrong, active=False)
    assert len(house.roles()) == 450  # a tenth of 500 went
    assert await _held(house) == 350
    newcomer = await house.user("newcomer")
    await house.group("scientists", newcomer)
    await house.idle()
    assert house.roles()["newcomer"] == {"research": "editor"}
    await _answer(house, "approved")
    assert len(house.roles()) == 101
    assert await _held(house) == 0


async def test_discarding_and_adding_everybody_again_leaves_everybody_as_before(houses: Houses) -> None:
    house, ids = await _company(houses, 100)
    before, wrong = house.roles(), list(ids.values())[:80]
    await _each(house, wrong, active=False)
    await _answer(house, "discarded")
    assert len(house.roles()) == 90
    await _each(house, wrong, active=True)
    assert house.roles() == before
    assert await _held(house) == 0


async def test_the_app_that_is_unassigned_deletes_everybody_and_a_tenth_goes(houses: Houses) -> None:
    """Okta deactivates, other IdPs delete, one request a person."""
    house, ids = await _company(houses, 80)
    for id in list(ids.values()):
        status, _ = await house.scim("DELETE", f"/Users/{id}")
        assert status == 204
    await house.idle()
    assert len(house.roles()) == 72
    assert await _held(house) == 72
    await _answer(house, "approved")
    assert house.roles() == {}


async def test_an_emptied_group_is_held_whole_and_lapses_when_it_is_filled_again(houses: Houses) -> None:
    house, ids = await _company(houses, 80)
    before, group = house.roles(), await _group(house)
    await house.patch(group, {"op": "replace", "path": "members", "value": []})
    await house.idle()
    assert (house.roles(), await _held(house)) == (before, 80)
    await house.patch(group, {"op": "add", "path": "members", "value": [{"value": id} for id in ids.values()]})
    await house.idle()
    assert (house.roles(), await _held(house)) == (before, 0)


async def test_an_emptied_group_whose_members_go_one_request_each_costs_the_budget(houses: Houses) -> None:
    house, ids = await _company(houses, 80)
    for id in ids.values():
        await house.patch(await _group(house), {"op": "remove", "path": f'members[value eq "{id}"]'})
    await house.idle()
    assert len(house.roles()) == 72
    assert await _held(house) == 72


async def test_a_renamed_group_is_held_whole_and_lapses_when_the_name_is_back(houses: Houses) -> None:
    house, _ = await _company(houses, 80)
    before, group = house.roles(), await _group(house)
    await house.patch(group, {"op": "replace", "value": {"displayName": "Engineering"}})
    await house.idle()
    assert (house.roles(), await _held(house)) == (before, 80)
    await house.patch(group, {"op": "replace", "value": {"displayName": "engineers"}})
    await house.idle()
    assert (house.roles(), await _held(house)) == (before, 0)


async def test_a_deleted_group_is_held_whole(houses: Houses) -> None:
    house, _ = await _company(houses, 80)
    status, _ = await house.scim("DELETE", await _group(house))
    await house.idle()
    assert (status, len(house.roles()), await _held(house)) == (204, 80, 80)


async def test_a_mistake_in_the_mapping_is_held_whole_and_lapses_when_it_is_mended(houses: Houses) -> None:
    house, _ = await _company(houses, 80)
    before = house.roles()
    house.mapping(rules=[rule for rule in RULES if rule["name"] != "Engineers"])
    await house.until(lambda: _waits(house, 80))
    assert house.roles() == before
    house.mapping()
    await house.until(lambda: _waits(house, 0))
    assert house.roles() == before


async def _waits(house: House, people: int) -> bool:
    await house.idle()
    return await _held(house) == people


async def _group(house: House) -> str:
    """The path of the engineers' group."""
    _, found = await house.scim("GET", "/Groups?filter=displayName%20eq%20%22engineers%22&attributes=id")
    return f"/Groups/{found['Resources'][0]['id']}"
