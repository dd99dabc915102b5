"""Each odd shape that real IdPs send (scim/dialects.py) is healed and noted; strict refuses what the RFCs don't allow."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from scim.dialects import HEALERS, STRICT_ALLOWS
from tests.scim.conftest import BADGE, ENTERPRISE, GROUP, PATCH, USER, Answer, Host

SENT = {"schemas": [USER], "userName": "ada"}


@dataclass(frozen=True)
class Case:
    """A request in an odd shape, and what must stand in the user (or group) afterwards."""

    healer: str
    send: Callable[[Host, str], Awaitable[Answer]]
    expect: Mapping[str, Any]


def post(healer: str, expect: Mapping[str, Any], path: str = "/Users", **keys: Any) -> Case:
    """A create in the odd shape."""
    base: dict[str, Any] = SENT if path == "/Users" else {"schemas": [GROUP], "displayName": "engineers"}
    body = {key: value for key, value in {**base, **keys}.items() if value != "left out"}
    return Case(healer, lambda host, connection: host.call("POST", path, body, connection=connection), expect)


def patch(healer: str, expect: Mapping[str, Any], *operations: Any, **keys: Any) -> Case:
    """A PATCH in the odd shape, of a user that is there."""

    async def send(host: Host, connection: str) -> Answer:
        id = await host.user("ada", connection=connection)
        message = {"schemas": [PATCH], "Operations": operations, **keys}
        body = {key: value for key, value in message.items() if value != "left out"}
        return await host.call("PATCH", f"/Users/{id}", body, connection=connection)

    return Case(healer, send, expect)


async def _remove_by_value(host: Host, connection: str) -> Answer:
    ada, ben = [await host.user(name, connection=connection) for name in ("ada", "ben")]
    group = await host.group("engineers", ada, ben, connection=connection)
    operation = {"op": "Remove", "path": "members", "value": [{"value": ada}]}
    answer = await host.patch(f"/Groups/{group}", operation, connection=connection)
    if answer.status != 204:
        return answer
    left = await host.call("GET", f"/Groups/{group}", connection=connection)
    assert [member["value"] for member in left.body["members"]] == [ben]
    return Answer(200, left.body, answer.headers, answer.healed)


async def _unquoted(host: Host, connection: str) -> Answer:
    await host.user("bjensen", userName="bjensen", connection=connection)
    return await host.call("GET", "/Users", query={"filter": "userName eq bjensen"}, connection=connection)


async def _bare_not(host: Host, connection: str) -> Answer:
    await host.user("ada", title="Dr", connection=connection)
    await host.user("ben", connection=connection)
    return await host.call("GET", "/Users", query={"filter": "not title pr"}, connection=connection)


async def _operator_after_brackets(host: Host, connection: str) -> Answer:
    await host.user("ada", emails=WORK, connection=connection)
    query = {"filter": 'emails[type eq "work"] co "a@"'}
    return await host.call("GET", "/Users", query=query, connection=connection)


async def _text_number(host: Host, connection: str) -> Answer:
    extended = "extended" if connection == "acme" else "strictextended"
    body = {"schemas": [USER, BADGE], "userName": "ada", BADGE: {"number": "7"}}
    return await host.call("POST", "/Users", body, connection=extended)


WORK = [{"type": "work", "value": "a@acme.example"}]
CASES = (
    patch("capital-op", {"title": "Dr"}, {"op": "Replace", "path": "title", "value": "Dr"}),
    patch("text-boolean", {"active": False}, {"op": "replace", "path": "active", "value": "False"}),
    post("text-boolean", {"active": False}, active="false"),
    patch(
        "missing-element", {"emails": WORK}, {"op": "add", "path": 'emails[type eq "work"].value', "value": "a@acme.example"}
    ),
    patch(
        "missing-element",
        {"roles": [{"primary": True, "value": "x"}]},
        {"op": "add", "path": 'roles[primary eq "True"].value', "value": "x"},
    ),
    Case("remove-by-value", _remove_by_value, {}),
    patch("dotted-key", {"name": {"givenName": "Ada"}}, {"op": "add", "value": {"name.givenName": "Ada"}}),
    post(
        "dotted-key", {"name": {"givenName": "Ada", "familyName": "O"}}, **{"name.givenName": "Ada", "name.familyName": "O"}
    ),
    patch("urn-key", {ENTERPRISE: {"department": "IT"}}, {"op": "replace", "value": {f"{ENTERPRISE}:department": "IT"}}),
    post(
        "urn-key",
        {ENTERPRISE: {"department": "IT"}, "title": "Dr"},
        **{f"{ENTERPRISE}:department": "IT", f"{USER}:title": "Dr"},
    ),
    post("top-level-enterprise", {ENTERPRISE: {"department": "IT"}}, department="IT"),
    patch(
        "top-level-enterprise",
        {ENTERPRISE: {"manager": {"value": "42"}}},
        {"op": "add", "path": "manager", "value": {"value": "42"}},
    ),
    patch(
        "manager-shape",
        {ENTERPRISE: {"manager": {"value": "42"}}},
        {"op": "add", "path": f"{ENTERPRISE}:manager", "value": "42"},
    ),
    post("manager-shape", {ENTERPRISE: "absent"}, **{ENTERPRISE: {"manager": ""}}),
    post("null-value", {"title": "absent", "addresses": "absent"}, title=None, addresses=None),
    patch("null-value", {"title": "absent"}, {"op": "replace", "path": "title", "value": None}),
    post("unknown-attribute", {"favouriteColour": "absent"}, favouriteColour="blue"),
    patch("unknown-attribute", {"active": True}, {"op": "replace", "path": "favouriteColour", "value": "blue"}),
    patch(
        "unknown-attribute", {"active": True}, {"op": "replace", "value": {"no attribute at all": 1, "urn:x:y": {"a": 1}}}
    ),
    post("unknown-schema", {"schemas": [USER]}, schemas=["urn:scim:schemas:core:1.0", USER]),
    post(
        "unknown-schema",
        {"schemas": [GROUP]},
        "/Groups",
        schemas=[GROUP, "http://schemas.microsoft.com/2006/11/ADSCIM/2.0/Group"],
    ),
    post("read-only", {"groups": "absent"}, groups=[{"value": "1"}]),
    post(
        "read-only",
        {ENTERPRISE: {"manager": {"value": "42"}}},
        **{ENTERPRISE: {"manager": {"value": "42", "displayName": "X"}}},
    ),
    patch(
        "read-only", {"active": True}, {"op": "replace", "value": {"id": "another", "meta": {"version": "9"}, "groups": []}}
    ),
    post("single-for-list", {"emails": WORK}, emails=WORK[0]),
    post("single-for-list", {"emails": [{"value": "a@acme.example"}]}, emails="a@acme.example"),
    post("list-for-single", {"title": "Dr"}, title=["Dr"]),
    patch(
        "list-for-single",
        {ENTERPRISE: {"manager": {"value": "4"}}},
        {"op": "add", "path": "manager", "value": [{"value": "4"}]},
    ),
    post("empty-text", {"profileUrl": "absent", "emails": "absent"}, profileUrl="", emails=""),
    Case("text-number", _text_number, {BADGE: {"number": 7}}),
    Case("bare-not", _bare_not, {"totalResults": 1}),
    Case("value-path-operator", _operator_after_brackets, {"totalResults": 1}),
    patch("pathless-patch", {"title": "Dr"}, {"op": "replace", "value": {"title": "Dr"}}),
    post("number-for-text", {"title": "7"}, title=7),
    patch("patch-extra-key", {"title": "Dr"}, {"op": "add", "path": "title", "value": "Dr", "name": "x"}, id="y"),
    patch("patch-no-schemas", {"title": "Dr"}, {"op": "add", "path": "title", "value": "Dr"}, schemas="left out"),
    post("password-dropped", {"password": "absent"}, password="secret"),
    patch("password-dropped", {"password": "absent"}, {"op": "replace", "path": "password", "value": "secret"}),
    Case("unquoted-filter", _unquoted, {"totalResults": 1}),
    post("key-case", {"displayName": "Ada"}, DisplayName="Ada"),
    post("schemas-missing", {"schemas": [USER]}, schemas="left out"),
    post("schemas-missing", {"schemas": [GROUP]}, "/Groups", schemas="left out"),
)


def _named(case: Case) -> str:
    return case.healer


def test_every_healer_has_a_request_that_it_heals() -> None:
    assert {case.healer for case in CASES} == HEALERS.keys()


@pytest.mark.parametrize("case", CASES, ids=_named)
async def test_the_shape_is_healed_and_noted(host: Host, case: Case) -> None:
    answer = await case.send(host, "acme")
    assert answer.status in {200, 201}, answer.body
    assert case.healer in answer.healed
    for name, value in case.expect.items():
        assert answer.body.get(name, "absent") == value


@pytest.mark.parametrize("case", CASES, ids=_named)
async def test_strict_refuses_the_shape_unless_the_rfcs_allow_it(host: Host, case: Case) -> None:
    answer = await case.send(host, "strict")
    if answer.status == 400 and answer.body["scimType"] == "mutability":
        assert case.healer == "read-only"
    elif case.healer in STRICT_ALLOWS:
        assert answer.status in {200, 201} or "is refused by this connection's strict dialect" in answer.body["detail"]
        assert HEALERS[case.healer].shape not in (answer.body.get("detail") or "")
    else:
        assert answer.status == 400
        assert answer.body["scimType"] == ("invalidFilter" if "totalResults" in case.expect else "invalidSyntax")
        assert answer.body["detail"].endswith("is refused by this connection's strict dialect")


async def test_what_is_in_order_needs_no_healer(host: Host) -> None:
    body = {
        "schemas": [USER, ENTERPRISE],
        "userName": "ada",
        "externalId": "1",
        "name": {"givenName": "Ada"},
        "emails": WORK,
        "active": True,
        ENTERPRISE: {"department": "IT", "manager": {"value": "42"}},
    }
    made = await host.call("POST", "/Users", body, connection="strict")
    assert (made.status, made.healed) == (201, ())
    operations = [
        {"op": "replace", "path": "active", "value": False},
        {"op": "replace", "path": f"{ENTERPRISE}:department", "value": "HR"},
        {"op": "replace", "path": 'emails[type eq "work"].value', "value": "b@acme.example"},
    ]
    patched = await host.patch(f"/Users/{made.id}", *operations, connection="strict")
    assert (patched.status, patched.healed) == (200, ())


async def test_a_healed_write_can_be_written_back_without_healing(host: Host) -> None:
    odd = {"userName": "ada", "Active": "True", "emails": WORK[0], "department": "IT", "manager": "42", "title": None}
    made = await host.call("POST", "/Users", odd)
    body = {key: value for key, value in made.body.items() if key not in {"id", "meta"}}
    again = await host.call("PUT", f"/Users/{made.id}", body, connection="acme")
    assert (again.status, again.healed) == (200, ())
    assert again.body == made.body
