"""The sweep: whatever somebody did by hand in Clerk is seen without an event, in a few calls, and judged by rule R9."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from bridge.clerk.budget import Lane
from bridge.clerk.errors import Outage
from bridge.people import workspaces
from bridge.provisioning import actions
from bridge.provisioning.sweep import Surveyed, Sweeper, survey
from bridge.provisioning.sweep.sweeper import CAUSE
from tests.support.by_hand import Houses, add, give, group_id, guest, remove, scim_id, staffed, sweeper, swept


async def test_where_clerk_has_what_is_believed_the_sweep_marks_nobody(houses: Houses) -> None:
    house = await staffed(houses)
    counts = await swept(house)
    assert counts == {"workspaces": 1, "members": 5, "marked": 0, "drifted": 0, "foreign": 0}
    assert house.sandbox.calls() == {"GET /v1/organizations": 1, "GET /v1/organizations/{organization_id}/memberships": 1}
    assert [event.facts for event in await house.audit("clerk.swept", connection="-")] == [{**counts, "gone": 0}]


async def test_a_membership_removed_by_hand_is_seen_and_stands(houses: Houses) -> None:
    house = await staffed(houses)
    await remove(house, "mia")
    assert (await swept(house))["marked"] == 1
    row = await house.row("mia")
    assert (row.state, row.decided, row.in_clerk, row.cause) == ("drifted", "editor", None, "was removed by hand in Clerk")
    assert (await swept(house))["marked"] == 0
    assert "mia" not in house.roles()


async def test_a_role_lowered_by_hand_is_seen_and_stands(houses: Houses) -> None:
    house = await staffed(houses)
    await give(house, "mia", "org:viewer")
    assert (await swept(house))["drifted"] == 1
    row = await house.row("mia")
    assert (row.state, row.in_clerk, row.cause) == ("drifted", "viewer", "was lowered by hand in Clerk")
    assert (await swept(house))["marked"] == 0


async def test_a_role_raised_by_hand_is_seen_and_undone(houses: Houses) -> None:
    house = await staffed(houses)
    await give(house, "mia", "org:owner")
    await swept(house)
    assert house.roles()["mia"] == {"production": "editor"}
    assert (await house.row("mia")).state == "granted"
    assert (await swept(house))["drifted"] == 0


async def test_a_role_that_is_none_of_ours_is_seen_and_stands(houses: Houses) -> None:
    house = await staffed(houses)
    await give(house, "mia", "org:member")
    assert (await swept(house))["drifted"] == 1
    assert (await house.row("mia")).state == "drifted"
    assert (await swept(house))["marked"] == 0


async def test_a_membership_made_anew_by_hand_is_foreign_and_is_given_back_not_removed(houses: Houses) -> None:
    house = await staffed(houses)
    await remove(house, "mia")
    await add(house, "mia", "org:viewer")
    assert (await swept(house))["marked"] == 1
    assert house.roles()["mia"] == {"production": "editor"}  # a rule gives it: adopted, and raised to what is decided
    await house.leave(await group_id(house, "engineers"), await scim_id(house, "mia"))
    await house.idle()
    assert house.roles()["mia"] == {"production": "viewer"}


async def test_a_membership_added_by_hand_to_one_of_ours_is_known_and_left_alone(houses: Houses) -> None:
    house = await staffed(houses)
    await house.group("scientists", await house.user("sam"))
    await house.idle()
    await add(house, "mia", "org:viewer", "research")
    assert (await swept(house))["marked"] == 1
    row = await house.row("mia", "research")
    assert (row.state, row.decided, row.in_clerk) == ("left_alone", None, "viewer")
    assert (await swept(house))["marked"] == 0


async def test_somebody_of_another_customer_who_is_added_by_hand_is_as_foreign_as_anybody(houses: Houses) -> None:
    house = await houses()
    await house.stop()
    house.connection("globex", customer="Globex", workspaces={"lab": {"create": "Lab"}})
    house.mapping("globex", [{"name": "All", "when": {"everyone": True}, "grant": {"lab": "viewer"}}])
    await house.start()
    await house.group("engineers", await house.user("mia"))
    await house.user("gus", connection="globex")
    await house.idle()
    await add(house, "gus", "org:admin")
    house.sandbox.reset_calls()
    counts = await swept(house)
    assert (counts["workspaces"], counts["foreign"], counts["marked"]) == (2, 1, 0)
    assert house.roles()["gus"] == {"lab": "viewer", "production": "admin"}


async def test_somebody_never_linked_is_counted_and_nothing_else(houses: Houses) -> None:
    house = await staffed(houses)
    await guest(house)
    counts = await swept(house)
    assert (counts["foreign"], counts["marked"], counts["drifted"]) == (1, 0, 0)
    assert house.roles()["guest"] == {"production": "admin"}


async def test_a_user_deleted_by_hand_is_looked_at(houses: Houses) -> None:
    house = await staffed(houses)
    before = house.clerk_user("mia")["id"]
    await house.clerk("DELETE", f"/users/{before}")
    counts = await swept(house)
    assert (counts["marked"], counts["drifted"]) == (1, 1)
    assert [event.facts["clerk_user"] for event in await house.audit("clerk.user_missing")] == [before]


async def test_an_organization_deleted_by_hand_blocks_its_workspace_and_is_not_made_again(houses: Houses) -> None:
    house = await staffed(houses)
    production = house.organization("production")
    await house.clerk("DELETE", f"/organizations/{production}")
    house.sandbox.reset_calls()
    assert (await swept(house))["gone"] == 1
    assert sum(house.sandbox.calls().values()) == 2  # the list, and the one that is not in it
    row = await house.row("mia")
    assert (row.state, row.decided, row.in_clerk) == ("blocked", "editor", None)
    assert production in (row.cause or "")
    await house.jump(61)
    await swept(house)
    assert house.sandbox.state()["organizations"] == []
    assert len(await house.audit("workspace.missing", connection="-")) == 1
    await house.group("scientists", await house.user("sam"))
    await house.idle()
    assert house.roles() == {"sam": {"research": "editor"}}


async def test_who_was_banned_by_us_and_let_in_by_hand_is_banned_again(houses: Houses) -> None:
    house = await staffed(houses)
    await house.deactivate(await scim_id(house, "ada"))
    await house.idle()
    assert house.clerk_user("ada")["banned"] is True  # the last owner, kept
    await house.clerk("POST", f"/users/{house.clerk_user('ada')['id']}/unban", {})
    assert (await swept(house))["drifted"] == 1
    assert house.clerk_user("ada")["banned"] is True
    assert (await swept(house))["drifted"] == 0


async def test_who_is_due_already_is_not_disturbed(houses: Houses) -> None:
    house = await staffed(houses)
    await remove(house, "mia")
    later = text("UPDATE person SET wanted = wanted + 1, not_before = :far")
    await house.parts.database.write(lambda tx: tx.run(later, far=house.clock() + 10**9))
    assert (await sweeper(house).sweep())["marked"] == 0


async def test_who_was_worked_on_while_pages_were_read_is_not_judged_by_them(houses: Houses) -> None:
    house = await staffed(houses)
    api, worked = house.parts.tools.clerk, text("UPDATE person SET wanted = wanted + 1, applied = applied + 1")
    await remove(house, "mia")
    shown = api.all

    async def meanwhile(path: str, **rest: Any) -> list[Any]:
        await house.parts.database.write(lambda tx: tx.run(worked))
        return await shown(path, **rest)

    api.all = meanwhile  # type: ignore[method-assign]
    assert (await sweeper(house).sweep())["marked"] == 0


async def test_a_membership_hidden_by_a_shifting_page_is_asked_for_by_name(houses: Houses) -> None:
    house = await staffed(houses)
    shown = house.parts.tools.clerk.all

    async def shifted(path: str, *, query: Any = (), **rest: Any) -> list[Any]:
        found = await shown(path, query=query, **rest)
        return found[1:] if ("order_by", "created_at") in query else found

    house.parts.tools.clerk.all = shifted  # type: ignore[method-assign]
    assert (await swept(house))["marked"] == 0


async def test_the_look_says_why_it_was_made(houses: Houses) -> None:
    house = await staffed(houses)
    await remove(house, "mia")
    await swept(house)
    assert (await house.explain("mia@acme.example")).person["cause"] == CAUSE


async def test_a_sweep_is_due_a_period_after_the_last_whoever_did_it(houses: Houses) -> None:
    house = await staffed(houses)
    await sweeper(house).sweep()
    assert 3590 < await sweeper(house)._due_in() <= 3600
    house.clock.jump(1800)
    assert 1790 < await sweeper(house)._due_in() <= 1800
    house.clock.jump(1801)
    assert await sweeper(house)._due_in() <= 0


async def test_a_sweep_that_clerk_refuses_changes_nothing_and_is_due_again(houses: Houses) -> None:
    house = await staffed(houses)
    await remove(house, "mia")
    assert 3590 < await sweeper(house)._due_in() <= 3600  # the first comes a period after the first start
    house.clock.jump(3601)
    house.sandbox.fault(match="GET /v1/organizations/*/memberships", status=503, when="before")
    with pytest.raises(Outage):
        await sweeper(house).sweep()
    assert await sweeper(house)._due_in() <= 0
    assert (await house.row("mia")).state == "granted"


async def test_each_workspace_is_read_in_pages_of_500_and_all_organizations_at_once(houses: Houses) -> None:
    house = await staffed(houses)
    await house.group("scientists", await scim_id(house, "mia"))
    await house.idle()
    house.sandbox.reset_calls()
    tools = house.parts.tools
    places = list((await tools.database.read(lambda tx: workspaces.all_of(tx, "main"))).values())
    found = [one async for one in survey(tools, tools.clerk, places, lane=Lane.BULK)]
    assert [(one.members, one.ours) for one in found] == [(5, 5), (1, 1)]
    assert house.sandbox.calls() == {"GET /v1/organizations": 1, "GET /v1/organizations/{organization_id}/memberships": 2}


async def test_the_lease_holder_sweeps_by_itself_when_it_is_due(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.provisioning.sweep.sweeper.LONGEST_WAIT", 0.05)
    house = await staffed(houses)
    await remove(house, "mia")
    assert await house.audit("clerk.swept", connection="-") == []
    house.clock.jump(3601)

    async def seen() -> bool:
        return bool(await house.audit("clerk.swept", connection="-"))

    await house.until(seen)
    await house.idle()
    assert (await house.row("mia")).state == "drifted"


async def test_never_is_never_and_who_holds_no_lease_leaves_it_to_the_holder(houses: Houses) -> None:
    house = await staffed(houses)
    house.clock.jump(4000)
    await Sweeper(house.parts.tools, 0, lambda: True).run()  # ends at once
    waiting = asyncio.create_task(Sweeper(house.parts.tools, 3600, lambda: False).run())
    await asyncio.sleep(0.2)
    waiting.cancel()
    assert await house.audit("clerk.swept", connection="-") == []


async def test_a_sweep_leaves_the_rest_to_the_next_holder_when_the_lease_is_lost(houses: Houses) -> None:
    house = await staffed(houses)
    await remove(house, "mia")
    lost = Sweeper(house.parts.tools, 3600, lambda: False)
    await lost.sweep()
    assert (await house.row("mia")).state == "granted"
    assert await house.audit("clerk.swept", connection="-") == []


async def test_two_names_of_one_organization_are_no_difference(houses: Houses) -> None:
    house = await houses(workspaces={"production": "acme-live", "research": {"create": "Research"}})
    live = await house.clerk("POST", "/organizations", {"name": "Live", "slug": "acme-live"})
    await house.stop()
    house.connection("globex", customer="Acme", workspaces={"production": live["id"]})
    house.mapping("globex", [{"name": "All", "when": {"everyone": True}, "grant": {"production": "viewer"}}])
    await house.start()
    await house.group("engineers", await house.user("mia"))
    await house.user("gus", connection="globex")
    await house.idle()
    assert house.roles() == {"mia": {"live": "editor"}, "gus": {"live": "viewer"}}
    counts = await swept(house)
    assert (counts["workspaces"], counts["marked"], counts["foreign"], counts["drifted"]) == (2, 0, 0, 0)


async def test_a_workspace_that_was_made_again_while_others_were_read_is_not_taken_for_gone(houses: Houses) -> None:
    house = await staffed(houses)
    before = await house.parts.database.read(lambda tx: workspaces.all_of(tx, "main"))
    (old,) = before.values()
    await house.clerk("DELETE", f"/organizations/{old.organization}")
    now = house.clock()
    await actions.forget_workspace(house.parts.database, old, now=now, actor="cli:ada")
    await house.idle()
    assert (await house.row("mia")).state == "granted"
    read = Surveyed(old, None)  # as it was when the sweep began
    assert await house.parts.database.write(lambda tx: sweeper(house)._noted(tx, read)) == {}
    row = await house.row("mia")
    assert (row.state, row.in_clerk) == ("granted", "editor")
