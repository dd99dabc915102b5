"""The stand-in dashboard: a ticket is used up, a page says who somebody is to Clerk and why, and everything ends again."""

import http.server
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, ClassVar

import httpx
import pytest

from bridge.sandbox.testing import RunningSandbox
from tests.support.clerk_sandbox import NO_TLS

DATA = {"Accept": "application/json"}


@dataclass
class Cast:
    """Mia (editor in Production, viewer in Research) and Ben (viewer in Research), with tickets for them."""

    api: httpx.Client
    users: dict[str, str] = field(default_factory=dict)
    workspaces: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, **roles: str) -> None:
        body = {"email_address": [f"{name.lower()}@acme.example"], "first_name": name, "last_name": "<Doe>"}
        self.users[name] = str(self.api.post("/users", json=body).json()["id"])
        for workspace, role in roles.items():
            if workspace not in self.workspaces:
                made = self.api.post("/organizations", json={"name": workspace}).json()
                self.workspaces[workspace] = str(made["id"])
            place = f"/organizations/{self.workspaces[workspace]}/memberships"
            assert self.api.post(place, json={"user_id": self.users[name], "role": f"org:{role}"}).status_code == 200

    def ticket(self, name: str, workspace: str | None = None, **more: Any) -> dict[str, Any]:
        body = {"user_id": self.users[name], "org_id": self.workspaces[workspace] if workspace else None} | more
        made: dict[str, Any] = self.api.post("/sign_in_tokens", json=body).json()
        return made


@pytest.fixture
def cast(api: httpx.Client) -> Cast:
    cast = Cast(api)
    cast.add("Mia", Production="editor", Research="viewer")
    cast.add("Ben", Research="viewer")
    return cast


@pytest.fixture
def browser(sandbox: RunningSandbox) -> Iterator[httpx.Client]:
    """Follows redirects and keeps cookies."""
    with httpx.Client(base_url=sandbox.url, follow_redirects=True, verify=NO_TLS) as client:
        yield client


def arrive(browser: httpx.Client, ticket: str, place: str = "/", **headers: str) -> httpx.Response:
    query = {"__clerk_ticket": ticket, "redirect_url": place}
    return browser.get("/dashboard/sign-in", params=query, headers=headers or DATA)


def test_a_ticket_lands_on_the_page_that_was_asked_for(browser: httpx.Client, cast: Cast) -> None:
    answer = arrive(browser, cast.ticket("Mia", "Production")["token"], "/reports/7")
    assert answer.url.path == "/dashboard/reports/7"
    shown = answer.json()
    assert (shown["user"]["name"], shown["user"]["email"]) == ("Mia <Doe>", "mia@acme.example")
    assert (shown["workspace"], shown["role"], shown["path"]) == ("Production", "editor", "/reports/7")
    assert {one["name"]: one["role"] for one in shown["workspaces"]} == {"Production": "editor", "Research": "viewer"}


def test_it_shows_the_claims_of_the_token_for_convex(browser: httpx.Client, cast: Cast) -> None:
    claims = arrive(browser, cast.ticket("Mia", "Production")["token"]).json()["convex"]
    assert (claims["sub"], claims["aud"]) == (cast.users["Mia"], "convex")
    assert "org:editor" in claims.values()


def test_the_page_for_people_trusts_no_name_and_keeps_nothing(browser: httpx.Client, cast: Cast) -> None:
    answer = arrive(browser, cast.ticket("Mia", "Production")["token"], Accept="text/html")
    assert "Mia &lt;Doe&gt;" in answer.text
    assert "Mia <Doe>" not in answer.text
    assert "inferpipe-bridge explain mia@acme.example" in answer.text
    assert (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"]) == ("no-store", "no-referrer")


@pytest.mark.parametrize(
    "place", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "dashboard"]
)
def test_nothing_leads_away_from_the_dashboard(browser: httpx.Client, cast: Cast, place: str) -> None:
    answer = arrive(browser, cast.ticket("Mia")["token"], place)
    assert (answer.url.host, answer.url.path) == ("127.0.0.1", "/dashboard")


def test_a_used_a_revoked_and_an_unknown_ticket_are_refused_by_name(browser: httpx.Client, cast: Cast) -> None:
    used, revoked = cast.ticket("Mia"), cast.ticket("Mia")
    cast.api.post(f"/sign_in_tokens/{revoked['id']}/revoke")
    arrive(browser, used["token"])
    browser.post("/dashboard/sign-out")
    assert refused(arrive(browser, used["token"])) == "sign_in_token_already_used_code"
    assert refused(arrive(browser, revoked["token"])) == "sign_in_token_revoked_code"
    assert refused(arrive(browser, "nothing")) == "ticket_invalid_code"
    assert browser.get("/dashboard").url.path == "/dashboard/sign-in"


def test_an_expired_ticket_is_refused_by_name(browser: httpx.Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = cast.ticket("Mia", expires_in_seconds=60)
    later = SimpleNamespace(time_ns=lambda: time.time_ns() + 61 * 10**9)
    monkeypatch.setattr("bridge.sandbox.frontend.time", later)
    assert refused(arrive(browser, ticket["token"])) == "ticket_expired_code"


def refused(answer: httpx.Response) -> str | None:
    return answer.json()["errors"][0]["code"] if answer.status_code >= 400 else None


def test_a_refusal_is_a_page_with_a_way_on(browser: httpx.Client) -> None:
    answer = arrive(browser, "nothing", Accept="text/html")
    assert (answer.status_code, "Sign in again" in answer.text) == (400, True)
    assert "This ticket is invalid." in answer.text


def test_a_banned_person_does_not_get_in(browser: httpx.Client, cast: Cast) -> None:
    ticket = cast.ticket("Mia")["token"]
    cast.api.post(f"/users/{cast.users['Mia']}/ban")
    assert arrive(browser, ticket).status_code == 403


def test_somebody_else_who_is_signed_in_is_signed_out_first(
    browser: httpx.Client, cast: Cast, sandbox: RunningSandbox
) -> None:
    arrive(browser, cast.ticket("Ben")["token"])
    assert arrive(browser, cast.ticket("Mia")["token"]).json()["user"]["id"] == cast.users["Mia"]
    states = {one["user_id"]: one["status"] for one in sandbox.state()["sessions"]}
    assert states == {cast.users["Ben"]: "removed", cast.users["Mia"]: "active"}


def test_a_bad_ticket_leaves_whoever_is_signed_in(browser: httpx.Client, cast: Cast) -> None:
    arrive(browser, cast.ticket("Ben")["token"])
    assert refused(arrive(browser, "nothing")) == "ticket_invalid_code"
    assert browser.get("/dashboard", headers=DATA).json()["user"]["id"] == cast.users["Ben"]


def test_the_same_person_goes_on_in_the_workspace_of_the_ticket(
    browser: httpx.Client, cast: Cast, sandbox: RunningSandbox
) -> None:
    first = arrive(browser, cast.ticket("Mia", "Production")["token"]).json()
    second = arrive(browser, cast.ticket("Mia", "Research")["token"]).json()
    assert second["session"]["id"] == first["session"]["id"]
    assert (first["workspace"], second["workspace"]) == ("Production", "Research")
    assert len(sandbox.state()["sessions"]) == 1


def test_another_workspace_is_entered_and_none_that_is_not_theirs(browser: httpx.Client, cast: Cast) -> None:
    arrive(browser, cast.ticket("Ben", "Research")["token"])
    foreign = browser.post("/dashboard/workspace", data={"workspace": cast.workspaces["Production"]}, headers=DATA)
    assert refused(foreign) is not None
    browser.post("/dashboard/sign-out")
    arrive(browser, cast.ticket("Mia", "Production")["token"])
    moved = browser.post("/dashboard/workspace", data={"workspace": cast.workspaces["Research"]}, headers=DATA)
    assert (moved.json()["workspace"], moved.json()["role"]) == ("Research", "viewer")


def test_a_page_that_needs_somebody_asks_who_they_are_and_remembers_itself(browser: httpx.Client) -> None:
    browser.post("/_sandbox/bridge", json={"url": "http://127.0.0.1:9/", "secret": "s"})
    answer = browser.get("/dashboard/reports/7")
    assert (answer.url.path, answer.url.params["redirect_url"]) == ("/dashboard/sign-in", "/dashboard/reports/7")
    assert 'action="http://127.0.0.1:9/login"' in answer.text
    assert 'name="to" value="/reports/7"' in answer.text


def test_a_browser_that_signed_out_is_nobody(browser: httpx.Client, cast: Cast, sandbox: RunningSandbox) -> None:
    arrive(browser, cast.ticket("Mia")["token"])
    assert browser.post("/dashboard/sign-out").url.path == "/dashboard/sign-in"
    assert [one["status"] for one in sandbox.state()["sessions"]] == ["removed"]


def test_it_links_to_the_bridges_end_of_a_sign_in(browser: httpx.Client, cast: Cast, sandbox: RunningSandbox) -> None:
    logout = "http://127.0.0.1:8080/saml/acme/logout"
    sandbox.control("POST", "idp", {"connection": "acme", "logout": logout})
    shown = arrive(browser, cast.ticket("Mia")["token"])
    assert shown.json()["logout"] == {"acme": logout}
    assert f'href="{logout}"' in browser.get("/dashboard").text


class Told(http.server.BaseHTTPRequestHandler):
    """A bridge that answers what a test says."""

    status: ClassVar[int] = 200
    body: ClassVar[bytes] = b""
    heard: ClassVar[list[tuple[str, str | None]]] = []

    def do_GET(self) -> None:
        self.heard.append((self.path, self.headers.get("Authorization")))
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        """Not on the terminal."""


@pytest.fixture
def bridge(sandbox: RunningSandbox) -> Iterator[type[Told]]:
    """The sandbox was told of it."""
    fresh = type("Fresh", (Told,), {"heard": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), fresh) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sandbox.control("POST", "bridge", {"url": f"http://127.0.0.1:{server.server_port}", "secret": "s3cret"})
        yield fresh
        server.shutdown()


def test_why_is_what_the_bridge_says(browser: httpx.Client, cast: Cast, bridge: type[Told]) -> None:
    bridge.body = (
        b'{"accounts": [{"connection": "acme"}], "workspaces": [{"organization": "%s", "state": "granted", "cause": null,'
        b' "because": [{"rule": "Engineers <3", "facts": ["group eng"]}]}]}' % cast.workspaces["Production"].encode()
    )
    shown = arrive(browser, cast.ticket("Mia", "Production")["token"])
    assert shown.json()["why"]["workspaces"][0]["because"][0]["rule"] == "Engineers <3"
    assert bridge.heard[0] == (f"/_sandbox/why/{cast.users['Mia']}", "Bearer s3cret")
    assert "Engineers &lt;3 ← group eng" in browser.get("/dashboard").text


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (404, b"", "The bridge does not know this user."),
        (401, b"", "The bridge answered 401."),
        (200, b"<no json>", "gives no answer (JSONDecodeError)"),
        (200, b"[]", "The bridge answered 200."),
    ],
)
def test_a_bridge_that_says_nothing_of_use_spoils_nothing(
    browser: httpx.Client, cast: Cast, bridge: type[Told], status: int, body: bytes, sentence: str
) -> None:
    bridge.status, bridge.body = status, body
    shown = arrive(browser, cast.ticket("Mia")["token"]).json()
    assert sentence in shown["why"]["problem"]
    assert "inferpipe-bridge explain mia@acme.example" in browser.get("/dashboard").text


def test_a_bridge_that_is_away_spoils_nothing(browser: httpx.Client, cast: Cast, sandbox: RunningSandbox) -> None:
    sandbox.control("POST", "bridge", {"url": "http://127.0.0.1:1", "secret": "s"})
    assert "gives no answer" in arrive(browser, cast.ticket("Mia")["token"]).json()["why"]["problem"]


@pytest.mark.parametrize(
    "told", [[], {}, {"url": "http://127.0.0.1"}, {"url": "https://evil.example", "secret": "s"}, {"url": 1}]
)
def test_what_is_no_bridge_on_this_machine_is_refused(browser: httpx.Client, told: Any) -> None:
    assert browser.post("/_sandbox/bridge", json=told).status_code == 400
