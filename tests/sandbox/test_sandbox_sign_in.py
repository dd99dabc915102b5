"""Signing in at the sandbox with a ticket, as a dashboard does: sessions, their device, their workspace and their end."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import jwt
import pytest

from bridge.sandbox.testing import RunningSandbox
from tests.sandbox.test_sandbox_workspaces import join, person, workspace
from tests.support.clerk_sandbox import client, refused

ENGINE = "AppleWebKit/537.36 (KHTML, like Gecko)"
CHROME = f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {ENGINE} Chrome/138.0.0.0 Safari/537.36"
EDGE = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {ENGINE} Chrome/137.0.0.0 Safari/537.36 Edg/137.0"
PHONE = f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) {ENGINE} Version/18.5 Mobile/15E148 Safari/604.1"
DAY = 86_400_000


@pytest.fixture
def browser(sandbox: RunningSandbox) -> Iterator[httpx.Client]:
    with browser_at(sandbox) as session:
        yield session


def browser_at(sandbox: RunningSandbox, agent: str = CHROME, **headers: str) -> httpx.Client:
    """Without the secret key, with a jar for its cookie."""
    given = {"User-Agent": agent, "Origin": "https://app.acme.test"} | headers
    return httpx.Client(base_url=f"{sandbox.url}/v1", headers=given, timeout=60)


def ticket_for(api: httpx.Client, user: str, organization: str | None = None, seconds: int = 60) -> str:
    body = {"user_id": user, "expires_in_seconds": seconds} | ({"org_id": organization} if organization else {})
    return str(api.post("/sign_in_tokens", json=body).json()["token"])


def sign_in(browser: httpx.Client, ticket: str) -> httpx.Response:
    return browser.post("/client/sign_ins", data={"strategy": "ticket", "ticket": ticket})


def sessions_of(api: httpx.Client, user: str) -> list[dict[str, Any]]:
    return list(api.get("/sessions", params={"user_id": user}).json())


def test_a_ticket_signs_in_once_into_the_workspace_it_names(api: httpx.Client, browser: httpx.Client) -> None:
    mia = person(api, "mia")
    first, second = workspace(api), workspace(api, "Research")
    for place in (first, second):
        join(api, place, mia, "org:viewer")
    ticket = ticket_for(api, mia, first)
    answer = sign_in(browser, ticket).json()
    (session,) = sessions_of(api, mia)
    assert answer["response"]["status"] == "complete"
    assert answer["response"]["created_session_id"] == session["id"] == answer["client"]["last_active_session_id"]
    assert answer["client"]["sessions"][0]["user"]["id"] == mia
    assert (session["status"], session["last_active_organization_id"], session["tasks"]) == ("active", first, None)
    with httpx.Client(base_url=browser.base_url) as other:
        assert refused(sign_in(other, ticket)) == (400, [("sign_in_token_already_used_code", None)])
    assert len(sessions_of(api, mia)) == 1


def test_a_user_tells_the_last_sign_in_and_the_day_of_the_last_activity(api: httpx.Client, browser: httpx.Client) -> None:
    mia, ada = person(api, "mia"), person(api, "ada")
    sign_in(browser, ticket_for(api, mia))
    user = api.get(f"/users/{mia}").json()
    (session,) = sessions_of(api, mia)
    assert user["last_sign_in_at"] == session["created_at"] == session["last_active_at"]
    assert user["last_active_at"] == session["created_at"] // DAY * DAY

    def found(**query: int) -> list[str]:
        return [item["id"] for item in api.get("/users", params=query).json()]

    today, signed_in = user["last_active_at"], user["last_sign_in_at"]
    assert found(last_active_at_after=today - 1) == found(last_active_at_since=today) == [mia]
    assert found(last_active_at_after=today) == []  # the day it was, so no moment of that day is after it
    assert found(last_active_at_before=today + 1) == found(last_sign_in_at_after=signed_in - 1) == [mia]
    assert found(last_sign_in_at_before=signed_in) == []
    assert api.get(f"/users/{ada}").json()["last_active_at"] is None


@pytest.mark.parametrize(
    ("agent", "device", "mobile", "name", "version"),
    [
        (CHROME, "Macintosh", False, "Chrome", "138.0.0.0"),
        (EDGE, "Windows", False, "Edge", "137.0"),
        (PHONE, "iPhone", True, "Safari", "18.5"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Linux", False, "Firefox", "140.0"),
        ("curl/8.9.1", "", False, "curl", "8.9.1"),
        ("", "", False, "", ""),
    ],
)
def test_a_session_shows_the_device(
    sandbox: RunningSandbox, api: httpx.Client, agent: str, device: str, mobile: bool, name: str, version: str
) -> None:
    mia = person(api, "mia")
    with browser_at(sandbox, agent) as browser:
        sign_in(browser, ticket_for(api, mia))
    seen = sessions_of(api, mia)[0]["latest_activity"]
    assert (seen["device_type"], seen["is_mobile"]) == (device, mobile)
    assert (seen["browser_name"], seen["browser_version"]) == (name, version)
    assert (seen["ip_address"], seen["city"], seen["country"]) == ("127.0.0.1", "", "")


def test_the_place_of_a_session_is_what_the_network_in_front_says(sandbox: RunningSandbox, api: httpx.Client) -> None:
    mia = person(api, "mia")
    place = {"CF-Connecting-IP": "203.0.113.7", "CF-IPCity": "Lisbon", "CF-IPCountry": "PT"}
    with browser_at(sandbox, **place) as browser:
        sign_in(browser, ticket_for(api, mia))
    seen = sessions_of(api, mia)[0]["latest_activity"]
    assert (seen["ip_address"], seen["city"], seen["country"]) == ("203.0.113.7", "Lisbon", "PT")


def test_a_ticket_that_is_not_good_says_why(api: httpx.Client, browser: httpx.Client) -> None:
    mia = person(api, "mia")
    revoked = api.post("/sign_in_tokens", json={"user_id": mia}).json()
    api.post(f"/sign_in_tokens/{revoked['id']}/revoke")
    assert refused(sign_in(browser, revoked["token"])) == (400, [("sign_in_token_revoked_code", None)])
    assert refused(sign_in(browser, "no such ticket")) == (400, [("ticket_invalid_code", None)])
    assert refused(browser.post("/client/sign_ins", data={"strategy": "ticket"})) == (
        422,
        [("form_param_missing", "ticket")],
    )
    by_code = browser.post("/client/sign_ins", data={"strategy": "email_code", "identifier": "mia@acme.com"})
    assert refused(by_code) == (422, [("form_param_value_invalid", "strategy")])
    gone = ticket_for(api, mia)
    api.delete(f"/users/{mia}")
    assert refused(sign_in(browser, gone)) == (400, [("ticket_invalid_code", None)])


def test_a_ticket_expires(sandboxes: Callable[..., RunningSandbox], monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = sandboxes()
    with client(sandbox) as api, browser_at(sandbox) as browser:
        ticket = ticket_for(api, person(api, "mia"), seconds=60)
        later = Clock(seconds=61)
        monkeypatch.setattr("bridge.sandbox.frontend.time", later)
        assert refused(sign_in(browser, ticket)) == (400, [("ticket_expired_code", None)])


class Clock:
    """The clock of the Frontend API, some seconds ahead."""

    def __init__(self, seconds: int) -> None:
        self._ahead = seconds * 1_000_000_000

    def time_ns(self) -> int:
        import time

        return time.time_ns() + self._ahead


def test_who_is_banned_or_locked_does_not_sign_in_and_keeps_the_ticket(api: httpx.Client, browser: httpx.Client) -> None:
    mia = person(api, "mia")
    ticket = ticket_for(api, mia)
    api.post(f"/users/{mia}/ban")
    assert refused(sign_in(browser, ticket)) == (403, [("user_banned", None)])
    api.post(f"/users/{mia}/unban")
    api.post(f"/users/{mia}/lock")
    assert refused(sign_in(browser, ticket)) == (403, [("user_locked", None)])
    assert sessions_of(api, mia) == []
    api.post(f"/users/{mia}/unlock")
    assert sign_in(browser, ticket).status_code == 200


def test_a_browser_that_is_signed_in_signs_in_no_second_time(api: httpx.Client, browser: httpx.Client) -> None:
    mia, ben = person(api, "mia"), person(api, "ben")
    first = sign_in(browser, ticket_for(api, mia)).json()["response"]["created_session_id"]
    ticket = ticket_for(api, ben)
    assert refused(sign_in(browser, ticket)) == (400, [("session_exists", None)])
    assert browser.post(f"/client/sessions/{first}/remove").json()["response"]["status"] == "removed"
    assert [item["status"] for item in sessions_of(api, mia)] == ["removed"]
    assert sign_in(browser, ticket).status_code == 200


def test_without_a_workspace_of_its_own_a_ticket_takes_the_one_joined_last(api: httpx.Client, browser: httpx.Client) -> None:
    mia = person(api, "mia")
    for name in ("Production", "Research"):
        place = workspace(api, name)
        join(api, place, mia, "org:viewer")
    sign_in(browser, ticket_for(api, mia))
    assert sessions_of(api, mia)[0]["last_active_organization_id"] == place


def test_where_membership_is_required_a_session_waits_for_a_workspace(sandboxes: Callable[..., RunningSandbox]) -> None:
    sandbox = sandboxes(membership_required=True)
    with client(sandbox) as api, browser_at(sandbox) as browser:
        mia, place = person(api, "mia"), workspace(api)
        session = sign_in(browser, ticket_for(api, mia)).json()["response"]["created_session_id"]
        waiting = api.get(f"/sessions/{session}").json()
        assert (waiting["status"], waiting["tasks"]) == ("pending", [{"key": "choose-organization"}])
        assert api.get("/sessions", params={"user_id": mia, "status": "active"}).json() == []
        asked = api.get("/sessions", params={"user_id": mia, "status": "pending"})
        assert refused(asked) == (422, [("form_param_value_invalid", "status")])
        path = f"/client/sessions/{session}"
        assert said(browser, f"{path}/tokens")["sts"] == "pending"
        not_a_member = browser.post(f"{path}/touch", data={"active_organization_id": place})
        assert refused(not_a_member) == (404, [("resource_not_found", None)])
        join(api, place, mia, "org:viewer")
        chosen = browser.post(f"{path}/touch", data={"active_organization_id": place}).json()["response"]
        assert (chosen["status"], chosen["tasks"], chosen["last_active_organization_id"]) == ("active", None, place)
        token = said(browser, f"{path}/tokens")
        assert (token["sts"], token["o"]["id"], token["azp"]) == ("active", place, "https://app.acme.test")
        assert api.post(f"/sessions/{session}/revoke").json()["status"] == "revoked"


def said(browser: httpx.Client, path: str) -> dict[str, Any]:
    return dict(jwt.decode(browser.post(path).json()["jwt"], options={"verify_signature": False}))


def test_a_revoked_session_and_that_of_another_browser_are_of_no_use(sandbox: RunningSandbox, api: httpx.Client) -> None:
    mia = person(api, "mia")
    signed_out = (401, [("signed_out", None)])
    with browser_at(sandbox) as browser, browser_at(sandbox) as other:
        session = sign_in(browser, ticket_for(api, mia)).json()["response"]["created_session_id"]
        path = f"/client/sessions/{session}"
        assert said(browser, f"{path}/tokens/convex")["aud"] == "convex"
        assert refused(other.post(f"{path}/tokens")) == signed_out
        assert refused(other.post(f"{path}/touch")) == signed_out
        api.post(f"/sessions/{session}/revoke")
        for verb in ("tokens", "tokens/convex", "touch", "remove"):
            assert refused(browser.post(f"{path}/{verb}")) == signed_out
        assert sessions_of(api, mia)[0]["status"] == "revoked"


def test_sessions_of_one_browser_are_found_by_its_client(api: httpx.Client, browser: httpx.Client) -> None:
    mia = person(api, "mia")
    for _ in range(2):
        session = sign_in(browser, ticket_for(api, mia)).json()
        browser.post(f"/client/sessions/{session['response']['created_session_id']}/remove")
    api.post("/sessions", json={"user_id": mia})
    of_client = api.get("/sessions", params={"client_id": session["client"]["id"]}).json()
    assert [item["status"] for item in of_client] == ["removed", "removed"]
    assert len(sessions_of(api, mia)) == 3


def test_a_link_to_a_ticket_leads_on_without_using_it(api: httpx.Client, browser: httpx.Client) -> None:
    ticket = ticket_for(api, person(api, "mia"))
    target = "https://app.acme.test/sign-in?from=mail"
    led = browser.get("/tickets/accept", params={"ticket": ticket, "redirect_url": target})
    assert led.status_code == 303
    assert led.headers["Location"] == f"{target}&__clerk_status=sign_in&__clerk_ticket={ticket}"
    assert sign_in(browser, ticket).status_code == 200
    assert refused(browser.get("/tickets/accept", params={"ticket": ticket})) == (
        400,
        [("sign_in_token_already_used_code", None)],
    )


def test_the_frontend_asks_for_no_key_and_counts_no_call(
    sandbox: RunningSandbox, api: httpx.Client, browser: httpx.Client
) -> None:
    ticket = ticket_for(api, person(api, "mia"))
    sandbox.reset_calls()
    assert sign_in(browser, ticket).status_code == 200
    assert sandbox.calls() == {}
