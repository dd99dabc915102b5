"""Two connections on one database: neither sees, finds, changes or counts what is the other's."""

from typing import Any

from tests.scim.conftest import GROUP, USER, Host


async def _same_twice(host: Host) -> tuple[str, str]:
    """The same user and group, by the same names, at both connections; ids of acme's."""
    made = {}
    for connection in ("acme", "globex"):
        user = await host.user("ada", connection=connection, emails=[{"value": "ada@shared.example"}])
        made[connection] = user, await host.group("engineers", user, connection=connection, externalId="g-1")
    return made["acme"]


async def _everything(host: Host, connection: str) -> list[Any]:
    return [(await host.get(path, connection=connection))["Resources"] for path in ("/Users", "/Groups")]


async def test_the_same_names_at_two_connections_are_no_twins(host: Host) -> None:
    await _same_twice(host)
    for connection in ("acme", "globex"):
        assert [len(found) for found in await _everything(host, connection)] == [1, 1]


async def test_no_verb_reaches_what_is_the_others(host: Host) -> None:
    user, group = await _same_twice(host)
    before = await _everything(host, "acme")
    patch = {"Operations": [{"op": "replace", "path": "externalId", "value": "stolen"}]}
    for place, whole in (
        (f"/Users/{user}", {"schemas": [USER], "userName": "stolen"}),
        (f"/Groups/{group}", {"schemas": [GROUP], "displayName": "stolen"}),
    ):
        for method, body in (("GET", None), ("PUT", whole), ("PATCH", patch), ("DELETE", None)):
            answer = await host.call(method, place, body, connection="globex")
            assert answer.status == 404, (method, place)
    assert await _everything(host, "acme") == before


async def test_no_filter_finds_what_is_the_others(host: Host) -> None:
    user, group = await _same_twice(host)
    for path, filters, id in (
        (
            "/Users",
            (
                'userName eq "ada@acme.example"',
                'externalId eq "ext-ada"',
                'emails.value eq "ada@shared.example"',
                "active eq true",
                'userName sw "ada"',
            ),
            user,
        ),
        ("/Groups", ('displayName eq "engineers"', 'externalId eq "g-1"', 'displayName co "gin"'), group),
    ):
        for filter in filters:
            assert await host.found(path, filter) == [id]
            (theirs,) = await host.found(path, filter, connection="globex")
            assert theirs != id
        assert await host.found(path, f'id eq "{id}"', connection="globex") == []
    assert await host.found("/Groups", f'members.value eq "{user}"', connection="globex") == []


async def test_nobody_of_another_connection_becomes_a_member(host: Host) -> None:
    user, group = await _same_twice(host)
    stranger = await host.group("strangers", user, group, "ext-later", connection="globex")
    await host.user("later")  # at acme: externalId ext-later
    body = await host.get(f"/Groups/{stranger}", connection="globex")
    assert sorted(body["members"], key=str) == sorted([{"value": user}, {"value": group}, {"value": "ext-later"}], key=str)
    assert len((await host.get(f"/Users/{user}"))["groups"]) == 1


async def test_a_removal_by_the_others_ids_removes_nobody(host: Host) -> None:
    user, group = await _same_twice(host)
    (theirs,) = await host.found("/Groups", 'displayName eq "engineers"', connection="globex")
    remove = {"op": "remove", "path": "members", "value": [{"value": user}]}
    await host.patch(f"/Groups/{theirs}", remove, connection="globex")
    assert await host.members(group) == [user]
    assert len(await host.members(theirs, connection="globex")) == 1


async def test_the_marks_and_the_audit_of_a_write_are_its_connections_own(host: Host) -> None:
    await _same_twice(host)
    subjects = await host.rows("SELECT subject FROM account WHERE connection = :name", name=host.name("globex"))
    before = await host.rows("SELECT count(*) AS n FROM audit WHERE connection = :name", name=host.name("globex"))
    (user,) = await host.found("/Users", 'externalId eq "ext-ada"')
    await host.call("DELETE", f"/Users/{user}")
    after = await host.rows("SELECT count(*) AS n FROM audit WHERE connection = :name", name=host.name("globex"))
    assert after[0]["n"] == before[0]["n"]
    assert user not in {row["subject"] for row in subjects}


async def test_a_token_of_one_connection_opens_no_other(host: Host) -> None:
    answer = await host.call("GET", "/Users", connection="globex", Authorization=f"Bearer {host.token('acme')}")
    assert answer.status == 401
