"""The everyday recipes in service: people are pushed, and are where the page says; each trap is shown to be one."""

from typing import Any

ENTRA_GROUP = "2c9a7f30-1b7d-4f5a-8f0e-5a3f9f4f7b22"
CONTRACTORS = "config/mappings/acme-okta.yaml"
THIRD_LIMIT = """  - name: Who is not marked only looks
    when: {attribute: {userType: {present: false}}}
    at_most: viewer
"""
WITHOUT_THE_THIRD_LIMIT = [
    (CONTRACTORS, THIRD_LIMIT, ""),
    (CONTRACTORS, "{production: viewer, billing: viewer}", "{production: admin, billing: viewer}"),
]


async def test_a_team_has_its_workspace_and_nobody_else_is_in_it(cook: Any) -> None:
    story = await cook("One team, one workspace")
    mia, jonas, lea = [await story.person(f"{name}@acme.example") for name in ("mia", "jonas", "lea")]
    await story.group("Data Team", mia, lea)
    await story.group("Data Team Leads", mia)
    await story.group("Sales", jonas)
    await story.house.idle()
    assert story.house.roles() == {"mia": {"data-science": "admin"}, "lea": {"data-science": "editor"}}
    await story.shows("inferpipe-bridge explain mia@acme.example")
    await story.shows("inferpipe-bridge explain jonas@acme.example")


async def test_somebody_whose_group_was_not_pushed_matches_no_rule(cook: Any) -> None:
    story = await cook("One team, one workspace")
    await story.person("mia@acme.example")
    await story.house.idle()
    assert story.house.roles() == {}
    assert "not in group Data Team" in await story.run("explain", "mia@acme.example")


async def test_the_name_of_a_group_gives_what_it_says_except_where_that_is_too_important(cook: Any) -> None:
    story = await cook("Group names say who works where")
    mia, jonas = await story.person("mia@acme.example"), await story.person("jonas@acme.example")
    for name in ("inferpipe-vision-editor", "inferpipe-data-science-admin"):
        await story.group(name, mia)
    for name in ("inferpipe-production-admin", "inferpipe-vision-owner", "inferpipe-visoin-editor"):
        await story.group(name, jonas)
    await story.house.idle()
    assert story.house.roles() == {"mia": {"vision": "editor", "data-science": "admin"}}
    await story.shows("inferpipe-bridge explain mia@acme.example")


async def test_with_a_star_a_slip_in_a_groups_name_makes_a_workspace(cook: Any) -> None:
    star = '  "*": {create: "Acme {alias}", at_most: 20}\n'
    change = ("config/connections/acme-okta.yaml", "  vision: acme-vision\n", f"  vision: acme-vision\n{star}")
    slip = "given: {groups: [inferpipe-visoin-editor]}, expect: "
    expected = ("config/mappings/acme-okta.yaml", f"{slip}none", f"{slip}{{visoin: editor}}")
    story = await cook("Group names say who works where", change, expected)
    mia = await story.person("mia@acme.example")
    await story.group("inferpipe-visoin-editor", mia)
    await story.group("inferpipe-production-admin", mia)
    await story.house.idle()
    assert story.house.roles() == {"mia": {"acme visoin": "editor"}}


async def test_contractors_are_cut_down_and_whoever_is_not_marked_only_looks(cook: Any) -> None:
    story = await cook("Contractors", *WITHOUT_THE_THIRD_LIMIT)
    erin = await story.person("erin@acme.example", userType="Employee")
    carl = await story.person("carl@acme.example", userType="Contractor")
    uma = await story.person("uma@acme.example")
    await story.group("platform", erin, carl, uma)
    await story.house.idle()
    careless = {
        "erin": {"production": "admin", "billing": "viewer"},
        "carl": {"production": "editor"},
        "uma": {"production": "admin", "billing": "viewer"},
    }
    assert story.house.roles() == careless
    draft = story.recipe.files["config/mappings/acme-okta.yaml"]
    (story.house.folder / "draft.yaml").write_text(draft, encoding="utf-8")
    await story.shows("inferpipe-bridge preview draft.yaml")
    assert story.house.roles() == careless
    story.recipe.write(story.house.folder)
    await story.taken(2)
    assert story.house.roles() == careless | {"uma": {"production": "viewer", "billing": "viewer"}}
    await story.shows("inferpipe-bridge explain carl@acme.example")
    await story.shows("inferpipe-bridge explain uma@acme.example --if userType=Employee")
    await story.shows("inferpipe-bridge mapping rollback acme-okta")
    await story.settled()
    assert story.house.roles() == careless


async def test_a_subsidiary_is_in_its_own_workspace_and_not_in_the_parents(cook: Any) -> None:
    story = await cook("A subsidiary with its own domain and workspace")
    people = ("mia@acme.example", "bo@brick.example", "kim@brick.example", "pat@uk.brick.example")
    mia, bo, _, pat = [await story.person(email) for email in people]
    await story.group("engineering", mia, bo, pat)
    await story.house.idle()
    assert story.house.roles() == {
        "mia": {"production": "editor"},
        "bo": {"brick": "editor"},
        "kim": {"brick": "viewer"},
    }
    assert (await story.row("pat@uk.brick.example", "production")).state == "outside_domains"
    await story.shows("inferpipe-bridge explain bo@brick.example")
    await story.shows("inferpipe-bridge explain pat@uk.brick.example")


async def test_a_group_bound_to_its_id_may_be_called_anything(cook: Any) -> None:
    story = await cook("Entra groups by object id")
    lena = await story.person("lena@acme.example")
    group = await story.group("Data Scientists", lena, externalId=ENTRA_GROUP)
    await story.house.idle()
    renamed = {"op": "replace", "value": {"id": group, "displayName": "Team Insight"}}
    await story.house.patch(f"/Groups/{group}", renamed, connection="acme-entra")
    await story.settled()
    otto = await story.person("otto@acme.example")
    await story.group("Data Scientists", otto, externalId="5d0c1c1e-0000-4000-8000-000000000000")
    await story.settled()
    assert story.house.roles() == {"lena": {"research": "editor"}}
    await story.shows("inferpipe-bridge explain lena@acme.example")


async def test_without_ids_a_second_group_of_the_name_locks_people_out(cook: Any) -> None:
    lines = f"groups:\n  Data Scientists: {ENTRA_GROUP}\n  Research Leads: 71e0b0f4-55a2-4c0c-9a57-9b8c1d2e3f33\n"
    story = await cook("Entra groups by object id", ("config/mappings/acme-entra.yaml", lines, ""))
    lena = await story.person("lena@acme.example")
    await story.group("Data Scientists", lena, externalId=ENTRA_GROUP)
    await story.house.idle()
    assert story.house.roles() == {"lena": {"research": "editor"}}
    await story.group("Data Scientists", externalId="5d0c1c1e-0000-4000-8000-000000000000")
    await story.settled()
    assert story.house.roles() == {}


async def test_a_group_inside_a_group_counts_where_the_idp_sends_it(cook: Any) -> None:
    story = await cook("Groups inside groups")
    mia = await story.person("mia@acme.example")
    berlin = await story.group("Platform Berlin", mia)
    await story.group("Platform", berlin)
    ole = await story.person("ole@labs.acme.example", connection="acme-entra")
    pia = await story.person("pia@labs.acme.example", connection="acme-entra")
    await story.group("Platform", connection="acme-entra")  # Entra leaves out what is inside
    await story.group("Platform Oslo", ole, connection="acme-entra")
    await story.group("Offices", pia, connection="acme-entra")
    await story.house.idle()
    assert story.house.roles() == {"mia": {"production": "admin"}, "ole": {"production": "admin"}}
    await story.shows("inferpipe-bridge explain mia@acme.example")
    await story.shows("inferpipe-bridge explain ole@labs.acme.example")


async def test_a_rule_about_the_outer_group_gives_nothing_where_entra_left_out_the_inner_ones(cook: Any) -> None:
    rule = "{group: [Platform Berlin, Platform Oslo]}   # not Platform: Entra sends it without the people inside"
    mapping = "config/mappings/acme-entra.yaml"
    changes = [(mapping, rule, "{group: Platform}"), (mapping, "[Platform Berlin]", "[Platform]")]
    story = await cook("Groups inside groups", *changes, (mapping, "[Platform Oslo]", "[Platform]"))
    ole = await story.person("ole@labs.acme.example", connection="acme-entra")
    await story.group("Platform", connection="acme-entra")
    await story.group("Platform Oslo", ole, connection="acme-entra")
    await story.house.idle()
    assert story.house.roles() == {}
