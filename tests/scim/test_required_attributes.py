"""Attributes that an extension requires, and lists and complex values that may not change (RFC 7643 §2.2)."""

from typing import Any

import pytest

from scim.schemas import USERS, Attribute, Schema
from scim.web import Options
from tests.scim.conftest import OPTIONS, USER, Answer, Host

LEASE = "urn:acme:params:scim:schemas:lease:2.0:User"
_LEASE = Schema.of(
    LEASE,
    "Lease",
    "What they were lent",
    Attribute("count", "How many.", "integer", required=True),
    Attribute("paid", "Whether it is.", "boolean", required=True),
    Attribute("keys", "Which.", many=True, mutability="immutable"),
    Attribute(
        "place",
        "Where.",
        "complex",
        mutability="immutable",
        sub=(Attribute("street", "Its name.", required=True), Attribute("house", "Its number.", "integer")),
    ),
)
LENT: dict[str, Any] = {"count": 0, "paid": False}


@pytest.fixture
def lease(monkeypatch: pytest.MonkeyPatch) -> str:
    """A connection whose extension requires something."""
    monkeypatch.setitem(OPTIONS, "lease", Options(users=USERS.extended([_LEASE])))
    return "lease"


async def _lent(host: Host, **keys: Any) -> Answer:
    body = {"schemas": [USER, LEASE], "userName": "ada", LEASE: {**LENT, **keys}}
    return await host.call("POST", "/Users", body, connection="lease")


async def test_nothing_and_no_are_values_of_what_is_required(host: Host, lease: str) -> None:
    assert (await _lent(host)).body[LEASE] == LENT


@pytest.mark.parametrize("missing", ["count", "paid"])
async def test_what_an_extension_requires_is_asked_of_who_uses_it(host: Host, lease: str, missing: str) -> None:
    answer = await _lent(host, **{missing: None})
    assert (answer.status, answer.body["scimType"]) == (400, "invalidValue")
    assert missing in answer.body["detail"]
    assert (await host.call("POST", "/Users", {"schemas": [USER], "userName": "ada"}, connection=lease)).status == 201


@pytest.mark.parametrize("missing", ["count", "paid"])
async def test_what_is_required_can_not_be_removed_alone(host: Host, lease: str, missing: str) -> None:
    ada = (await _lent(host)).id
    answer = await host.patch(f"/Users/{ada}", {"op": "remove", "path": f"{LEASE}:{missing}"}, connection=lease)
    assert (answer.status, answer.body["scimType"]) == (400, "invalidValue")
    answer = await host.patch(f"/Users/{ada}", {"op": "remove", "path": LEASE}, connection=lease)
    assert (answer.status, LEASE in answer.body) == (200, False)


async def test_a_part_that_is_required_is_asked_of_who_uses_the_whole(host: Host, lease: str) -> None:
    answer = await _lent(host, place={"house": 7})
    assert (answer.status, answer.body["scimType"]) == (400, "invalidValue")
    assert "street" in answer.body["detail"]


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "add", "path": f"{LEASE}:keys", "value": ["c"]},
        {"op": "remove", "path": f"{LEASE}:keys", "value": ["a"]},
        {"op": "replace", "path": f"{LEASE}:place.house", "value": 8},
        {"op": "remove", "path": f"{LEASE}:place.house"},
        {"op": "remove", "path": f"{LEASE}:place"},
    ],
)
async def test_lists_and_complex_values_are_immutable_as_a_whole(host: Host, lease: str, operation: dict[str, Any]) -> None:
    lent = {"keys": ["a", "b"], "place": {"street": "Main", "house": 7}}
    ada = (await _lent(host, **lent)).id
    answer = await host.patch(f"/Users/{ada}", operation, connection=lease)
    assert (answer.status, answer.body["scimType"]) == (400, "mutability")
    assert (await host.get(f"/Users/{ada}", connection=lease))[LEASE] == {**LENT, **lent}
