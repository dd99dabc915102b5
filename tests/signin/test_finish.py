"""The last step of a sign-in: brought to what is decided ahead of everybody, then a ticket into one workspace."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import text

from bridge.clerk.errors import NotNow
from bridge.dirty import persons as marks
from bridge.errors import BridgeError
from bridge.people import find, tickets, workspaces
from bridge.people.workspaces import Reference
from bridge.provisioning import reconcile
from bridge.signin.finish import Entry, NoAccess
from tests.support.house import House

Houses = Callable[..., Awaitable[House]]
TICKET = "POST /v1/sign_in_tokens"
_TAKEN = text("UPDATE workspace SET owner_claim_until = :until WHERE organization IS NULL")
_BEHIND = text("UPDATE person SET not_before = :at WHERE wanted > applied")


async def _person(house: House, name: str) -> int:
    return (await house.parts.database.read(lambda tx: find.persons(tx, f"{name}@acme.example")))[0].pk


async def _enter(house: House, name: str, workspace: int | None = None) -> Entry:
    return await house.parts.finish.by_ticket(await _person(house, name), "acme", workspace=workspace)


async def _queued(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> House:
    """Mia is in two workspaces by the rules, and the reconciler has not come to her."""
    house = await houses()
    everything = await house.group("everything", await house.user("ada"))
    await house.idle()
    monkeypatch.setattr(reconcile, "SLOTS", 0)
    monkeypatch.setattr(reconcile, "URGENT_SLOTS", 0)
    await house.join(everything, await house.user("mia"))
    house.sandbox.reset_calls()
    return house


async def test_a_first_sign_in_makes_the_user_two_memberships_and_a_ticket_and_no_call_more(
    houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await _queued(houses, monkeypatch)
    entry = await _enter(house, "mia")
    assert house.roles()["mia"] == {"production": "viewer", "research": "viewer"}
    assert house.sandbox.calls() == {
        "POST /v1/users": 1,
        "POST /v1/organizations/{organization_id}/memberships": 2,
        TICKET: 1,
    }
    assert entry.ticket.user == house.clerk_user("mia")["id"]


async def test_the_ticket_leads_to_the_workspace_asked_for_else_to_the_highest_role(houses: Houses) -> None:
    house = await houses()
    mia = await house.user("mia")
    await house.group("everything", mia)
    await house.group("scientists", mia)
    await house.idle()
    best = await _enter(house, "mia")
    assert (best.organization, best.role) == (house.organization("research"), "org:editor")
    rows = await house.parts.database.read(lambda tx: tx.all(text("SELECT pk, organization FROM workspace")))
    production = next(row["pk"] for row in rows if row["organization"] == house.organization("production"))
    assert (await _enter(house, "mia", production)).organization == house.organization("production")
    assert (await _enter(house, "mia", 4711)).organization == house.organization("research")


async def test_a_ticket_is_remembered_without_its_token_and_in_the_audit_trail(houses: Houses) -> None:
    house = await houses()
    await house.group("engineers", await house.user("mia"))
    entry = await _enter(house, "mia")
    person, now = await _person(house, "mia"), house.clock()
    assert await house.parts.database.read(lambda tx: tickets.covers(tx, person, now))
    assert not await house.parts.database.read(lambda tx: tickets.covers(tx, person, now + 120_000))
    (event,) = await house.audit("sign_in.ticket")
    assert event.facts["ticket"] == entry.ticket.id
    assert entry.ticket.token not in repr(event) + repr(entry)


@pytest.mark.parametrize("state", ["no rule", "inactive"])
async def test_whom_nothing_is_granted_gets_no_ticket(houses: Houses, state: str) -> None:
    house = await houses()
    mia = await house.user("mia")
    if state == "inactive":
        await house.group("engineers", mia)
        await house.deactivate(mia)
    await house.idle()
    with pytest.raises(NoAccess) as caught:
        await _enter(house, "mia")
    assert caught.value.code == ("no_access_yet" if state == "no rule" else "sign_in_inactive")
    assert TICKET not in house.sandbox.calls()


async def test_while_clerk_is_away_nobody_is_half_made_and_the_work_is_not_forgotten(
    houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await _queued(houses, monkeypatch)
    house.sandbox.fault(match="*", status=503, times=1)
    with pytest.raises(NotNow):
        await _enter(house, "mia")
    assert "mia" not in house.roles()
    monkeypatch.undo()
    await house.idle()
    assert house.roles()["mia"] == {"production": "viewer", "research": "viewer"}


async def test_somebody_removed_by_hand_in_clerk_is_looked_at_before_they_are_refused(houses: Houses) -> None:
    house = await houses()
    await house.group("engineers", await house.user("mia"))
    await house.idle()
    user, organization = house.clerk_user("mia")["id"], house.organization("production")
    await house.clerk("DELETE", f"/organizations/{organization}/memberships/{user}")
    with pytest.raises(NoAccess):
        await _enter(house, "mia")
    assert (await house.row("mia")).state == "drifted"


async def test_a_user_deleted_by_hand_in_clerk_is_made_anew_at_the_door(houses: Houses) -> None:
    house = await houses()
    await house.group("engineers", await house.user("mia"))
    await house.idle()
    await house.clerk("DELETE", f"/users/{house.clerk_user('mia')['id']}")
    entry = await _enter(house, "mia")
    assert entry.ticket.user == house.clerk_user("mia")["id"]
    assert house.roles()["mia"] == {"production": "editor"}


async def test_who_is_in_another_workers_hands_is_waited_for_and_not_for_ever(
    houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "PATIENCE", 0.2)
    house = await houses()
    await house.group("engineers", await house.user("mia"))
    await house.idle()
    person, now = await _person(house, "mia"), house.clock()
    claim = await house.parts.database.write(lambda tx: marks.claim_one(tx, person, "other", now=now, until=now + 60_000))
    assert claim is not None
    with pytest.raises(BridgeError) as caught:
        await _enter(house, "mia")
    assert caught.value.code == "sign_in_busy"
    monkeypatch.setattr(reconcile, "PATIENCE", 60.0)
    waiting = asyncio.create_task(_enter(house, "mia"))
    await house.parts.database.write(lambda tx: marks.finish(tx, claim))
    assert (await waiting).role == "org:editor"


async def test_a_replica_without_the_lease_signs_people_in(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    house = await _queued(houses, monkeypatch)
    now = house.clock()
    await house.parts.database.write(lambda tx: tx.run(_BEHIND, at=now + 60_000))
    monkeypatch.setattr("bridge.store.leases.take", lambda *_, **__: None)
    await house.until(lambda: _lost(house))
    assert (await _enter(house, "mia")).role == "org:viewer"


async def _lost(house: House) -> bool:
    return not house.parts.reconciler.holds_lease


async def test_a_connection_lets_in_nobody_whom_it_let_go_though_another_one_still_has_them(houses: Houses) -> None:
    house = await houses()
    await house.stop()
    house.connection("bought", domains=["bought.example"])
    house.connection(shared_with=["bought"])
    house.mapping("bought")
    await house.start()
    await house.group("engineers", await house.user("mia"))
    again = await house.user("mia", connection="bought", emails=[{"value": "mia@acme.example", "primary": True}])
    await house.group("scientists", again, connection="bought")
    await house.idle()
    person = await _person(house, "mia")
    assert (await house.parts.finish.by_ticket(person, "bought")).role == "org:editor"
    await house.deactivate(again, connection="bought")
    with pytest.raises(NoAccess) as caught:
        await house.parts.finish.by_ticket(person, "bought")
    assert caught.value.code == "sign_in_inactive"
    assert (await _enter(house, "mia")).role == "org:editor"


async def test_whose_address_the_connection_does_not_speak_for_any_more_gets_no_ticket_for_what_is_left(
    houses: Houses,
) -> None:
    house = await houses(mode="additive")
    mia = await house.user("mia")
    await house.group("engineers", mia)
    await house.idle()
    person = await _person(house, "mia")
    value = [{"value": "mia@elsewhere.example", "type": "work", "primary": True}]
    await house.patch(f"/Users/{mia}", {"op": "replace", "path": "emails", "value": value})
    await house.idle()
    assert house.roles()["mia"] == {"production": "editor"}
    with pytest.raises(NoAccess) as caught:
        await house.parts.finish.by_ticket(person, "acme")
    assert caught.value.code == "no_access_yet"


async def test_whoever_comes_to_the_door_while_a_workspace_is_being_made_elsewhere_gets_in(
    houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await houses()
    await house.group("engineers", await house.user("mia"))
    await house.idle()
    monkeypatch.setattr(reconcile, "SLOTS", 0)
    await house.group("scientists", await house.user("zoe"))
    research = [Reference("Acme/Research", "Research")]
    await house.parts.database.write(lambda tx: workspaces.ensure(tx, "main", research))
    assert await house.parts.database.write(lambda tx: tx.run(_TAKEN, until=house.clock() + 300)) == 1
    assert (await _enter(house, "zoe")).role == "org:editor"
