"""The page of the sandbox, its controls and its counters."""

from typing import Any

import httpx
import pytest

from bridge.sandbox.testing import RunningSandbox


@pytest.fixture
def mia(api: httpx.Client) -> str:
    """Mia Chen, viewer in Production, where she is signed in."""
    user = str(api.post("/users", json={"email_address": ["mia@acme.com"], "first_name": "Mia <b>"}).json()["id"])
    organization = api.post("/organizations", json={"name": "Production"}).json()["id"]
    api.post(f"/organizations/{organization}/memberships", json={"user_id": user, "role": "org:viewer"})
    api.post("/sessions", json={"user_id": user, "active_organization_id": organization})
    return user


def page(sandbox: RunningSandbox, **query: str) -> Any:
    return httpx.get(sandbox.url, params={"format": "json"} | query).json()


def test_the_page_shows_people_workspaces_roles_and_live_sessions(sandbox: RunningSandbox, mia: str) -> None:
    shown = page(sandbox)
    (workspace,), (person,) = shown["workspaces"], shown["people"]
    assert (workspace["name"], workspace["members"]) == ("Production", 1)
    assert (person["id"], person["state"], person["roles"]) == (mia, "active", {workspace["id"]: "viewer"})
    assert person["sessions"] == ["Production"]
    assert shown["totals"] == {"people": 1, "workspaces": 1, "memberships": 1, "sessions": 1, "calls": 4}
    assert [line["text"] for line in shown["news"]] == [
        "Mia <b> signs in",
        "Mia <b> is org:viewer in Production",
        "workspace Production is created",
        "Mia <b> is created",
    ]


def test_the_page_is_html_and_trusts_no_name(sandbox: RunningSandbox, mia: str) -> None:
    answer = httpx.get(sandbox.url)
    assert answer.headers["content-type"].startswith("text/html")
    assert "Mia &lt;b&gt;" in answer.text
    assert "Mia <b>" not in answer.text
    assert f'id="{mia}"' in httpx.get(sandbox.url, params={"body": ""}).text
    assert '<span class="role viewer">viewer</span>' in answer.text


def test_a_session_leaves_the_page_with_a_ban(sandbox: RunningSandbox, api: httpx.Client, mia: str) -> None:
    api.post(f"/users/{mia}/ban")
    shown = page(sandbox)
    assert (shown["people"][0]["state"], shown["people"][0]["sessions"]) == ("banned", [])
    assert shown["totals"]["sessions"] == 0


def test_the_page_is_sent_again_only_when_it_changed(sandbox: RunningSandbox, api: httpx.Client) -> None:
    first = httpx.get(sandbox.url)
    asked = {"If-None-Match": first.headers["ETag"]}
    assert httpx.get(sandbox.url, headers=asked).status_code == 304
    api.post("/users", json={"email_address": ["mia@acme.com"]})
    assert httpx.get(sandbox.url, headers=asked).status_code == 200


def test_people_are_found_by_name_and_address(sandbox: RunningSandbox, mia: str) -> None:
    assert [person["id"] for person in page(sandbox, q="mia")["people"]] == [mia]
    assert [person["id"] for person in page(sandbox, q="ACME.com")["people"]] == [mia]
    assert page(sandbox, q="%")["people"] == []


@pytest.mark.usefixtures("mia")
def test_calls_are_counted_by_their_pattern_and_status(sandbox: RunningSandbox, api: httpx.Client) -> None:
    api.get("/users/user_nobody")
    assert sandbox.calls() == {
        "GET /v1/users/{user_id}": 1,
        "POST /v1/organizations": 1,
        "POST /v1/organizations/{organization_id}/memberships": 1,
        "POST /v1/sessions": 1,
        "POST /v1/users": 1,
    }
    counted = sandbox.control("GET", "calls")
    assert (counted["total"], counted["statuses"]) == (5, {"200": 4, "404": 1})
    sandbox.reset_calls()
    assert sandbox.control("GET", "calls") == {"total": 0, "calls": {}, "statuses": {}}


def test_the_state_is_readable_at_once(sandbox: RunningSandbox, mia: str) -> None:
    state = sandbox.state()
    (membership,) = state["memberships"]
    assert (membership["user_id"], membership["role"]) == (mia, "org:viewer")
    assert [user["id"] for user in state["users"]] == [mia]
    assert state["sessions"][0]["status"] == "active"
    assert membership["organization_id"] == state["organizations"][0]["id"]
    assert {role["key"] for role in state["roles"]} >= {"org:owner", "org:admin", "org:editor", "org:viewer"}


@pytest.mark.usefixtures("mia")
def test_a_reset_leaves_an_instance_as_on_its_first_day(sandbox: RunningSandbox, api: httpx.Client) -> None:
    sandbox.fault(match="*", status=503, times=100)
    sandbox.reset()
    assert api.get("/users").json() == []
    assert api.get("/organization_roles").json()["total_count"] == 5
    assert page(sandbox)["news"] == []
    assert sandbox.control("GET", "health") == {"status": "ok"}


def test_the_page_leads_to_the_idps_that_were_told_of_a_service_and_to_the_dashboard(sandbox: RunningSandbox) -> None:
    assert 'href="/idp/' not in httpx.get(sandbox.url).text
    sandbox.control("POST", "idp", {"connection": "acme-okta", "provider": "okta"})
    shown = httpx.get(sandbox.url).text
    assert '<a href="/idp/acme-okta">' in shown
    assert '<a href="/dashboard">' in shown
