"""What a request may cost: counted in the statements it runs, so that a big group costs no more than a small one."""

import pytest

from tests.scim.conftest import Host

MEMBERS = ("scim_member", "scim_nested", "scim_pending")


async def _team(host: Host, size: int) -> tuple[str, list[str]]:
    users = [await host.user(f"u{number}") for number in range(size)]
    return await host.group("engineers", *users), users


def _touching(host: Host, *tables: str) -> list[str]:
    return [statement for statement in host.door.statements if any(table in statement for table in tables)]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/Groups/{id}", {"excludedAttributes": "members"}),
        ("/Groups/{id}", {"attributes": "displayName"}),
        ("/Groups", {"excludedAttributes": "members"}),
        ("/Groups", {"excludedAttributes": "members", "filter": 'displayName eq "engineers"'}),
        ("/Groups", {"excludedAttributes": "members", "filter": 'externalId eq "x"'}),
    ],
)
async def test_a_read_without_members_touches_no_member_row(host: Host, path: str, query: dict[str, str]) -> None:
    id, _ = await _team(host, 2)
    host.door.statements.clear()
    await host.get(path.format(id=id), **query)
    assert host.door.statements
    assert _touching(host, *MEMBERS) == []


async def test_a_read_with_members_does_touch_them(host: Host) -> None:
    """So that the test above can fail."""
    id, _ = await _team(host, 2)
    host.door.statements.clear()
    await host.get(f"/Groups/{id}")
    assert _touching(host, *MEMBERS)


async def test_a_delete_of_a_group_and_its_rename_touch_no_member_row(host: Host) -> None:
    id, _ = await _team(host, 2)
    host.door.statements.clear()
    await host.patch(f"/Groups/{id}", {"op": "replace", "path": "displayName", "value": "builders"})
    await host.call("DELETE", f"/Groups/{id}")
    assert _touching(host, *MEMBERS) == []
    assert len(host.door.statements) <= 8


@pytest.mark.parametrize("op", ["add", "remove"])
async def test_one_member_costs_one_row_and_no_list_of_the_others(host: Host, op: str) -> None:
    id, users = await _team(host, 12)
    one = users[0] if op == "remove" else await host.user("new")
    before = await host.rows("SELECT count(*) AS n FROM scim_member")
    host.door.statements.clear()
    await host.patch(f"/Groups/{id}", {"op": op, "path": "members", "value": [{"value": one}]})
    after = await host.rows("SELECT count(*) AS n FROM scim_member")
    assert after[0]["n"] - before[0]["n"] == (1 if op == "add" else -1)
    (change,) = _touching(host, *(MEMBERS[:2] if op == "add" else MEMBERS[:1]))
    assert change.startswith("INSERT" if op == "add" else "DELETE")


async def test_many_members_cost_as_many_statements_as_few(host: Host) -> None:
    users = [await host.user(f"u{number}") for number in range(12)]
    counted = []
    for name, members in (("few", users[:2]), ("many", users)):
        host.door.statements.clear()
        group = await host.group(name, *members)
        await host.patch(
            f"/Groups/{group}", {"op": "replace", "path": "members", "value": [{"value": one} for one in members[1:]]}
        )
        counted.append(len(host.door.statements))
    assert counted[0] == counted[1]


async def test_a_page_of_users_costs_as_many_statements_whatever_its_size(host: Host) -> None:
    """The rows, how many there are (unless nothing was written since), who is in which groups, and what these are called."""
    await _team(host, 6)
    counted = []
    for count in ("2", "6"):
        host.door.statements.clear()
        await host.get("/Users", count=count, startIndex="1", filter="active eq true")
        counted.append(len(host.door.statements))
    assert max(counted) <= 4


@pytest.mark.parametrize("query", [{}, {"excludedAttributes": "groups"}, {"attributes": "userName"}])
async def test_a_user_is_read_with_their_groups_by_one_statement(host: Host, query: dict[str, str]) -> None:
    id = await host.user("ada")
    host.door.statements.clear()
    await host.get(f"/Users/{id}", **query)
    assert len(host.door.statements) == 1


async def test_the_writes_of_a_user_are_few_statements(host: Host) -> None:
    """Besides the intake's own: insert, look for who waits; lock, update, groups for the answer."""
    host.door.statements.clear()
    id = await host.user("ada")
    assert len(host.door.statements) == 2
    host.door.statements.clear()
    await host.patch(f"/Users/{id}", {"op": "replace", "path": "active", "value": False})
    assert len(host.door.statements) == 3
