"""`workspaces`: what stands for them at Clerk, and what to do when that was deleted."""

from tests.support.by_hand import Houses, group_id, scim_id, staffed, swept
from tests.support.command_line import json, run


async def test_every_workspace_is_listed_with_its_organization_its_people_and_its_connections(houses: Houses) -> None:
    house = await staffed(houses)
    (production,) = await json(house, "workspaces", "list")
    assert (production["workspace"], production["connections"], production["reference"]) == (
        "production",
        ["acme"],
        "Acme/Production",
    )
    assert (production["organization"], production["ours"], production["others"]) == (house.organization("production"), 5, 0)
    assert production["blocked"] is None
    said = await run(house, "workspaces", "list")
    assert [line.split()[0] for line in said.splitlines()] == ["workspace", "production"]


async def test_one_that_is_only_decided_has_no_organization_yet(houses: Houses) -> None:
    house = await staffed(houses, mode="observe")
    (production,) = await json(house, "workspaces", "list")
    assert (production["organization"], production["ours"]) == (None, 0)
    assert (await run(house, "workspaces", "list")).endswith("made or looked up at the first grant\n")
    assert "has no organization yet" in await run(house, "workspaces", "forget", "production", code=1)


async def test_a_blocked_one_says_why_for_how_many_and_when_it_is_tried_again(houses: Houses) -> None:
    house = await staffed(houses)
    await house.clerk("PATCH", f"/organizations/{house.organization('production')}", {"max_allowed_memberships": 5})
    await house.join(await group_id(house, "engineers"), await house.user("eve"))
    await house.idle()
    blocked = (await json(house, "workspaces", "list"))[0]["blocked"]
    assert blocked["code"] == "organization_membership_quota_exceeded"
    assert 0 < blocked["next_probe"] - house.clock() <= 60_000
    said = await run(house, "workspaces", "list")
    assert "blocked for 1 person, tried again at " in said
    assert "(organization_membership_quota_exceeded)" in said


async def test_one_whose_organization_was_deleted_is_made_again_when_somebody_says_so(houses: Houses) -> None:
    house = await staffed(houses)
    before = house.organization("production")
    await house.clerk("DELETE", f"/organizations/{before}")
    await swept(house)
    await house.jump(120)
    assert house.sandbox.state()["organizations"] == []
    said = await run(house, "workspaces", "forget", "production")
    assert said == "production is not pinned any more. It concerns 5 people; the running service does the rest.\n"
    await house.idle()
    assert house.organization("production") != before
    assert house.roles()["ada"] == {"production": "owner"}
    assert house.roles()["mia"] == {"production": "editor"}
    assert (await house.row("mia")).state == "granted"
    assert [event.facts["organization"] for event in await house.audit("workspace.forgotten", connection="-")] == [before]


async def test_it_may_be_forgotten_before_any_sweep_saw_that_it_is_gone(houses: Houses) -> None:
    house = await staffed(houses)
    before = house.organization("production")
    await house.clerk("DELETE", f"/organizations/{before}")
    assert (await json(house, "workspaces", "forget", before))["people"] == 5
    await house.idle()
    assert len(house.roles()) == 5


async def test_one_that_clerk_still_has_is_not_forgotten(houses: Houses) -> None:
    house = await staffed(houses)
    said = await run(house, "workspaces", "forget", "production", code=1)
    assert f"Clerk still has Production ({house.organization('production')})." in said


async def test_one_that_is_named_by_its_id_can_only_be_named_otherwise(houses: Houses) -> None:
    made = "org_000000000000000000000000000"
    house = await houses(workspaces={"production": made, "research": {"create": "Research"}})
    await house.group("everything", await house.user("mia"))
    await house.idle()
    assert "names the organization org_0" in await run(house, "workspaces", "forget", "production", code=1)


async def test_one_that_is_named_by_its_slug_is_looked_up_again(houses: Houses) -> None:
    house = await houses(workspaces={"production": "acme-live", "research": {"create": "Research"}})
    first = await house.clerk("POST", "/organizations", {"name": "Acme Live", "slug": "acme-live"})
    await house.group("everything", await house.user("mia"))
    await house.idle()
    assert house.roles()["mia"] == {"acme live": "viewer", "research": "viewer"}
    await house.clerk("DELETE", f"/organizations/{first['id']}")
    second = await house.clerk("POST", "/organizations", {"name": "Acme Live", "slug": "acme-live"})
    await run(house, "workspaces", "forget", "production")
    await house.idle()
    assert house.organization("acme live") == second["id"]
    assert house.roles()["mia"] == {"acme live": "viewer", "research": "viewer"}


async def test_where_nothing_was_decided_yet_there_is_none(houses: Houses) -> None:
    house = await houses()
    assert await run(house, "workspaces", "list") == "No workspace has been used yet.\n"
    assert (await json(house, "workspaces", "list")) == []


async def test_somebody_who_left_meanwhile_does_not_come_back_with_the_workspace(houses: Houses) -> None:
    house = await staffed(houses)
    await house.clerk("DELETE", f"/organizations/{house.organization('production')}")
    await swept(house)
    await house.deactivate(await scim_id(house, "bo"))
    await house.idle()
    await run(house, "workspaces", "forget", "production")
    await house.idle()
    assert sorted(house.roles()) == ["ada", "cy", "di", "mia"]
