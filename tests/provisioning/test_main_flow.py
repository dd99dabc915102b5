"""A change in the IdP becomes roles in Clerk workspaces, with as few calls as it needs."""

from collections.abc import Awaitable, Callable

from tests.support.house import House

Houses = Callable[..., Awaitable[House]]


async def test_a_person_in_a_group_gets_the_role_that_the_rule_gives(houses: Houses) -> None:
    house = await houses()
    mia = await house.user("mia")
    await house.group("engineers", mia)
    await house.idle()
    assert house.roles() == {"mia": {"production": "editor"}}
    row = await house.row("mia")
    assert (row.state, row.decided, row.in_clerk) == ("granted", "editor", "editor")
    assert row.because[0]["rule"] == "Engineers"
    assert row.because[0]["facts"] == ["group engineers"]


async def test_a_person_in_two_groups_gets_the_higher_role(houses: Houses) -> None:
    house = await houses()
    mia = await house.user("mia")
    await house.group("engineers", mia)
    await house.group("admins", mia)
    await house.idle()
    assert house.roles() == {"mia": {"production": "admin"}}


async def test_nobody_becomes_a_clerk_user_before_the_first_grant(houses: Houses) -> None:
    house = await houses()
    await house.user("mia")
    await house.idle()
    assert house.sandbox.state()["users"] == []
    assert house.sandbox.calls() == {}


async def test_a_new_person_in_n_workspaces_costs_n_plus_one_calls(houses: Houses) -> None:
    house = await houses()
    first = await house.user("first")
    everything = await house.group("everything", first)
    await house.idle()
    house.sandbox.reset_calls()
    second = await house.user("second")
    await house.join(everything, second)
    await house.idle()
    assert house.sandbox.calls() == {
        "POST /v1/users": 1,
        "POST /v1/organizations/{organization_id}/memberships": 2,
    }


async def test_a_push_that_changes_nothing_makes_no_call(houses: Houses) -> None:
    house = await houses()
    mia = await house.user("mia")
    engineers = await house.group("engineers", mia)
    await house.idle()
    house.sandbox.reset_calls()
    await house.join(engineers, mia)
    await house.patch(f"/Users/{mia}", {"op": "replace", "value": {"active": True}})
    await house.patch(f"/Users/{mia}", {"op": "replace", "value": {"title": "Engineer"}})
    await house.idle()
    assert house.sandbox.calls() == {}


async def test_a_role_change_is_one_call(houses: Houses) -> None:
    house = await houses()
    mia = await house.user("mia")
    await house.group("engineers", mia)
    await house.idle()
    house.sandbox.reset_calls()
    await house.group("admins", mia)
    await house.idle()
    assert house.roles() == {"mia": {"production": "admin"}}
    assert house.sandbox.calls() == {"PATCH /v1/organizations/{organization_id}/memberships/{user_id}": 1}


async def test_a_move_between_teams_gains_at_once_and_loses_when_it_has_settled(houses: Houses) -> None:
    house = await houses(settle="10s")
    mia = await house.user("mia")
    engineers = await house.group("engineers", mia)
    scientists = await house.group("scientists")
    await house.idle()
    await house.leave(engineers, mia)
    await house.join(scientists, mia)
    await house.idle()
    assert house.roles() == {"mia": {"production": "editor", "research": "editor"}}
    row = await house.row("mia")
    assert (row.state, row.decided, row.in_clerk) == ("pending", None, "editor")
    await house.jump(11)
    assert house.roles() == {"mia": {"research": "editor"}}


async def test_leaving_a_group_and_coming_back_within_the_settling_time_makes_no_call(houses: Houses) -> None:
    house = await houses(settle="10s")
    mia = await house.user("mia")
    engineers = await house.group("engineers", mia)
    await house.idle()
    house.sandbox.reset_calls()
    await house.leave(engineers, mia)
    await house.idle()
    await house.join(engineers, mia)
    await house.jump(30)
    assert house.sandbox.calls() == {}
    assert (await house.row("mia")).state == "granted"


async def test_a_deactivated_person_is_signed_out_first_and_then_loses_every_workspace(houses: Houses) -> None:
    house = await houses()
    mia = await house.user("mia")
    await house.group("everything", mia)
    await house.idle()
    await house.sign_in("mia")
    house.sandbox.reset_calls()
    await house.deactivate(mia)
    await house.idle()
    assert house.roles() == {}
    assert [one["status"] for one in house.sandbox.state()["sessions"]] == ["revoked"]
    assert house.sandbox.calls() == {
        "GET /v1/sessions": 1,
        "POST /v1/sessions/{session_id}/revoke": 1,
        "DELETE /v1/organizations/{organization_id}/memberships/{user_id}": 2,
    }
    assert [event.facts["sessions"] for event in await house.audit("sessions.ended")] == [1]


async def test_a_reactivated_person_gets_everything_back(houses: Houses) -> None:
    house = await houses()
    mia = await house.user("mia")
    await house.group("engineers", mia)
    await house.idle()
    await house.deactivate(mia)
    await house.idle()
    await house.reactivate(mia)
    await house.idle()
    assert house.roles() == {"mia": {"production": "editor"}}
    assert len(house.sandbox.state()["users"]) == 1


async def test_a_deleted_person_loses_everything_and_a_new_one_of_the_same_id_is_the_same_clerk_user(houses: Houses) -> None:
    house = await houses()
    mia = await house.user("mia")
    engineers = await house.group("engineers", mia)
    await house.idle()
    clerk_user = house.clerk_user("mia")["id"]
    assert (await house.scim("DELETE", f"/Users/{mia}"))[0] == 204
    await house.idle()
    assert house.roles() == {}
    again = await house.user("mia")
    await house.join(engineers, again)
    await house.idle()
    assert house.roles() == {"mia": {"production": "editor"}}
    assert house.clerk_user("mia")["id"] == clerk_user


async def test_losing_one_workspace_ends_only_the_sessions_active_in_it(houses: Houses) -> None:
    house = await houses()
    mia = await house.user("mia")
    engineers = await house.group("engineers", mia)
    await house.group("scientists", mia)
    await house.idle()
    in_production = await house.sign_in("mia", "production")
    in_research = await house.sign_in("mia", "research")
    await house.leave(engineers, mia)
    await house.idle()
    status = {one["id"]: one["status"] for one in house.sandbox.state()["sessions"]}
    assert status == {in_production: "revoked", in_research: "active"}


async def test_deleting_a_group_takes_what_it_gave(houses: Houses) -> None:
    house = await houses()
    mia, jon = await house.user("mia"), await house.user("jon")
    engineers = await house.group("engineers", mia, jon)
    await house.group("scientists", jon)
    await house.idle()
    assert (await house.scim("DELETE", f"/Groups/{engineers}"))[0] == 204
    await house.idle()
    assert house.roles() == {"jon": {"research": "editor"}}


async def test_renaming_a_group_decides_anew_about_everybody_in_it(houses: Houses) -> None:
    house = await houses()
    mia = await house.user("mia")
    group = await house.group("newcomers", mia)
    await house.idle()
    assert house.roles() == {}
    await house.patch(f"/Groups/{group}", {"op": "replace", "value": {"id": group, "displayName": "engineers"}})
    await house.idle()
    assert house.roles() == {"mia": {"production": "editor"}}


async def test_a_nested_group_grants_and_says_through_which(houses: Houses) -> None:
    house = await houses()
    mia = await house.user("mia")
    team = await house.group("team", mia)
    await house.group("engineers", team)
    await house.idle()
    assert house.roles() == {"mia": {"production": "editor"}}
    assert (await house.row("mia")).because[0]["facts"] == ["group engineers (through team)"]


async def test_a_member_named_before_it_arrives_counts_from_its_arrival(houses: Houses) -> None:
    house = await houses()
    await house.group("engineers", "ext-mia")
    await house.user("mia")
    await house.idle()
    assert house.roles() == {"mia": {"production": "editor"}}


async def test_a_new_mapping_file_is_taken_once_and_changes_roles(houses: Houses) -> None:
    house = await houses()
    mia = await house.user("mia")
    await house.group("engineers", mia)
    await house.idle()
    rule = {"name": "Engineers", "when": {"group": "engineers"}, "grant": {"production": "admin"}}
    house.mapping(rules=[rule])

    async def raised() -> bool:
        return house.roles() == {"mia": {"production": "admin"}}

    await house.until(raised)
    assert [event.facts["version"] for event in await house.audit("mapping.taken")] == [1, 2]


async def test_a_broken_mapping_file_changes_nothing_and_is_reported(houses: Houses) -> None:
    house = await houses()
    mia = await house.user("mia")
    await house.group("engineers", mia)
    await house.idle()
    house.mapping(rules=[{"name": "Engineers", "when": {"group": "engineers"}, "grant": {"productoin": "admin"}}])

    async def refused() -> bool:
        return bool(await house.audit("mapping.refused"))

    await house.until(refused)
    await house.idle()
    assert house.roles() == {"mia": {"production": "editor"}}
    assert "did you mean production?" in (await house.audit("mapping.refused"))[0].facts["problem"]


async def test_every_change_says_who_and_why_in_the_audit_trail(houses: Houses) -> None:
    house = await houses()
    mia = await house.user("mia")
    await house.group("engineers", mia)
    await house.idle()
    created = (await house.audit("user.created"))[0]
    added = (await house.audit("membership.added"))[0]
    assert created.actor.startswith("idp:tok_")
    assert created.request_id
    assert added.actor == "system"
    assert added.facts["because"][0]["rule"] == "Engineers"
    assert added.person == created.person


async def test_a_rule_by_a_name_that_two_groups_share_gives_nothing_until_one_is_gone(houses: Houses) -> None:
    house = await houses(directory={"scim": {"unique_group_names": False}})
    mia, jon = await house.user("mia"), await house.user("jon")
    await house.group("engineers", mia)
    await house.idle()
    assert list(house.roles()) == ["mia"]
    second = await house.group("engineers", jon)
    await house.idle()
    assert house.roles() == {}
    rules = (await house.explain("mia@acme.example")).accounts[0].rules
    assert rules is not None
    assert any("two groups are called engineers" in verdict.why for verdict in rules.missed)
    await house.scim("DELETE", f"/Groups/{second}")
    await house.idle()
    assert list(house.roles()) == ["mia"]


async def test_captured_names_make_workspaces_up_to_the_operators_limit(houses: Houses) -> None:
    rule = {"name": "By name", "when": {"group_like": "team-{workspace}"}, "grant": {"{workspace}": "editor"}}
    house = await houses(rules=[rule], workspaces={"*": {"create": "Acme {alias}", "at_most": 1}})
    mia = await house.user("mia")
    await house.group("team-vision", mia)
    await house.idle()
    await house.group("team-language", mia)
    await house.idle()
    assert house.roles() == {"mia": {"acme vision": "editor"}}
    row = await house.row("mia", "language")
    assert row.state == "blocked"
    assert row.cause == '1 workspaces were made by "*" and its at_most is 1; Acme language is not made.'
