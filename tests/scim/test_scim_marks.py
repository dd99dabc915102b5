"""Every write leaves its due marks and its audit event in the same transaction (laws 2 and 10)."""

import pytest

from tests.scim.conftest import Host

_WANTED = "SELECT account.subject AS subject, person.wanted AS wanted FROM account "
_WANTED += "JOIN person ON person.pk = account.person WHERE account.connection = :name"


class Marks:
    """Who was marked since the last look."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.seen: dict[str, int] = {}
        self.scopes: dict[str, int] = {}

    async def persons(self) -> set[str]:
        rows = await self.host.rows(_WANTED, name=self.host.name())
        now = {row["subject"]: row["wanted"] for row in rows}
        marked = {subject for subject, wanted in now.items() if wanted > self.seen.get(subject, 0)}
        self.seen = now
        return marked

    async def groups(self) -> set[str]:
        sql = "SELECT id, version FROM due WHERE scope = 'group' AND connection = :name"
        now = {row["id"]: row["version"] for row in await self.host.rows(sql, name=self.host.name())}
        marked = {id for id, version in now.items() if version > self.scopes.get(id, 0)}
        self.scopes = now
        return marked

    async def all(self) -> tuple[set[str], set[str]]:
        return await self.persons(), await self.groups()


@pytest.fixture
def marks(host: Host) -> Marks:
    return Marks(host)


async def test_a_user_is_due_when_they_come_change_or_go(host: Host, marks: Marks) -> None:
    ada = await host.user("ada")
    assert await marks.all() == ({ada}, set())
    await host.patch(f"/Users/{ada}", {"op": "replace", "path": "title", "value": "Dr"})
    assert await marks.all() == ({ada}, set())
    await host.patch(f"/Users/{ada}", {"op": "replace", "path": "title", "value": "Dr"})
    assert await marks.all() == (set(), set())
    await host.call("DELETE", f"/Users/{ada}")
    assert await marks.all() == ({ada}, set())


async def test_members_who_come_and_go_are_due_and_the_others_are_not(host: Host, marks: Marks) -> None:
    ada, ben, cleo = [await host.user(name) for name in ("ada", "ben", "cleo")]
    await marks.all()
    group = await host.group("engineers", ada, ben)
    assert await marks.all() == ({ada, ben}, set())
    await host.patch(f"/Groups/{group}", {"op": "replace", "path": "members", "value": [{"value": ben}, {"value": cleo}]})
    assert await marks.all() == ({ada, cleo}, set())


async def test_a_rename_or_a_delete_is_one_mark_however_big_the_group(host: Host, marks: Marks) -> None:
    users = [await host.user(f"u{number}") for number in range(5)]
    group = await host.group("engineers", *users)
    await marks.all()
    await host.patch(f"/Groups/{group}", {"op": "replace", "path": "displayName", "value": "builders"})
    assert await marks.all() == (set(), {group})
    await host.call("DELETE", f"/Groups/{group}")
    assert await marks.all() == (set(), {group})


async def test_nesting_is_one_mark_on_the_nested_group(host: Host, marks: Marks) -> None:
    team = await host.group("team", await host.user("ada"))
    await marks.all()
    company = await host.group("company", team)
    assert await marks.all() == (set(), {team})
    await host.patch(f"/Groups/{company}", {"op": "remove", "path": "members"})
    assert await marks.all() == (set(), {team})


async def test_an_awaited_user_is_due_when_they_come_and_an_awaited_group_is_marked(host: Host, marks: Marks) -> None:
    await host.group("company", "ext-ada", "ext-team")
    ada = await host.user("ada")
    assert await marks.all() == ({ada}, set())
    ben = await host.user("ben", externalId="other")
    await marks.all()
    team = await host.group("team", ben, externalId="ext-team")
    assert await marks.all() == ({ben}, {team})


async def test_each_change_is_one_audit_event_with_its_actor_and_request(host: Host) -> None:
    ada = await host.user("ada")
    group = await host.group("engineers", ada)
    await host.patch(f"/Users/{ada}", {"op": "replace", "path": "title", "value": "Dr"})
    await host.patch(f"/Groups/{group}", {"op": "remove", "path": "members"})
    await host.call("DELETE", f"/Groups/{group}")
    await host.call("DELETE", f"/Users/{ada}")
    events = await host.rows(
        "SELECT action, actor, subject, request_id FROM audit WHERE connection = :name ORDER BY pk", name=host.name()
    )
    assert [(event["action"], event["subject"]) for event in events] == [
        ("user.created", ada),
        ("group.created", group),
        ("user.changed", ada),
        ("members.changed", group),
        ("group.deleted", group),
        ("user.deleted", ada),
    ]
    assert {event["actor"] for event in events} == {f"idp:{host.name()}"}
    assert len({event["request_id"] for event in events}) == 6


async def test_a_refused_write_marks_nobody_and_tells_nothing(host: Host, marks: Marks) -> None:
    ada = await host.user("ada")
    group = await host.group("engineers")
    await marks.all()
    await host.patch(
        f"/Groups/{group}",
        {"op": "add", "path": "members", "value": [{"value": ada}]},
        {"op": "remove", "path": "displayName"},
    )
    assert await marks.all() == (set(), set())
    events = await host.rows("SELECT action FROM audit WHERE connection = :name", name=host.name())
    assert len(events) == 2
