"""The brake (rule R6): too many losses at once wait for a human; the SCIM answer is 2xx all the same."""

from collections.abc import Awaitable, Callable

from bridge.provisioning.actions import answer_hold, give_back, revoke
from tests.support.house import House

Houses = Callable[..., Awaitable[House]]
SMALL = {"people": 2, "percent": 10, "within": "15m"}


async def _answer(house: House, answer: str) -> None:
    hold = (await house.open_holds())[0]
    await answer_hold(house.parts.database, hold.pk, answer, now=house.clock(), actor="cli:test")
    await house.idle()


async def test_what_is_over_the_budget_is_held_and_the_rest_goes(houses: Houses) -> None:
    house = await houses(brake=SMALL)
    ids = await house.people(8, "engineers")
    for id in ids[:5]:
        await house.deactivate(id)
    await house.idle()
    assert len(house.roles()) == 6
    holds = await house.open_holds()
    assert [(hold.people, hold.connection) for hold in holds] == [(3, "acme")]
    rows = [await house.row(name) for name in house.roles() if name < "p005"]  # whichever two of them went
    told = [(row.state, row.decided, row.in_clerk, row.cause) for row in rows]
    assert told == [("held", None, "editor", f"waits in hold {holds[0].name}")] * 3


async def test_the_larger_of_people_and_percent_may_go(houses: Houses) -> None:
    house = await houses(brake={"people": 1, "percent": 50, "within": "15m"})
    ids = await house.people(8, "engineers")
    for id in ids[:6]:
        await house.deactivate(id)
    await house.idle()
    assert len(house.roles()) == 4


async def test_a_held_person_keeps_their_sessions(houses: Houses) -> None:
    house = await houses(brake={"people": 0, "percent": 0, "within": "15m"})
    ids = await house.people(2, "engineers")
    await house.sign_in("p000")
    await house.deactivate(ids[0])
    await house.idle()
    assert [one["status"] for one in house.sandbox.state()["sessions"]] == ["active"]


async def test_approve_lets_this_set_go_once_and_ends_their_sessions(houses: Houses) -> None:
    house = await houses(brake=SMALL)
    ids = await house.people(8, "engineers")
    for number in range(5):
        await house.sign_in(f"p{number:03}")
    for id in ids[:5]:
        await house.deactivate(id)
    await house.idle()
    assert sorted(one["status"] for one in house.sandbox.state()["sessions"]) == ["active"] * 3 + ["revoked"] * 2
    await _answer(house, "approved")
    assert len(house.roles()) == 3
    assert [one["status"] for one in house.sandbox.state()["sessions"]] == ["revoked"] * 5
    assert await house.open_holds() == []
    await house.deactivate(ids[5])
    await house.idle()
    assert [hold.people for hold in await house.open_holds()] == [1]


async def test_discard_keeps_them_until_their_facts_change(houses: Houses) -> None:
    house = await houses(brake={"people": 0, "percent": 0, "within": "15m"}, settle="0s")
    mia = await house.user("mia")
    engineers = await house.group("engineers", mia)
    await house.idle()
    await house.leave(engineers, mia)
    await house.idle()
    await _answer(house, "discarded")
    row = await house.row("mia")
    assert (row.state, row.in_clerk) == ("retained", "editor")
    await house.patch(f"/Users/{mia}", {"op": "replace", "value": {"active": True}})
    await house.idle()
    assert await house.open_holds() == []
    await house.patch(f"/Users/{mia}", {"op": "replace", "value": {"title": "Guest"}})
    await house.idle()
    assert [hold.people for hold in await house.open_holds()] == [1]


async def test_discard_is_for_the_facts_of_then_not_for_those_of_the_hold(houses: Houses) -> None:
    house = await houses(brake={"people": 0, "percent": 0, "within": "15m"}, settle="0s")
    mia = await house.user("mia")
    engineers = await house.group("engineers", mia)
    await house.idle()
    await house.leave(engineers, mia)
    await house.idle()
    await house.patch(f"/Users/{mia}", {"op": "replace", "value": {"title": "Guest"}})
    await house.idle()
    await _answer(house, "discarded")
    assert (await house.row("mia")).state == "retained"
    assert await house.open_holds() == []


async def test_approve_is_for_what_is_decided_by_then(houses: Houses) -> None:
    house = await houses(brake={"people": 0, "percent": 0, "within": "15m"}, settle="0s")
    await house.group("owners", await house.user("boss"))
    mia = await house.user("mia")
    admins, everything = await house.group("admins", mia), await house.group("everything")
    await house.idle()
    await house.leave(admins, mia)
    await house.idle()
    await house.join(everything, mia)  # lowered, no more removed
    await house.idle()
    await _answer(house, "approved")
    assert house.roles()["mia"] == {"production": "viewer", "research": "viewer"}
    assert await house.open_holds() == []


async def test_coming_back_lapses_the_hold(houses: Houses) -> None:
    house = await houses(brake=SMALL)
    ids = await house.people(6, "engineers")
    for id in ids[:5]:
        await house.deactivate(id)
    await house.idle()
    assert len(await house.open_holds()) == 1
    for id in ids[:5]:
        await house.reactivate(id)
    await house.idle()
    assert await house.open_holds() == []
    assert len(house.roles()) == 6


async def test_a_re_push_of_the_same_change_does_not_change_a_hold(houses: Houses) -> None:
    house = await houses(brake=SMALL)
    ids = await house.people(6, "engineers")
    for id in ids[:4]:
        await house.deactivate(id)
    await house.idle()
    before = await house.open_holds()
    for id in ids[:4]:
        await house.deactivate(id)
        await house.patch(f"/Users/{id}", {"op": "replace", "value": {"title": "Former"}})
    await house.idle()
    assert [(hold.pk, hold.people) for hold in await house.open_holds()] == [(hold.pk, hold.people) for hold in before]


async def test_the_window_slides(houses: Houses) -> None:
    house = await houses(brake=SMALL)
    ids = await house.people(8, "engineers")
    for id in ids[:2]:
        await house.deactivate(id)
    await house.idle()
    await house.jump(16 * 60)
    for id in ids[2:4]:
        await house.deactivate(id)
    await house.idle()
    assert await house.open_holds() == []
    assert len(house.roles()) == 4


async def test_one_transaction_over_budget_is_held_whole(houses: Houses) -> None:
    house = await houses(brake=SMALL)
    ids = [await house.user(f"p{number:03}") for number in range(6)]
    group = await house.group("engineers", *ids)
    await house.idle()
    await house.patch(f"/Groups/{group}", {"op": "replace", "path": "members", "value": []})
    await house.idle()
    assert len(house.roles()) == 6
    holds = await house.open_holds()
    assert [hold.people for hold in holds] == [6]
    assert "6 people lose access by one change" in holds[0].cause


async def test_a_renamed_group_that_takes_too_much_is_held_whole(houses: Houses) -> None:
    house = await houses(brake=SMALL)
    ids = [await house.user(f"p{number:03}") for number in range(6)]
    group = await house.group("engineers", *ids)
    await house.idle()
    await house.patch(f"/Groups/{group}", {"op": "replace", "value": {"displayName": "people who engineer"}})
    await house.idle()
    assert len(house.roles()) == 6
    assert [hold.people for hold in await house.open_holds()] == [6]


async def test_a_mapping_that_takes_too_much_is_held_whole(houses: Houses) -> None:
    house = await houses(brake=SMALL)
    await house.people(6, "engineers")
    house.mapping(rules=[{"name": "Engineers", "when": {"group": "enginers"}, "grant": {"production": "editor"}}])

    async def held() -> bool:
        return [hold.people for hold in await house.open_holds()] == [6]

    await house.until(held)
    assert len(house.roles()) == 6


async def test_lowering_counts_as_a_loss(houses: Houses) -> None:
    house = await houses(brake={"people": 0, "percent": 0, "within": "15m"})
    mia = await house.user("mia")
    admins = await house.group("admins", mia)
    await house.group("engineers", mia)
    await house.idle()
    await house.leave(admins, mia)
    await house.idle()
    row = await house.row("mia")
    assert (row.state, row.decided, row.in_clerk) == ("held", "editor", "admin")


async def test_a_workspace_of_three_is_never_emptied_without_asking(houses: Houses) -> None:
    house = await houses(brake={"people": 100, "percent": 100, "within": "15m"})
    ids = await house.people(3, "engineers")
    for id in ids:
        await house.deactivate(id)
    await house.idle()
    assert len(house.roles()) == 1
    assert [hold.people for hold in await house.open_holds()] == [1]


async def test_new_people_still_come_in_while_others_are_held(houses: Houses) -> None:
    house = await houses(brake={"people": 0, "percent": 0, "within": "15m"})
    ids = await house.people(2, "engineers")
    await house.deactivate(ids[0])
    await house.idle()
    newcomer = await house.user("newcomer")
    await house.group("scientists", newcomer)
    await house.idle()
    assert house.roles()["newcomer"] == {"research": "editor"}


async def test_revoke_goes_past_the_brake_and_lasts_until_it_is_given_back(houses: Houses) -> None:
    house = await houses(brake={"people": 0, "percent": 0, "within": "15m"})
    ids = await house.people(2, "engineers")
    await house.sign_in("p000")
    pk = (await house.audit("membership.added"))[0].person
    assert pk is not None
    name = (await house.explain("p000@acme.example")).person["id"]
    person = next(event.person for event in await house.audit("membership.added") if event.subject == name)
    assert person is not None
    await revoke(house.parts.database, person, now=house.clock(), actor="cli:test")
    await house.idle()
    assert list(house.roles()) == ["p001"]
    assert [one["status"] for one in house.sandbox.state()["sessions"]] == ["revoked"]
    await house.patch(f"/Users/{ids[0]}", {"op": "replace", "value": {"title": "Still here"}})
    await house.idle()
    assert list(house.roles()) == ["p001"]
    await give_back(house.parts.database, person, now=house.clock(), actor="cli:test")
    await house.idle()
    assert sorted(house.roles()) == ["p000", "p001"]
