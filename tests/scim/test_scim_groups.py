"""Groups: members are rows, and what a write does to them is only what it says."""

from typing import Any

import pytest

from tests.scim.conftest import GROUP, Host

ROWS = "SELECT g.id AS gid, u.id AS uid FROM scim_member m JOIN scim_group g ON g.pk = m.group_pk "
ROWS += "JOIN scim_user u ON u.pk = m.user_pk WHERE g.connection = :name"


async def _team(host: Host) -> tuple[str, str, str, str]:
    """A group with Ada and Ben, and Cleo beside it."""
    ada, ben, cleo = [await host.user(name) for name in ("ada", "ben", "cleo")]
    return await host.group("engineers", ada, ben), ada, ben, cleo


def _values(*members: str) -> list[dict[str, str]]:
    return [{"value": member} for member in members]


async def test_a_created_group_comes_back_with_its_members(host: Host) -> None:
    ada = await host.user("ada")
    body = {"schemas": [GROUP], "displayName": "engineers", "externalId": "g-1", "members": _values(ada, "unknown")}
    answer = await host.call("POST", "/Groups", body)
    place = f"{host.base()}/Groups/{answer.id}"
    assert (answer.status, answer.headers["Location"], answer.headers["ETag"]) == (201, place, 'W/"1"')
    assert answer.body == {
        "schemas": [GROUP],
        "id": answer.id,
        "displayName": "engineers",
        "externalId": "g-1",
        "members": [
            {"value": ada, "$ref": f"{host.base()}/Users/{ada}", "type": "User"},
            {"value": "unknown"},
        ],
        "meta": answer.body["meta"],
    }
    assert answer.body["meta"]["location"] == place
    assert await host.get(f"/Groups/{answer.id}") == answer.body


async def test_members_are_always_a_list(host: Host) -> None:
    """authentik adds nobody where an answer lacks them."""
    answer = await host.call("POST", "/Groups", {"schemas": [GROUP], "displayName": "nobody"})
    assert answer.body["members"] == []
    assert (await host.get(f"/Groups/{answer.id}"))["members"] == []
    (listed,) = (await host.get("/Groups"))["Resources"]
    assert listed["members"] == []
    put = await host.call("PUT", f"/Groups/{answer.id}", {"schemas": [GROUP], "displayName": "still nobody"})
    assert put.body["members"] == []


async def test_a_patch_of_a_group_answers_204_with_its_new_etag(host: Host) -> None:
    group, *_, cleo = await _team(host)
    answer = await host.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": _values(cleo)})
    assert (answer.status, answer.body, answer.headers["ETag"]) == (204, None, 'W/"2"')
    assert (await host.get(f"/Groups/{group}"))["meta"]["version"] == 'W/"2"'


async def test_added_members_come_on_top(host: Host) -> None:
    group, ada, ben, cleo = await _team(host)
    await host.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": _values(cleo, ada)})
    assert await host.members(group) == sorted([ada, ben, cleo])
    change = host.last_change()
    assert (change.kind, change.users, change.gained, change.groups) == ("members.changed", (cleo,), (cleo,), ())


@pytest.mark.parametrize("path", ['members[value eq "{}"]', 'members[value eq "{}" or value eq "nobody"]'])
async def test_a_member_is_removed_by_filter(host: Host, path: str) -> None:
    group, ada, ben, _ = await _team(host)
    await host.patch(f"/Groups/{group}", {"op": "remove", "path": path.format(ada)})
    assert await host.members(group) == [ben]
    change = host.last_change()
    assert (change.users, change.gained) == ((ada,), ())


async def test_members_are_removed_by_any_filter(host: Host) -> None:
    group, ada, *_ = await _team(host)
    await host.patch(f"/Groups/{group}", {"op": "remove", "path": 'members[display sw "ben"]'})
    assert await host.members(group) == [ada]


async def test_members_are_removed_by_a_list_of_values(host: Host) -> None:
    group, ada, ben, cleo = await _team(host)
    await host.patch(f"/Groups/{group}", {"op": "remove", "path": "members", "value": _values(ada, cleo, "nobody")})
    assert await host.members(group) == [ben]


async def test_an_external_id_names_a_member_as_well_as_ours(host: Host) -> None:
    group, _, ben, cleo = await _team(host)
    await host.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": _values("ext-cleo")})
    await host.patch(f"/Groups/{group}", {"op": "remove", "path": "members", "value": _values("ext-ada")})
    assert await host.members(group) == sorted([ben, cleo])


@pytest.mark.parametrize("value", [[], "", {}, [{}], [{"display": "ada@acme.example"}], [None], [{"value": ""}]])
@pytest.mark.parametrize("op", ["remove", "add", "replace"])
async def test_a_list_that_names_nobody_never_means_everybody(host: Host, op: str, value: Any) -> None:
    group, ada, ben, _ = await _team(host)
    answer = await host.patch(f"/Groups/{group}", {"op": op, "path": "members", "value": value})
    if value == [] and op == "replace":  # the one way to say "nobody"
        assert (answer.status, await host.members(group)) == (204, [])
        return
    assert answer.status == (204 if value == [] and op == "add" else 400)
    assert await host.members(group) == sorted([ada, ben])


async def test_a_remove_without_a_value_empties_the_group(host: Host) -> None:
    group, ada, ben, _ = await _team(host)
    await host.patch(f"/Groups/{group}", {"op": "remove", "path": "members"})
    assert await host.members(group) == []
    assert host.last_change().users == tuple(sorted([ada, ben]))


@pytest.mark.parametrize("path", ["members.value", 'members[value eq "{}"].display', "members.display"])
@pytest.mark.parametrize("op", ["remove", "replace"])
async def test_a_part_of_a_member_is_no_way_to_remove_or_add_one(host: Host, op: str, path: str) -> None:
    group, ada, ben, _ = await _team(host)
    answer = await host.patch(f"/Groups/{group}", {"op": op, "path": path.format(ada), "value": "x"})
    assert (answer.status, answer.body["scimType"]) == (400, "invalidPath")
    assert await host.members(group) == sorted([ada, ben])


async def test_replace_leaves_exactly_the_named(host: Host) -> None:
    group, ada, ben, cleo = await _team(host)
    await host.patch(f"/Groups/{group}", {"op": "replace", "path": "members", "value": _values(ben, cleo)})
    assert await host.members(group) == sorted([ben, cleo])
    change = host.last_change()
    assert (change.users, change.gained) == (tuple(sorted([ada, cleo])), (cleo,))


async def test_a_put_replaces_name_and_members(host: Host) -> None:
    group, ada, ben, cleo = await _team(host)
    body = {"schemas": [GROUP], "displayName": "builders", "members": _values(ben, cleo)}
    answer = await host.call("PUT", f"/Groups/{group}", body)
    assert (answer.status, answer.body["displayName"], answer.headers["ETag"]) == (200, "builders", 'W/"2"')
    assert sorted(member["value"] for member in answer.body["members"]) == sorted([ben, cleo])
    change = host.last_change()
    assert (change.kind, change.fields, change.groups) == ("group.changed", ("displayName",), (group,))
    assert (change.users, change.gained) == (tuple(sorted([ada, cleo])), (cleo,))


async def test_a_put_without_members_empties_the_group(host: Host) -> None:
    group, *_ = await _team(host)
    answer = await host.call("PUT", f"/Groups/{group}", {"schemas": [GROUP], "displayName": "engineers"})
    assert answer.body["members"] == []


async def test_a_rename_keeps_the_members(host: Host) -> None:
    """Okta sends the id inside the value, together with each change of members."""
    group, ada, ben, cleo = await _team(host)
    answer = await host.patch(
        f"/Groups/{group}",
        {"op": "replace", "value": {"id": group, "displayName": "builders"}},
        {"op": "remove", "path": f'members[value eq "{ben}"]'},
        {"op": "add", "path": "members", "value": [{"value": cleo, "display": "cleo@acme.example", "$ref": None}]},
    )
    assert answer.status == 204
    body = await host.get(f"/Groups/{group}")
    assert (body["id"], body["displayName"]) == (group, "builders")
    assert await host.members(group) == sorted([ada, cleo])
    assert host.last_change().name == "builders"


async def test_who_comes_and_goes_within_one_message_has_not_moved(host: Host) -> None:
    group, ada, ben, cleo = await _team(host)
    changes = len(host.door.changes)
    answer = await host.patch(
        f"/Groups/{group}",
        {"op": "add", "path": "members", "value": _values(cleo)},
        {"op": "remove", "path": "members", "value": _values(cleo, ada)},
        {"op": "add", "path": "members", "value": _values(ada)},
    )
    assert (answer.status, answer.headers["ETag"]) == (204, 'W/"1"')
    assert await host.members(group) == sorted([ada, ben])
    assert len(host.door.changes) == changes


async def test_one_bad_operation_moves_nobody(host: Host) -> None:
    group, ada, ben, cleo = await _team(host)
    answer = await host.patch(
        f"/Groups/{group}",
        {"op": "add", "path": "members", "value": _values(cleo)},
        {"op": "replace", "path": "displayName", "value": ""},
    )
    assert (answer.status, answer.body["scimType"]) == (400, "invalidValue")
    assert await host.members(group) == sorted([ada, ben])


async def test_a_second_group_of_one_name_is_a_clash(host: Host) -> None:
    await host.group("Engineers")
    other = await host.group("Builders")
    for answer in (
        await host.call("POST", "/Groups", {"schemas": [GROUP], "displayName": "ENGINEERS"}),
        await host.call("PUT", f"/Groups/{other}", {"schemas": [GROUP], "displayName": "engineers"}),
        await host.patch(f"/Groups/{other}", {"op": "replace", "path": "displayName", "value": "engineerS"}),
    ):
        assert (answer.status, answer.body["scimType"]) == (409, "uniqueness")
    assert len(await host.found("/Groups", 'displayName eq "engineers"')) == 1


async def test_a_group_may_change_the_case_of_its_own_name(host: Host) -> None:
    group = await host.group("engineers")
    answer = await host.patch(f"/Groups/{group}", {"op": "replace", "path": "displayName", "value": "Engineers"})
    assert answer.status == 204
    assert (await host.get(f"/Groups/{group}"))["displayName"] == "Engineers"


async def test_two_groups_may_share_a_name_where_the_operator_says_so(host: Host) -> None:
    ids = [await host.group("engineers", connection="twins") for _ in range(2)]
    assert await host.found("/Groups", 'displayName eq "engineers"', connection="twins") == ids


async def test_a_deleted_group_is_gone_for_every_reader_and_its_name_is_free(host: Host) -> None:
    ada = await host.user("ada")
    group = await host.group("engineers", ada, externalId="g-1")
    answer = await host.call("DELETE", f"/Groups/{group}")
    assert (answer.status, answer.body) == (204, None)
    change = host.last_change()
    assert (change.kind, change.groups, change.name) == ("group.deleted", (group,), "engineers")
    assert (await host.call("GET", f"/Groups/{group}")).status == 404
    assert (await host.call("DELETE", f"/Groups/{group}")).status == 404
    assert (await host.patch(f"/Groups/{group}", {"op": "remove", "path": "members"})).status == 404
    assert (await host.get("/Groups"))["Resources"] == []
    assert await host.found("/Groups", 'externalId eq "g-1"') == []
    assert "groups" not in await host.get(f"/Users/{ada}")
    assert await host.group("engineers", externalId="g-1") != group


async def test_members_are_rows_and_not_part_of_the_group(host: Host) -> None:
    group, ada, ben, _ = await _team(host)
    rows = await host.rows(ROWS, name=host.name())
    assert sorted((row["gid"], row["uid"]) for row in rows) == sorted([(group, ada), (group, ben)])
    (row,) = await host.rows("SELECT body FROM scim_group WHERE id = :id", id=group)
    assert b"members" not in bytes(row["body"])


async def test_a_change_of_members_never_touches_a_user(host: Host) -> None:
    ada = await host.user("ada")
    before = await host.call("GET", f"/Users/{ada}")
    await host.group("engineers", ada)
    after = await host.call("GET", f"/Users/{ada}")
    assert after.headers["ETag"] == before.headers["ETag"]
    assert after.body["meta"] == before.body["meta"]
