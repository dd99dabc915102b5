"""What every call of the sandbox passes: key, version, body, query; and how lists of users are asked for."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from bridge.sandbox.peer import PEER
from bridge.sandbox.server import make_app
from bridge.sandbox.testing import RunningSandbox
from tests.support.clerk_sandbox import client, refused


def test_the_key_is_asked_for_before_the_path_is_looked_at(sandbox: RunningSandbox) -> None:
    for path in ("/users", "/no/such/path", "/jwks"):
        assert refused(httpx.get(f"{sandbox.url}/v1{path}")) == (401, [("authorization_header_format_invalid", None)])
        with client(sandbox, Authorization="Bearer sk_test_other") as wrong:
            assert refused(wrong.get(path)) == (401, [("clerk_key_invalid", None)])


def test_a_refusal_has_clerks_body_and_a_trace(api: httpx.Client) -> None:
    answer = api.get("/users/user_nobody")
    assert answer.json() == {
        "errors": [
            {
                "message": "not found",
                "long_message": "No user was found with id user_nobody",
                "code": "resource_not_found",
            }
        ],
        "clerk_trace_id": answer.headers["x-clerk-trace-id"],
    }
    assert len(answer.headers["x-clerk-trace-id"]) == 32


def test_the_content_type_is_json_without_a_charset(api: httpx.Client) -> None:
    """Clerk's JavaScript client takes nothing else for JSON."""
    for path in ("/users", "/users/user_nobody", "/jwks"):
        assert api.get(path).headers["content-type"] == "application/json"


def test_unknown_paths_and_methods_are_not_found(api: httpx.Client) -> None:
    assert refused(api.get("/no/such/path")) == (404, [("resource_not_found", None)])
    assert refused(api.put("/users")) == (404, [("resource_not_found", None)])


def test_the_version_is_asked_for_by_header_or_by_query_but_not_by_both(sandbox: RunningSandbox) -> None:
    with client(sandbox) as api:
        both = api.get("/users", params={"__clerk_api_version": "2026-05-12"})
        assert refused(both) == (400, [("api_version_invalid", None)])
        unknown = api.get("/users", headers={"Clerk-API-Version": "1999-01-01"})
        assert refused(unknown) == (400, [("api_version_invalid", None)])
        del api.headers["Clerk-API-Version"]
        by_query = api.get("/users", params={"__clerk_api_version": "2025-11-10"})
        assert by_query.headers["clerk-api-version"] == "2025-11-10"
        assert api.get("/users").headers["clerk-api-version"] == "2021-02-05"


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"{not json", "application/json", 400, "request_body_invalid"),
        (b"[]", "application/json", 400, "request_body_invalid"),
        (b"a=b", "application/x-www-form-urlencoded", 415, "unsupported_content_type"),
        (b'{"a": "' + b"x" * (1 << 20) + b'"}', "application/json", 413, "request_body_too_large"),
        (b'{"email_address": ["a\\ud800@acme.com"]}', "application/json", 400, "request_body_invalid"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(api: httpx.Client, body: bytes, kind: str, status: int, code: str) -> None:
    assert refused(api.post("/users", content=body, headers={"Content-Type": kind})) == (status, [(code, None)])


@pytest.mark.parametrize("limit", ["10.0", "0", "501", "-1", "x", "9" * 30])
def test_a_limit_is_a_whole_number_from_1_to_500(api: httpx.Client, limit: str) -> None:
    for path in ("/users", "/organizations", "/organization_memberships"):
        assert refused(api.get(path, params={"limit": limit})) == (422, [("form_param_value_invalid", "limit")])


def test_an_offset_beyond_any_number_is_refused(api: httpx.Client) -> None:
    assert refused(api.get("/users", params={"offset": "9" * 30})) == (422, [("form_param_value_invalid", "offset")])


def people(api: httpx.Client) -> list[str]:
    names = [("ada", "x1"), ("ben", None), ("mia", "x3")]
    made = [
        api.post("/users", json={"email_address": [f"{name}@acme.com"], "first_name": name, "external_id": key})
        for name, key in names
    ]
    return [str(answer.json()["id"]) for answer in made]


def test_users_are_found_by_each_documented_filter(api: httpx.Client) -> None:
    ada, ben, mia = people(api)
    api.post(f"/users/{mia}/ban")
    organization = api.post("/organizations", json={"name": "Production", "created_by": ben}).json()["id"]

    def found(**query: Any) -> list[str]:
        count = api.get("/users/count", params=query | {"limit": 1}).json()["total_count"]
        ids = [user["id"] for user in api.get("/users", params=query).json()]
        assert count == len(ids)
        return ids

    assert found() == [mia, ben, ada]
    assert found(email_address=["ADA@acme.com", "mia@acme.com"]) == [mia, ada]
    assert found(external_id="x1") == [ada]
    assert found(external_id="-x1") == [mia, ben]  # who has no external id is not excluded by it
    assert found(user_id=[f"+{ada}", ben]) == [ben, ada]
    assert found(user_id=f"-{ada}") == [mia, ben]
    assert found(organization_id=organization) == [ben]
    assert found(banned="true") == [mia]
    assert found(query="EN@acme") == [ben]
    assert found(query="%") == []
    assert found(phone_number="+15550100") == []
    assert found(created_at_before=1) == []


def test_users_come_in_pages_by_offset_and_by_cursor(api: httpx.Client) -> None:
    ada, ben, mia = people(api)

    def page(**query: Any) -> list[str]:
        return [user["id"] for user in api.get("/users", params=query).json()]

    assert page(limit=2) == [mia, ben]
    assert page(limit=2, offset=2) == [ada]
    assert page(order_by="+created_at") == [ada, ben, mia]
    assert page(order_by="first_name") == [ada, ben, mia]
    assert page(starting_after=ben) == [ada]
    assert page(starting_after=ben, order_by="+created_at") == [mia]
    both = api.get("/users", params={"starting_after": ben, "offset": 1})
    assert refused(both) == (422, [("form_conditional_param_disallowed", "starting_after")])
    assert refused(api.get("/users", params={"order_by": "age"})) == (422, [("form_param_value_invalid", "order_by")])


def test_more_than_100_values_of_a_filter_are_refused(api: httpx.Client) -> None:
    many = [f"u{number}@acme.com" for number in range(101)]
    assert refused(api.get("/users", params={"email_address": many})) == (
        422,
        [("form_param_array_size_exceeded", "email_address")],
    )
    assert api.get("/users", params={"email_address": many[:100]}).json() == []


def test_sessions_are_listed_by_person_with_their_workspace_and_revoked(api: httpx.Client) -> None:
    _, ben, mia = people(api)
    organization = api.post("/organizations", json={"name": "Production", "created_by": ben}).json()["id"]
    first = api.post("/sessions", json={"user_id": ben, "active_organization_id": organization}).json()
    second = api.post("/sessions", json={"user_id": ben}).json()
    assert api.get("/sessions", params={"user_id": ben}).json() == [second, first]
    assert first["last_active_organization_id"] == organization
    revoked = api.post(f"/sessions/{first['id']}/revoke").json()
    assert revoked["status"] == "revoked"
    assert api.post(f"/sessions/{first['id']}/revoke").json() == revoked
    live = api.get("/sessions", params={"user_id": ben, "status": "active", "paginated": "true"}).json()
    assert live == {"data": [second], "total_count": 1}
    assert api.get("/sessions", params={"client_id": first["client_id"]}).json() == [revoked]
    assert refused(api.get("/sessions")) == (400, [("missing_query_parameter", None)])
    foreign = api.post("/sessions", json={"user_id": mia, "active_organization_id": organization})
    assert refused(foreign) == (422, [("form_resource_not_found", "active_organization_id")])


def test_a_sign_in_token_is_made_for_a_member_and_revoked_once(api: httpx.Client) -> None:
    _, ben, mia = people(api)
    organization = api.post("/organizations", json={"name": "Production", "created_by": ben}).json()["id"]
    made = api.post("/sign_in_tokens", json={"user_id": ben, "org_id": organization, "expires_in_seconds": 60}).json()
    assert made["status"] == "pending"
    assert made["token"]
    assert api.post(f"/sign_in_tokens/{made['id']}/revoke").json()["status"] == "revoked"
    again = api.post(f"/sign_in_tokens/{made['id']}/revoke")
    assert refused(again) == (400, [("sign_in_token_cannot_be_revoked_code", None)])
    foreign = api.post("/sign_in_tokens", json={"user_id": mia, "org_id": organization})
    assert refused(foreign) == (422, [("form_resource_not_found", "org_id")])
    endless = api.post("/sign_in_tokens", json={"user_id": ben, "expires_in_seconds": 2**62})
    assert refused(endless) == (422, [("form_param_value_invalid", "expires_in_seconds")])


async def test_a_mistake_of_the_sandbox_itself_is_clerks_500_and_is_logged(
    aiohttp_client: Callable[..., Awaitable[TestClient[web.Request, web.Application]]],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = make_app(tmp_path)
    app[PEER].store.run("DROP TABLE users")
    session = await aiohttp_client(app)
    answer = await session.get("/v1/users", headers={"Authorization": "Bearer sk_test_sandbox"})
    assert (answer.status, (await answer.json())["errors"][0]["code"]) == (500, "internal_clerk_error")
    assert "GET /users failed in the sandbox itself" in caplog.text
    assert app[PEER].calls.report()["statuses"] == {"500": 1}
