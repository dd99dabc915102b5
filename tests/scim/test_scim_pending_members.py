"""A member value nobody knows is kept, shown, and becomes a membership when its user or group arrives (rule R11)."""

import pytest

from scim import person
from tests.scim.conftest import GROUP, Host


async def _groups_of(host: Host, user: str) -> set[str]:
    """Names of the groups a user is in, nested ones included."""
    facts = await host.store.read(lambda tx: person.facts(tx, host.name(), user))
    assert facts is not None
    return {group.display_name for group in facts.groups}


async def _affected(host: Host, group: str) -> list[str]:
    return await host.store.read(lambda tx: person.affected(tx, host.name(), group, "", 100))


async def test_an_unknown_value_is_echoed_and_makes_nobody_a_member(host: Host) -> None:
    group = await host.group("engineers", "later")
    assert (await host.get(f"/Groups/{group}"))["members"] == [{"value": "later"}]
    assert (
        await host.rows("SELECT 1 FROM scim_member WHERE group_pk IN (SELECT pk FROM scim_group WHERE id = :g)", g=group)
        == []
    )


async def test_a_user_who_arrives_becomes_a_member_of_every_group_that_waits(host: Host) -> None:
    groups = [await host.group(name, "ext-ada", "ext-ben") for name in ("engineers", "builders")]
    made = await host.call("POST", "/Users", {"userName": "ada@acme.example", "externalId": "ext-ada"})
    assert [group["value"] for group in made.body["groups"]] == groups
    for group in groups:
        assert await host.members(group) == sorted([made.id, "ext-ben"])
    change = host.last_change()
    assert (change.kind, change.id) == ("user.created", made.id)


async def test_a_user_whose_external_id_becomes_the_awaited_one_joins_and_is_looked_at(host: Host) -> None:
    group = await host.group("engineers", "ext-late")
    ada = await host.user("ada", externalId="ext-early")
    answer = await host.patch(f"/Users/{ada}", {"op": "replace", "path": "externalId", "value": "ext-late"})
    assert [one["value"] for one in answer.body["groups"]] == [group]
    assert await host.members(group) == [ada]
    change = host.last_change()
    assert (change.kind, change.id, change.fields) == ("user.changed", ada, ("externalId",))


async def test_a_membership_outlives_a_change_of_external_id(host: Host) -> None:
    ada = await host.user("ada")
    group = await host.group("engineers", "ext-ada")
    await host.patch(f"/Users/{ada}", {"op": "replace", "path": "externalId", "value": "another"})
    assert await host.members(group) == [ada]


async def test_a_group_that_arrives_is_nested_and_its_members_are_looked_at(host: Host) -> None:
    ada = await host.user("ada")
    await host.group("everybody", "ext-team")
    team = await host.group("team", ada, externalId="ext-team")
    assert await _groups_of(host, ada) == {"everybody", "team"}
    change = host.last_change()
    assert (change.kind, change.users, change.groups) == ("group.created", (ada,), (team,))


async def test_the_members_far_below_a_group_that_arrives_are_looked_at(host: Host) -> None:
    ada = await host.user("ada")
    inner = await host.group("inner", ada)
    await host.group("everybody", "ext-team")
    team = await host.group("team", inner, externalId="ext-team")
    assert await _groups_of(host, ada) == {"everybody", "team", "inner"}
    change = host.last_change()
    assert change.users == ()
    assert set(change.groups) == {inner, team}
    assert await _affected(host, team) == [ada]


async def test_a_group_whose_external_id_becomes_the_awaited_one_is_nested(host: Host) -> None:
    ada = await host.user("ada")
    await host.group("everybody", "ext-late")
    team = await host.group("team", ada)
    answer = await host.patch(f"/Groups/{team}", {"op": "add", "path": "externalId", "value": "ext-late"})
    assert answer.status == 204
    assert await _groups_of(host, ada) == {"everybody", "team"}
    change = host.last_change()
    assert (change.kind, change.groups) == ("group.changed", (team,))


async def test_a_group_known_by_its_external_id_is_nested_at_once(host: Host) -> None:
    ada = await host.user("ada")
    team = await host.group("team", ada, externalId="ext-team")
    everybody = await host.group("everybody", "ext-team")
    assert await host.members(everybody) == [team]
    assert await _groups_of(host, ada) == {"everybody", "team"}
    assert host.last_change().groups == (team,)


@pytest.mark.parametrize("how", ["id", "externalId"])
async def test_a_resolved_member_is_removed_by_our_id_or_by_the_awaited_value(host: Host, how: str) -> None:
    group = await host.group("engineers", "ext-ada")
    ada = await host.user("ada")
    value = ada if how == "id" else "ext-ada"
    await host.patch(f"/Groups/{group}", {"op": "remove", "path": f'members[value eq "{value}"]'})
    assert await host.members(group) == []
    assert host.last_change().users == (ada,)


async def test_a_value_that_waits_no_longer_brings_nobody(host: Host) -> None:
    removed = await host.group("removed", "ext-ada")
    await host.patch(f"/Groups/{removed}", {"op": "remove", "path": "members", "value": [{"value": "ext-ada"}]})
    replaced = await host.group("replaced", "ext-ada", "ext-ben")
    await host.patch(f"/Groups/{replaced}", {"op": "replace", "path": "members", "value": [{"value": "ext-ben"}]})
    deleted = await host.group("deleted", "ext-ada")
    await host.call("DELETE", f"/Groups/{deleted}")
    ada = await host.user("ada")
    assert await _groups_of(host, ada) == set()
    assert await host.members(replaced) == ["ext-ben"]


async def test_somebody_named_twice_is_one_member(host: Host) -> None:
    group = await host.group("engineers", "ext-ada")
    ada = await host.user("ada")
    await host.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": ada}, {"value": "ext-ada"}]})
    assert await host.members(group) == [ada]


async def test_waiting_for_one_more_changes_the_group_and_nobody_in_it(host: Host) -> None:
    group = await host.group("engineers")
    body = {"schemas": [GROUP], "displayName": "engineers", "members": [{"value": "later"}]}
    answer = await host.call("PUT", f"/Groups/{group}", body)
    assert answer.headers["ETag"] == 'W/"2"'
    change = host.last_change()
    assert (change.kind, change.users, change.groups) == ("members.changed", (), ())
