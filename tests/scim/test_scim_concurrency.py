"""Many writers at once: every change lands, and twins are told apart, on both engines."""

import asyncio
from typing import Any

import pytest

from tests.scim.conftest import GROUP, USER, Answer, Host

WRITERS = 16


def _statuses(answers: list[Answer]) -> list[int]:
    return sorted(answer.status for answer in answers)


def _values(*members: str) -> list[dict[str, str]]:
    return [{"value": member} for member in members]


async def test_members_added_at_the_same_moment_all_land(host: Host) -> None:
    users = [await host.user(f"u{number}") for number in range(WRITERS)]
    group = await host.group("engineers")
    answers = await asyncio.gather(
        *(host.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": _values(user)}) for user in users)
    )
    assert _statuses(answers) == [204] * WRITERS
    assert await host.members(group) == sorted(users)
    assert (await host.get(f"/Groups/{group}"))["meta"]["version"] == f'W/"{WRITERS + 1}"'
    gained = [change.gained for change in host.door.changes if change.kind == "members.changed"]
    assert sorted(gained) == sorted((user,) for user in users)


async def test_members_added_and_removed_at_the_same_moment_all_end_right(host: Host) -> None:
    users = [await host.user(f"u{number}") for number in range(WRITERS)]
    group = await host.group("engineers", *users[:8])
    changes = [("remove", user) for user in users[:8]] + [("add", user) for user in users[8:]]
    answers = await asyncio.gather(
        *(host.patch(f"/Groups/{group}", {"op": op, "path": "members", "value": _values(user)}) for op, user in changes)
    )
    assert _statuses(answers) == [204] * WRITERS
    assert await host.members(group) == sorted(users[8:])


@pytest.mark.parametrize("path", ["/Users", "/Groups"])
async def test_of_twins_that_come_at_the_same_moment_one_is_taken(host: Host, path: str) -> None:
    body = {"schemas": [USER], "userName": "ada"} if path == "/Users" else {"schemas": [GROUP], "displayName": "engineers"}
    answers = await asyncio.gather(*(host.call("POST", path, body) for _ in range(WRITERS)))
    assert _statuses(answers) == [201] + [409] * (WRITERS - 1)
    assert {answer.body["scimType"] for answer in answers if answer.status == 409} == {"uniqueness"}
    assert (await host.get(path))["totalResults"] == 1


async def test_of_users_with_one_external_id_one_is_taken(host: Host) -> None:
    answers = await asyncio.gather(
        *(host.call("POST", "/Users", {"userName": f"u{number}", "externalId": "x"}) for number in range(WRITERS))
    )
    assert _statuses(answers) == [201] + [409] * (WRITERS - 1)


async def test_of_a_rename_and_a_create_by_one_name_one_is_done(host: Host) -> None:
    for number in range(8):
        id = await host.user(f"u{number}")
        rename = {"op": "replace", "path": "userName", "value": f"the one {number}"}
        answers = await asyncio.gather(
            host.call("POST", "/Users", {"userName": f"THE ONE {number}"}), host.patch(f"/Users/{id}", rename)
        )
        assert _statuses(answers) in ([201, 409], [200, 409])


async def test_of_renames_to_one_name_one_is_done(host: Host) -> None:
    users = [await host.user(f"u{number}") for number in range(8)]
    groups = [await host.group(f"g{number}") for number in range(8)]
    renames = [(f"/Users/{user}", "userName", 200) for user in users] + [
        (f"/Groups/{group}", "displayName", 204) for group in groups
    ]
    answers = await asyncio.gather(
        *(host.patch(place, {"op": "replace", "path": path, "value": "the one"}) for place, path, _ in renames)
    )
    assert _statuses(answers) == [200, 204] + [409] * 14


@pytest.mark.parametrize("connection", ["acme", "twins"])
async def test_groups_and_the_users_they_wait_for_find_each_other_in_any_order(host: Host, connection: str) -> None:
    """What one transaction leaves pending, another that runs beside it must not have missed."""
    writes: list[Any] = []
    for number in range(WRITERS):
        outer = {"schemas": [GROUP], "displayName": f"o{number}", "members": _values(f"x{number}", f"y{number}")}
        inner = {"schemas": [GROUP], "displayName": f"i{number}", "externalId": f"y{number}"}
        user = {"schemas": [USER], "userName": f"u{number}", "externalId": f"x{number}"}
        writes += [
            host.call("POST", "/Groups", outer, connection=connection),
            host.call("POST", "/Groups", inner, connection=connection),
            host.call("POST", "/Users", user, connection=connection),
        ]
    answers = await asyncio.gather(*writes)
    assert _statuses(answers) == [201] * (3 * WRITERS)
    for number in range(WRITERS):
        group, *members = answers[3 * number : 3 * number + 3]
        assert await host.members(group.id, connection=connection) == sorted(member.id for member in members)


async def test_a_user_deleted_while_groups_add_them_is_nowhere(host: Host) -> None:
    users = [await host.user(f"u{number}") for number in range(8)]
    groups = [await host.group(f"g{number}") for number in range(4)]
    add = {"op": "add", "path": "members", "value": _values(*users)}
    writes: list[Any] = [host.patch(f"/Groups/{group}", add) for group in groups]
    writes += [host.call("DELETE", f"/Users/{user}") for user in users]
    answers = await asyncio.gather(*writes)
    assert _statuses(answers) == [204] * 12
    for group in groups:
        members = (await host.get(f"/Groups/{group}"))["members"]
        assert all("type" not in member for member in members)  # at most values that nobody answers to


async def test_conditional_writes_on_one_version_let_one_through(host: Host) -> None:
    id = await host.user("ada")
    answers = await asyncio.gather(
        *(
            host.patch(f"/Users/{id}", {"op": "replace", "path": "title", "value": str(number)}, If_Match='W/"1"')
            for number in range(WRITERS)
        )
    )
    assert _statuses(answers) == [200] + [412] * (WRITERS - 1)
    assert (await host.get(f"/Users/{id}"))["meta"]["version"] == 'W/"2"'
