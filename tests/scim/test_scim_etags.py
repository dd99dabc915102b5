"""ETags: a version a change, conditions that hold or refuse, and writes that change nothing."""

from typing import Any

import pytest

from tests.scim.conftest import GROUP, USER, Host

USER_BODY = {"schemas": [USER], "userName": "ada@acme.example", "externalId": "ext-ada"}


async def _resource(host: Host, path: str) -> str:
    return f"{path}/{await (host.user() if path == '/Users' else host.group())}"


def _writes(path: str) -> list[tuple[str, Any]]:
    change = {"Operations": [{"op": "replace", "path": "externalId", "value": "new"}]}
    whole = {"schemas": [USER], "userName": "new"} if path == "/Users" else {"schemas": [GROUP], "displayName": "new"}
    return [("PATCH", change), ("PUT", whole), ("DELETE", None)]


@pytest.mark.parametrize("path", ["/Users", "/Groups"])
@pytest.mark.parametrize("tag", ['W/"2"', '"2"', "1", 'W/"11"', ""])
async def test_a_write_on_another_version_is_refused(host: Host, path: str, tag: str) -> None:
    place = await _resource(host, path)
    before = await host.get(place)
    for method, body in _writes(path):
        answer = await host.call(method, place, body, If_Match=tag)
        assert (answer.status, answer.body["status"]) == (412, "412")
    assert await host.get(place) == before


@pytest.mark.parametrize("path", ["/Users", "/Groups"])
@pytest.mark.parametrize("tag", ['W/"{}"', '"{}"', "*", 'W/"9", W/"{}"'])
async def test_a_write_on_the_version_that_was_read_is_done(host: Host, path: str, tag: str) -> None:
    place = await _resource(host, path)
    for version, (method, body) in enumerate(_writes(path), 1):
        answer = await host.call(method, place, body, If_Match=tag.format(version))
        assert answer.status in {200, 204}


@pytest.mark.parametrize("path", ["/Users", "/Groups"])
async def test_a_read_of_a_known_version_is_not_answered_again(host: Host, path: str) -> None:
    place = await _resource(host, path)
    known = await host.call("GET", place, If_None_Match='W/"1"')
    assert (known.status, known.body, known.headers["ETag"]) == (304, None, 'W/"1"')
    other = await host.call("GET", place, If_None_Match='W/"7"')
    assert (other.status, other.headers["ETag"]) == (200, 'W/"1"')


async def test_each_change_is_one_version(host: Host) -> None:
    place = await _resource(host, "/Users")
    for number in (2, 3):
        answer = await host.patch(place, {"op": "replace", "path": "title", "value": str(number)})
        assert answer.headers["ETag"] == answer.body["meta"]["version"] == f'W/"{number}"'


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("PUT", USER_BODY),
        ("PUT", {**USER_BODY, "active": True, "groups": [], "meta": {"version": "x"}, "emails": [], "password": "p"}),
        ("PATCH", {"Operations": [{"op": "replace", "value": {"active": True}}]}),
        ("PATCH", {"Operations": [{"op": "Replace", "path": "active", "value": "True"}]}),
        ("PATCH", {"Operations": [{"op": "remove", "path": "title"}, {"op": "remove", "path": "emails[value pr]"}]}),
        ("PATCH", {"Operations": [{"op": "add", "path": "favouriteColour", "value": "blue"}]}),
    ],
)
async def test_a_write_that_changes_nothing_about_a_user_leaves_no_trace(host: Host, method: str, body: Any) -> None:
    place = await _resource(host, "/Users")
    before, changes = await host.get(place), len(host.door.changes)
    answer = await host.call(method, place, body)
    assert (answer.status, answer.headers["ETag"]) == (200, 'W/"1"')
    assert answer.body == before == await host.get(place)
    assert len(host.door.changes) == changes
    events = await host.rows("SELECT action FROM audit WHERE connection = :name", name=host.name())
    assert [event["action"] for event in events] == ["user.created"]


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "add", "path": "members", "value": [{"value": "ext-ada"}, {"value": "later"}]},
        {"op": "replace", "path": "members", "value": [{"value": "later"}, {"value": "ext-ada"}]},
        {"op": "remove", "path": 'members[value eq "nobody"]'},
        {"op": "remove", "path": "members", "value": [{"value": "nobody"}]},
        {"op": "replace", "value": {"displayName": "engineers"}},
    ],
)
async def test_a_write_that_changes_nothing_about_a_group_leaves_no_trace(host: Host, operation: dict[str, Any]) -> None:
    await host.user("ada")
    place = f"/Groups/{await host.group('engineers', 'ext-ada', 'later')}"
    before, changes = await host.get(place), len(host.door.changes)
    answer = await host.patch(place, operation)
    assert (answer.status, answer.headers["ETag"]) == (204, 'W/"1"')
    assert await host.get(place) == before
    assert len(host.door.changes) == changes
