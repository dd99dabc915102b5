"""Permissions that an application added: changed and deleted, and the roles that hold one follow."""

import httpx
import pytest

from tests.support.clerk_sandbox import refused

PATH = "/organization_permissions"


@pytest.fixture
def run(api: httpx.Client) -> str:
    return str(api.post(PATH, json={"name": "Run", "key": "org:pipelines:run"}).json()["id"])


@pytest.fixture
def runner(api: httpx.Client, run: str) -> str:
    """A role that holds it, beside one of Clerk's own."""
    role = {"name": "Runner", "key": "org:runner", "permissions": [clerks_own(api), run]}
    return str(api.post("/organization_roles", json=role).json()["id"])


def clerks_own(api: httpx.Client) -> str:
    return str(api.get(PATH, params={"query": "org:sys_memberships:read"}).json()["data"][0]["id"])


def held(api: httpx.Client, role: str) -> list[str]:
    return [item["key"] for item in api.get(f"/organization_roles/{role}").json()["permissions"]]


def test_a_role_shows_a_permission_as_it_is_now(api: httpx.Client, run: str, runner: str) -> None:
    changed = api.patch(f"{PATH}/{run}", json={"key": "org:pipelines:start", "name": "Start"}).json()
    assert (changed["name"], changed["key"]) == ("Start", "org:pipelines:start")
    assert api.get(f"{PATH}/{run}").json() == changed
    assert held(api, runner) == ["org:sys_memberships:read", "org:pipelines:start"]


def test_a_deleted_permission_is_held_by_nobody(api: httpx.Client, run: str, runner: str) -> None:
    assert api.delete(f"{PATH}/{run}").json() == {"id": run, "object": "permission", "deleted": True}
    assert held(api, runner) == ["org:sys_memberships:read"]
    assert refused(api.delete(f"{PATH}/{run}")) == (404, [("resource_not_found", None)])


def test_a_key_that_is_taken_or_clerks_own_is_refused(api: httpx.Client, run: str) -> None:
    other = api.post(PATH, json={"name": "Stop", "key": "org:pipelines:stop"}).json()["id"]
    assert refused(api.patch(f"{PATH}/{other}", json={"key": "org:pipelines:run"}))[0] == 422
    assert refused(api.patch(f"{PATH}/{other}", json={"key": "org:sys_x:y"})) == (
        422,
        [("form_param_format_invalid", "key")],
    )
    assert api.patch(f"{PATH}/{other}", json={"key": "org:pipelines:stop"}).status_code == 200


def test_clerks_own_permissions_stay_as_they_are(api: httpx.Client) -> None:
    system = clerks_own(api)
    not_ours = (403, [("organization_system_permission_not_modifiable", None)])
    assert refused(api.patch(f"{PATH}/{system}", json={"name": "Mine"})) == not_ours
    assert refused(api.delete(f"{PATH}/{system}")) == not_ours
