"""The sweep: whatever somebody did by hand in Clerk is seen without an event, in a few calls, and judged by rule R9."""

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import text

from bridge.provisioning.sweep import Sweeper
from tests.support.house import House

Houses = Callable[..., Awaitable[House]]


def sweeper(house: House) -> Sweeper:
    """The lease holder's own, called by hand: its period is no matter here."""
    return Sweeper(house.parts.tools, 3600, lambda: True)


async def swept(house: House) -> dict[str, int]:
    """Once, and everybody whom it made due is done."""
    counts = await sweeper(house).sweep()
    await house.idle()
    return counts


async def by_hand(house: House, method: str, name: str, body: Any = None, workspace: str = "production") -> None:
    path = f"/organizations/{house.organization(workspace)}/memberships/{house.clerk_user(name)['id']}"
    await house.clerk(method, path, body)


async def staffed(houses: Houses, **keys: Any) -> House:
    """Ada owns production; Mia and Bo are engineers there."""
    house = await houses(**keys)
    ada, mia, bo = [await house.user(name) for name in ("ada", "mia", "bo")]
    await house.group("owners", ada)
    await house.group("engineers", mia, bo)
    await house.idle()
    house.sandbox.reset_calls()
    return house


async def test_where_clerk_has_what_is_believed_the_sweep_marks_nobody(houses: Houses) -> None:
    house = await staffed(houses)
    counts = await swept(house)
    assert counts == {"workspaces": 1, "members": 3, "marked": 0, "drifted": 0, "foreign": 0, "gone": 0}
    assert house.sandbox.calls() == {"GET /v1/organizations": 1, "GET /v1/organizations/{organization_id}/memberships": 1}
    assert [event.facts for event in await house.audit("clerk.swept", connection="-")] == [counts]


async def test_a_membership_removed_by_hand_is_seen_and_stands(houses: Houses) -> None:
    house = await staffed(houses)
    await by_hand(house, "DELETE", "mia")
    assert (await swept(house))["marked"] == 1
    row = await house.row("mia")
    assert (row.state, row.decided, row.in_clerk, row.cause) == ("drifted", "editor", None, "was removed by hand in Clerk")
    assert (await swept(house))["marked"] == 0
    assert "mia" not in house.roles()


async def test_a_role_lowered_by_hand_is_seen_and_stands(houses: Houses) -> None:
    house = await staffed(houses)
    await by_hand(house, "PATCH", "mia", {"role": "org:viewer"})
    assert (await swept(house))["drifted"] == 1
    row = await house.row("mia")
    assert (row.state, row.in_clerk, row.cause) == ("drifted", "viewer", "was lowered by hand in Clerk")
    assert (await swept(house))["marked"] == 0


async def test_a_role_raised_by_hand_is_seen_and_undone(houses: Houses) -> None:
    house = await staffed(houses)
    await by_hand(house, "PATCH", "mia", {"role": "org:owner"})
    await swept(house)
    assert house.roles()["mia"] == {"production": "editor"}
    assert (await house.row("mia")).state == "granted"
    assert (await swept(house))["drifted"] == 0


async def test_a_role_that_is_none_of_ours_is_seen_and_stands(houses: Houses) -> None:
    house = await staffed(houses)
    await by_hand(house, "PATCH", "mia", {"role": "org:member"})
    assert (await swept(house))["drifted"] == 1
    assert (await house.row("mia")).state == "drifted"


async def test_a_membership_made_anew_by_hand_is_foreign_and_is_given_back_not_removed(houses: Houses) -> None:
    house = await staffed(houses)
    await by_hand(house, "DELETE", "mia")
    path = f"/organizations/{house.organization('production')}/memberships"
    await house.clerk("POST", path, {"user_id": house.clerk_user("mia")["id"], "role": "org:viewer"})
    assert (await swept(house))["marked"] == 1
    assert house.roles()["mia"] == {"production": "editor"}  # a rule gives it: adopted, and raised to what is decided
    engineers = (await house.scim("GET", '/Groups?filter=displayName eq "engineers"'))[1]["Resources"][0]["id"]
    await house.leave(engineers, (await house.explain("mia@acme.example")).accounts[0].subject or "")
    await house.idle()
    assert house.roles()["mia"] == {"production": "viewer"}


async def test_a_membership_added_by_hand_to_one_of_ours_is_known_and_left_alone(houses: Houses) -> None:
    house = await staffed(houses)
    sam = await house.user("sam")
    await house.group("scientists", sam)
    await house.idle()
    path = f"/organizations/{house.organization('research')}/memberships"
    await house.clerk("POST", path, {"user_id": house.clerk_user("mia")["id"], "role": "org:viewer"})
    assert (await swept(house))["marked"] == 1
    row = await house.row("mia", "research")
    assert (row.state, row.decided, row.in_clerk) == ("left_alone", None, "viewer")
    assert (await swept(house))["marked"] == 0


async def test_somebody_never_linked_is_counted_and_nothing_else(houses: Houses) -> None:
    house = await staffed(houses)
    guest = await house.clerk("POST", "/users", {"email_address": ["guest@elsewhere.example"]})
    path = f"/organizations/{house.organization('production')}/memberships"
    await house.clerk("POST", path, {"user_id": guest["id"], "role": "org:admin"})
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
    sam = await house.user("sam")
    await house.group("scientists", sam)
    await house.idle()
    assert house.roles() == {"sam": {"research": "editor"}}


async def test_who_was_banned_by_us_and_let_in_by_hand_is_banned_again(houses: Houses) -> None:
    house = await staffed(houses)
    ada = (await house.explain("ada@acme.example")).accounts[0].subject or ""
    await house.deactivate(ada)
    await house.idle()
    assert house.clerk_user("ada")["banned"] is True  # the last owner, kept
    await house.clerk("POST", f"/users/{house.clerk_user('ada')['id']}/unban", {})
    assert (await swept(house))["drifted"] == 1
    assert house.clerk_user("ada")["banned"] is True
    assert (await swept(house))["drifted"] == 0


async def test_somebody_at_work_on_a_person_is_not_disturbed(houses: Houses) -> None:
    house = await staffed(houses)
    await by_hand(house, "DELETE", "mia")
    await house.parts.database.write(
        lambda tx: tx.run(text("UPDATE person SET wanted = wanted + 1, not_before = :far"), far=house.clock() + 10**9)
    )
    assert (await sweeper(house).sweep())["marked"] == 0


async def test_a_membership_hidden_by_a_shifting_page_is_asked_for_by_name(houses: Houses) -> None:
    house = await staffed(houses)
    shown = house.parts.tools.clerk.all

    async def shifted(path: str, *, query: Any = (), **rest: Any) -> list[Any]:
        found = await shown(path, query=query, **rest)
        return found[1:] if ("order_by", "created_at") in query else found

    house.parts.tools.clerk.all = shifted  # type: ignore[method-assign]
    assert (await swept(house))["marked"] == 0


async def test_a_sweep_is_due_a_period_after_the_last_whoever_did_it(houses: Houses) -> None:
    house = await staffed(houses)
    await sweeper(house).sweep()
    assert 3590 < await sweeper(house)._due_in() <= 3600
    house.clock.jump(1800)
    assert 1790 < await sweeper(house)._due_in() <= 1800
    house.clock.jump(1801)
    assert await sweeper(house)._due_in() <= 0
