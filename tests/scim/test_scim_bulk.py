"""Bulk (RFC 7644 §3.7): many operations in one message, each with its own outcome, bulkIds in any order and in circles."""

from typing import Any

import pytest

from scim.discovery import LARGEST_BULK
from scim.errors import ERROR_SCHEMA
from tests.scim.conftest import ENTERPRISE, GROUP, PATCH, USER, Answer, Host

REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"


def _user(name: str, **keys: Any) -> dict[str, Any]:
    data = {"schemas": [USER], "userName": f"{name}@acme.example", **keys}
    return {"method": "POST", "path": "/Users", "bulkId": name, "data": data}


def _group(name: str, *members: str, **keys: Any) -> dict[str, Any]:
    data = {"schemas": [GROUP], "displayName": name, "members": [{"value": one} for one in members], **keys}
    return {"method": "POST", "path": "/Groups", "bulkId": name, "data": data}


def _change(method: str, path: str, data: Any = None, **keys: Any) -> dict[str, Any]:
    return {"method": method, "path": path, "data": data, **keys}


def _patch(path: str, *operations: dict[str, Any], **keys: Any) -> dict[str, Any]:
    return _change("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)}, **keys)


async def _send(host: Host, *operations: Any, connection: str = "acme", **keys: Any) -> Answer:
    body = {"schemas": [REQUEST], "Operations": list(operations), **keys}
    return await host.call("POST", "/Bulk", body, connection=connection)


async def _bulk(host: Host, *operations: Any, connection: str = "acme", **keys: Any) -> list[dict[str, Any]]:
    """The outcomes of a message that is in order."""
    answer = await _send(host, *operations, connection=connection, **keys)
    assert answer.status == 200, answer.body
    assert answer.body["schemas"] == [RESPONSE]
    found: list[dict[str, Any]] = answer.body["Operations"]
    return found


def _statuses(outcomes: list[dict[str, Any]]) -> list[str]:
    return [one["status"] for one in outcomes]


def _id(outcome: dict[str, Any]) -> str:
    return str(outcome["location"].rpartition("/")[2])


def _error(outcome: dict[str, Any], status: str, scim_type: str | None = None) -> str:
    """The detail of an operation that failed."""
    assert outcome["status"] == status, outcome
    assert (outcome["response"]["schemas"], outcome["response"]["status"]) == ([ERROR_SCHEMA], status)
    assert outcome["response"].get("scimType") == scim_type
    assert "version" not in outcome
    return str(outcome["response"]["detail"])


async def test_each_operation_is_carried_out_and_told_of(host: Host) -> None:
    old, gone = await host.user("old"), await host.user("gone")
    outcomes = await _bulk(
        host,
        _user("ada"),
        _change("PUT", f"/Users/{old}", {"schemas": [USER], "userName": "new"}, bulkId="put"),
        _patch(f"/Users/{old}", {"op": "add", "path": "title", "value": "Boss"}),
        _change("DELETE", f"/Users/{gone}"),
    )
    users = f"{host.base()}/Users"
    (ada,) = await host.found("/Users", 'userName eq "ada@acme.example"')
    assert outcomes == [
        {"method": "POST", "bulkId": "ada", "location": f"{users}/{ada}", "status": "201", "version": 'W/"1"'},
        {"method": "PUT", "bulkId": "put", "location": f"{users}/{old}", "status": "200", "version": 'W/"2"'},
        {"method": "PATCH", "location": f"{users}/{old}", "status": "200", "version": 'W/"3"'},
        {"method": "DELETE", "location": f"{users}/{gone}", "status": "204"},
    ]
    body = await host.get(f"/Users/{old}")
    assert (body["userName"], body["title"]) == ("new", "Boss")
    assert (await host.call("GET", f"/Users/{gone}")).status == 404


async def test_the_same_operations_on_groups(host: Host) -> None:
    ada, group, gone = await host.user("ada"), await host.group("engineers"), await host.group("gone")
    outcomes = await _bulk(
        host,
        _patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": ada}]}),
        _change("PUT", f"/Groups/{group}", {"schemas": [GROUP], "displayName": "builders", "members": [{"value": ada}]}),
        _change("DELETE", f"Groups/{gone}/"),
    )
    assert _statuses(outcomes) == ["204", "200", "204"]
    body = await host.get(f"/Groups/{group}")
    assert (body["displayName"], [one["value"] for one in body["members"]]) == ("builders", [ada])
    assert outcomes[1]["version"] == body["meta"]["version"]


async def test_a_group_is_filled_with_users_that_the_message_makes(host: Host) -> None:
    """Whoever is named comes first, wherever it stands in the message; the answers keep the message's order."""
    ben = await host.user("ben")
    outcomes = await _bulk(host, _group("engineers", "bulkId:ada", ben), _user("ada"))
    assert _statuses(outcomes) == ["201", "201"]
    assert await host.members(_id(outcomes[0])) == sorted([_id(outcomes[1]), ben])


async def test_a_bulk_id_may_stand_anywhere(host: Host) -> None:
    """As a manager in an extension, in a PATCH's value, and in a path."""
    group = await host.group("engineers")
    outcomes = await _bulk(
        host,
        _user("ada", **{ENTERPRISE: {"manager": {"value": "bulkId:boss"}}}),
        _patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": "bulkId:ada"}]}),
        _patch("/Users/bulkId:ada", {"op": "replace", "path": "title", "value": "Engineer"}),
        _user("boss"),
    )
    ada, boss = _id(outcomes[0]), _id(outcomes[3])
    body = await host.get(f"/Users/{ada}")
    assert (body[ENTERPRISE]["manager"]["value"], body["title"]) == (boss, "Engineer")
    assert outcomes[2]["location"] == f"{host.base()}/Users/{ada}"
    assert await host.members(group) == [ada]


async def test_a_resource_may_be_made_and_deleted_by_one_message(host: Host) -> None:
    outcomes = await _bulk(host, _change("DELETE", "/Users/bulkId:ada"), _user("ada"))
    assert _statuses(outcomes) == ["204", "201"]
    assert await host.found("/Users", "userName pr") == []


@pytest.mark.parametrize("size", [2, 3, 7])
async def test_groups_may_name_each_other_in_a_circle(host: Host, size: int) -> None:
    names = [f"g{number}" for number in range(size)]
    circle = [_group(name, f"bulkId:{names[(number + 1) % size]}") for number, name in enumerate(names)]
    outcomes = await _bulk(host, *circle)
    assert _statuses(outcomes) == ["201"] * size
    for number, outcome in enumerate(outcomes):
        body = await host.get(f"/Groups/{_id(outcome)}")
        assert [one["value"] for one in body["members"]] == [_id(outcomes[(number + 1) % size])]
        assert body["meta"]["version"] == outcome["version"]


async def test_a_group_may_name_itself(host: Host) -> None:
    (outcome,) = await _bulk(host, _group("engineers", "bulkId:engineers"))
    assert await host.members(_id(outcome)) == [_id(outcome)]


async def test_users_may_be_each_others_manager(host: Host) -> None:
    ada, ben = await _bulk(
        host,
        _user("ada", **{ENTERPRISE: {"manager": {"value": "bulkId:ben"}}}),
        _user("ben", **{ENTERPRISE: {"manager": {"value": "bulkId:ada"}}}),
    )
    for one, other in ((ada, ben), (ben, ada)):
        assert (await host.get(f"/Users/{_id(one)}"))[ENTERPRISE]["manager"]["value"] == _id(other)


async def test_a_circle_is_closed_before_the_rest_of_the_message_runs(host: Host) -> None:
    """A group of a circle that the message deletes again is no reason to fail everything."""
    outcomes = await _bulk(
        host, _group("a", "bulkId:b"), _group("b", "bulkId:a"), _change("DELETE", "/Groups/bulkId:b"), _user("ada")
    )
    assert _statuses(outcomes) == ["201", "201", "204", "201"]
    assert await host.members(_id(outcomes[0])) == []


async def test_a_group_of_a_broken_circle_stays_without_the_one_that_failed(host: Host) -> None:
    outcomes = await _bulk(host, _group("a", "bulkId:b", displayName=""), _group("b", "bulkId:a"))
    assert _statuses(outcomes) == ["400", "201"]
    assert await host.members(_id(outcomes[1])) == []


async def test_a_chain_may_be_as_long_as_the_message(host: Host) -> None:
    names = [f"g{number}" for number in range(150)]
    chain = [_group(name, f"bulkId:{names[number + 1]}") for number, name in enumerate(names[:-1])]
    outcomes = await _bulk(host, *chain, _group(names[-1]))
    assert set(_statuses(outcomes)) == {"201"}
    assert await host.members(_id(outcomes[0])) == [_id(outcomes[1])]


async def test_one_failure_leaves_the_others_alone(host: Host) -> None:
    taken = await host.user("ada")
    outcomes = await _bulk(host, _user("ada"), _user("ben"), _change("DELETE", "/Users/nobody"))
    assert _statuses(outcomes) == ["409", "201", "404"]
    assert "userName" in _error(outcomes[0], "409", "uniqueness")
    assert "location" not in outcomes[0]  # a POST that failed has none
    _error(outcomes[2], "404")
    assert outcomes[2]["location"] == f"{host.base()}/Users/nobody"
    assert len(await host.found("/Users", "userName pr")) == 2
    assert (await host.get(f"/Users/{taken}"))["meta"]["version"] == 'W/"1"'


async def test_who_names_a_failure_fails(host: Host) -> None:
    await host.user("ada")
    outcomes = await _bulk(host, _group("engineers", "bulkId:ada"), _user("ada"), _group("lonely"))
    assert _statuses(outcomes) == ["409", "409", "201"]
    assert "'ada'" in _error(outcomes[0], "409")


async def test_who_names_nobody_fails(host: Host) -> None:
    outcomes = await _bulk(
        host,
        _group("engineers", "bulkId:nobody"),
        _change("DELETE", "/Users/bulkId:nobody"),
        _user("ada", title="bulkId:nobody"),
    )
    for outcome in outcomes:
        assert "'nobody'" in _error(outcome, "400", "invalidValue")


async def test_the_version_of_an_operation_is_its_if_match(host: Host) -> None:
    ada = await host.user("ada")
    change = {"op": "replace", "path": "title", "value": "Boss"}
    outcomes = await _bulk(
        host,
        _patch(f"/Users/{ada}", change, version='W/"9"'),
        _patch(f"/Users/{ada}", change, version='W/"1"'),
        _change("DELETE", f"/Users/{ada}", version='W/"1"'),
    )
    assert _statuses(outcomes) == ["412", "200", "412"]
    assert (await host.get(f"/Users/{ada}"))["title"] == "Boss"


async def test_conditions_of_the_message_itself_concern_no_resource(host: Host) -> None:
    ada = await host.user("ada")
    body = {
        "Operations": [
            _patch(f"/Users/{ada}", {"op": "replace", "path": "title", "value": "x"}),
            _group("a", "bulkId:b"),
            _group("b", "bulkId:a"),
        ]
    }
    answer = await host.call("POST", "/Bulk", body, If_Match='W/"77"', If_None_Match="*")
    assert _statuses(answer.body["Operations"]) == ["200", "201", "201"]


@pytest.mark.parametrize(
    ("limit", "done"),
    [(1, ["201", "404"]), (2, ["201", "404", "204", "404"]), (3, ["201", "404", "204", "404", "201"])],
)
async def test_nothing_more_is_begun_after_so_many_errors(host: Host, limit: int, done: list[str]) -> None:
    gone = await host.user("gone")
    outcomes = await _bulk(
        host,
        _user("ada"),
        _change("DELETE", "/Users/nobody"),
        _change("DELETE", f"/Users/{gone}"),
        _change("DELETE", "/Groups/nobody"),
        _user("ben"),
        failOnErrors=limit,
    )
    assert _statuses(outcomes) == done
    assert len(await host.found("/Users", 'userName eq "ben@acme.example"')) == (1 if limit == 3 else 0)


async def test_an_operation_that_was_not_begun_has_no_outcome(host: Host) -> None:
    """Not even one that waits for a failure."""
    await host.user("ada")
    outcomes = await _bulk(host, _group("engineers", "bulkId:ada"), _user("ada"), failOnErrors=1)
    assert [(one["bulkId"], one["status"]) for one in outcomes] == [("ada", "409")]
    assert await host.found("/Groups", "displayName pr") == []


async def test_without_a_limit_all_are_tried(host: Host) -> None:
    outcomes = await _bulk(host, *[_change("DELETE", f"/Users/{number}") for number in range(20)])
    assert _statuses(outcomes) == ["404"] * 20


@pytest.mark.parametrize("limit", [0, -1, "1", True, 1.5, []])
async def test_a_limit_that_is_no_number_refuses_the_message(host: Host, limit: Any) -> None:
    answer = await _send(host, _user("ada"), failOnErrors=limit)
    assert (answer.status, answer.body["scimType"]) == (400, "invalidValue")
    assert await host.found("/Users", "userName pr") == []


@pytest.mark.parametrize(
    ("operation", "status", "scim_type"),
    [
        ({"method": "POST", "path": "/Devices", "bulkId": "x", "data": {}}, "404", None),
        ({"method": "DELETE", "path": "/Users/1/2"}, "404", None),
        ({"method": "DELETE", "path": "/Users/1?attributes=id"}, "404", None),
        ({"method": "DELETE", "path": "https://bridge.example/scim/v2/globex/Users/1"}, "404", None),
        ({"method": "DELETE", "path": "/Users/../../globex/Users/1"}, "404", None),
        ({"method": "GET", "path": "/Users/1"}, "400", "invalidSyntax"),
        ({"method": "POST", "path": "/Users", "data": {"userName": "x"}}, "400", "invalidValue"),
        ({"method": "POST", "path": "/Users", "bulkId": "", "data": {"userName": "x"}}, "400", "invalidValue"),
        ({"method": "POST", "path": "/Users/1", "bulkId": "x", "data": {"userName": "x"}}, "400", "invalidValue"),
        ({"method": "PUT", "path": "/Users", "data": {"userName": "x"}}, "400", "invalidValue"),
        ({"method": "DELETE", "path": "/Users"}, "400", "invalidValue"),
        ({"method": "DELETE", "path": "/Users/a\x00b"}, "400", "invalidValue"),
        ({"method": "PATCH", "path": "/Users/bulkId:a\x00b"}, "400", "invalidValue"),
        ({"method": "POST", "path": "/Users", "bulkId": "x"}, "400", "invalidSyntax"),
        ({"method": "POST", "path": "/Users", "bulkId": "x", "data": "bulkId:ada"}, "400", "invalidSyntax"),
        ({"method": "POST", "path": "/Users", "bulkId": "x", "data": []}, "400", "invalidSyntax"),
        ({"method": "PATCH", "path": "/Users/1", "data": {}}, "400", "invalidSyntax"),
    ],
)
async def test_an_operation_that_is_wrong_fails_alone(
    host: Host, operation: dict[str, Any], status: str, scim_type: str | None
) -> None:
    outcomes = await _bulk(host, operation, _user("ada"))
    _error(outcomes[0], status, scim_type)
    assert (outcomes[0]["method"], outcomes[1]["status"]) == (operation["method"], "201")


@pytest.mark.parametrize(
    ("body", "status", "scim_type"),
    [
        ([], 400, "invalidSyntax"),
        ({}, 400, "invalidSyntax"),
        ({"Operations": []}, 400, "invalidSyntax"),
        ({"Operations": {}}, 400, "invalidSyntax"),
        ({"Operations": ["x"]}, 400, "invalidSyntax"),
        ({"Operations": [{"path": "/Users"}]}, 400, "invalidSyntax"),
        ({"Operations": [{"method": "POST"}]}, 400, "invalidSyntax"),
        ({"Operations": [{"method": "POST", "path": "/Users", "bulkId": 1}]}, 400, "invalidSyntax"),
        ({"Operations": [{"method": "DELETE", "path": "/Users/1", "version": 1}]}, 400, "invalidSyntax"),
        ({"Operations": [_user("ada"), _user("ada", userName="b")]}, 400, "invalidValue"),
        ({"Operations": [_user("ada")] * (LARGEST_BULK + 1)}, 413, None),
    ],
)
async def test_a_message_that_is_wrong_does_nothing(host: Host, body: Any, status: int, scim_type: str | None) -> None:
    answer = await host.call("POST", "/Bulk", body)
    assert (answer.status, answer.body["schemas"], answer.body.get("scimType")) == (status, [ERROR_SCHEMA], scim_type)
    assert await host.found("/Users", "userName pr") == []


async def test_names_of_the_message_are_known_in_any_case(host: Host) -> None:
    """RFC 7643 §2.1."""
    operation = {"METHOD": "post", "Path": "/users", "bulkid": "ada", "DATA": {"username": "ada"}}
    answer = await host.call("POST", "/Bulk", {"operations": [operation], "FAILONERRORS": 1})
    (outcome,) = answer.body["Operations"]
    assert (outcome["method"], outcome["bulkId"], outcome["status"]) == ("POST", "ada", "201")


async def test_as_many_operations_as_are_published_are_taken(host: Host) -> None:
    published = (await host.get("/ServiceProviderConfig"))["bulk"]["maxOperations"]
    outcomes = await _bulk(host, *[_change("DELETE", f"/Users/{number}") for number in range(published)])
    assert len(outcomes) == published == LARGEST_BULK


@pytest.mark.parametrize("depth", [500, 900])
async def test_data_may_be_deep(host: Host, depth: int) -> None:
    deep = b'{"a":' * depth + b"1" + b"}" * depth
    raw = b'{"Operations": [{"method": "POST", "path": "/Users", "bulkId": "ada", "data": {"userName": "ada", "x": %s,'
    raw += b' "title": "bulkId:ada"}}]}'
    answer = await host.call("POST", "/Bulk", raw=raw % deep)
    assert _statuses(answer.body["Operations"]) == ["201"]


async def test_other_methods_are_told_that_bulk_is_posted(host: Host) -> None:
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        answer = await host.call(method, "/Bulk", {})
        assert (answer.status, answer.headers["Allow"]) == (405, "POST")


async def test_nobody_reaches_another_connection_by_bulk(host: Host) -> None:
    theirs, group = await host.user("ada", connection="globex"), await host.group("engineers", connection="globex")
    outcomes = await _bulk(
        host,
        _change("DELETE", f"/Users/{theirs}"),
        _change("DELETE", f"/Groups/{group}"),
        _change("PUT", f"/Users/{theirs}", {"userName": "stolen"}),
        _patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": "bulkId:mallory"}]}),
        _user("mallory"),
        _group("strangers", theirs, group, "bulkId:mallory"),
    )
    assert _statuses(outcomes) == ["404", "404", "404", "404", "201", "201"]
    body = await host.get(f"/Groups/{_id(outcomes[5])}")
    assert [one for one in body["members"] if "type" in one] == [
        {"value": _id(outcomes[4]), "type": "User", "$ref": outcomes[4]["location"]}
    ]
    assert await host.members(group, connection="globex") == []


async def test_strict_connections_refuse_in_bulk_what_they_refuse_alone(host: Host) -> None:
    outcomes = await _bulk(host, _user("ada", favouriteColour="blue"), _user("ben"), connection="strict")
    assert _statuses(outcomes) == ["400", "201"]
    _error(outcomes[0], "400", "invalidSyntax")


async def test_every_operation_is_in_the_audit_trail_with_its_marks(host: Host) -> None:
    await _bulk(host, _user("ada"), _group("engineers", "bulkId:ada"))
    events = await host.rows("SELECT action FROM audit WHERE connection = :name ORDER BY pk", name=host.name())
    assert [event["action"] for event in events] == ["user.created", "group.created"]
    assert [change.kind for change in host.door.changes] == ["user.created", "group.created"]
