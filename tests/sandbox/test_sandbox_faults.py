"""Outages on order: what a caller of the sandbox sees, and whether the call had its effect."""

import os
import socket
import time
from http.client import HTTPConnection
from types import SimpleNamespace
from typing import Any

import httpx
import orjson
import pytest

from bridge.sandbox import faults
from bridge.sandbox.testing import RunningSandbox
from tests.support.clerk_sandbox import Recorder, refused

MIA = {"email_address": ["mia@acme.com"]}


def people(api: httpx.Client) -> int:
    return int(api.get("/users/count").json()["total_count"])


@pytest.mark.parametrize(("when", "created"), [("before", 0), ("after", 1)])
@pytest.mark.parametrize(
    ("status", "code"),
    [(409, "resource_locked"), (500, "internal_clerk_error"), (503, "service_unavailable"), (504, "gateway_timeout")],
)
def test_a_refused_call_had_its_effect_or_not(
    sandbox: RunningSandbox, api: httpx.Client, status: int, code: str, when: str, created: int
) -> None:
    sandbox.fault(match="POST /v1/users", status=status, when=when)
    assert refused(api.post("/users", json=MIA)) == (status, [(code, None)])
    assert people(api) == created


@pytest.mark.parametrize(("when", "created"), [("before", 0), ("after", 1)])
def test_a_cut_call_has_no_answer(sandbox: RunningSandbox, api: httpx.Client, when: str, created: int) -> None:
    sandbox.fault(match="POST /v1/users", status="cut", when=when)
    with pytest.raises(httpx.TransportError):
        api.post("/users", json=MIA)
    assert people(api) == created
    assert sandbox.control("GET", "calls")["statuses"]["0"] == 1


def test_whoever_dies_in_the_middle_of_a_call_changed_nothing_and_is_a_cut_call(
    sandbox: RunningSandbox, api: httpx.Client, recorder: Recorder
) -> None:
    """A service that is killed between the head of its request and the body; Clerk made no mistake then."""
    with socket.create_connection(("127.0.0.1", sandbox.port)) as caller:
        head = f"Host: x\r\nAuthorization: Bearer {sandbox.secret_key}\r\nContent-Length: 30\r\nExpect: 100-continue\r\n"
        caller.sendall(f"POST /v1/users HTTP/1.1\r\n{head}\r\n".encode())
        assert caller.recv(100).startswith(b"HTTP/1.1 100 ")
        caller.sendall(b"{")
    while not (statuses := sandbox.control("GET", "calls")["statuses"]):
        os.sched_yield()
    assert statuses == {"0": 1}
    assert [item.status for item in recorder.exchanges] == [0]
    assert people(api) == 0


def test_a_fault_says_when_to_come_back(sandbox: RunningSandbox, api: httpx.Client) -> None:
    sandbox.fault(match="GET /v1/*", status=429, retry_after=7)
    answer = api.get("/users")
    assert refused(answer) == (429, [("too_many_requests", None)])
    assert answer.headers["Retry-After"] == "7"
    sandbox.fault(match="GET /v1/*", status=503, retry_after=0)
    assert api.get("/users").headers["Retry-After"] == "0"


def test_a_bad_gateway_is_no_json(sandbox: RunningSandbox, api: httpx.Client) -> None:
    sandbox.fault(match="*", status=502)
    answer = api.get("/users")
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (502, "text/html")


def test_a_late_call_is_answered_as_ever(sandbox: RunningSandbox, api: httpx.Client) -> None:
    sandbox.fault(match="POST /v1/users", delay=0.05)
    assert api.post("/users", json=MIA).status_code == 200


def test_a_call_that_nobody_waits_for_has_its_effect_nevertheless(sandbox: RunningSandbox, api: httpx.Client) -> None:
    sandbox.fault(match="POST /v1/users", delay=0.1)
    caller = HTTPConnection("127.0.0.1", sandbox.port)
    caller.request("POST", "/v1/users", orjson.dumps(MIA), {**api.headers, "Content-Type": "application/json"})
    while sandbox.control("GET", "faults"):
        os.sched_yield()
    caller.close()
    sandbox.fault(match="GET /v1/users/count", delay=0.2)  # by then the other one is through
    assert people(api) == 1


def test_a_fault_hits_the_calls_it_names_and_so_many_of_them(sandbox: RunningSandbox, api: httpx.Client) -> None:
    sandbox.fault(match="POST /v1/users/{user_id}/ban", status=503, times=2)
    mia = api.post("/users", json=MIA).json()["id"]
    assert [api.post(f"/users/{mia}/ban").status_code for _ in range(3)] == [503, 503, 200]
    sandbox.fault(match=f"GET /v1/users/{mia}", status=503)
    assert [api.get(f"/users/{user}").status_code for user in ("user_other", mia)] == [404, 503]


def test_faults_are_listed_and_called_off(sandbox: RunningSandbox, api: httpx.Client) -> None:
    listed = sandbox.control("POST", "faults", [{"match": "*", "status": 500}, {"match": "GET *", "delay": 1.5, "times": 3}])
    assert [(item["match"], item["status"], item["times"], item["delay"]) for item in listed] == [
        ("*", 500, 1, 0.0),
        ("GET *", None, 3, 1.5),
    ]
    assert sandbox.control("GET", "faults") == listed
    assert sandbox.control("DELETE", "faults") == []
    assert api.get("/users").status_code == 200


@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"match": 1},
        {"match": "*", "status": 418},
        {"match": "*", "status": [503]},
        {"match": "*", "when": "never"},
        {"match": "*", "times": 0},
        {"match": "*", "times": "2"},
        {"match": "*", "retry_after": 1.5},
        {"match": "*", "delay": -1},
        {"match": "*", "delay": True},
        {"match": "*", "seconds": 0},
        {"match": "*", "seconds": 5, "times": 2},
        {"match": "*", "webhook": "burn"},
        {"match": "*", "webhook": "drop", "status": 503},
        {"match": "*", "until": 5},
        {"match": "*", "color": "red"},
        "503",
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_with_the_reason(sandbox: RunningSandbox, fault: Any) -> None:
    answer = httpx.post(f"{sandbox.url}/_sandbox/faults", json=fault)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert sandbox.control("GET", "faults") == []


def test_a_storm_lasts_by_time_and_not_by_calls(
    sandbox: RunningSandbox, api: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.fault(match="* /v1/users*", status=429, seconds=300)
    assert {api.get("/users/count").status_code for _ in range(10)} == {429}
    assert 0 < sandbox.control("GET", "faults")[0]["seconds"] <= 300
    later = SimpleNamespace(monotonic=lambda: time.monotonic() + 300)
    monkeypatch.setattr(faults, "time", later)
    assert api.get("/users/count").status_code == 200
    assert sandbox.control("GET", "faults") == []


def test_everything_can_be_slow_for_a_while(sandbox: RunningSandbox, api: httpx.Client) -> None:
    sandbox.fault(match="*", delay=0.1, seconds=30)
    began = time.monotonic()
    assert [api.get("/users").status_code for _ in range(3)] == [200] * 3
    assert time.monotonic() - began >= 0.3


def test_a_fault_of_webhooks_concerns_no_call(sandbox: RunningSandbox, api: httpx.Client) -> None:
    sandbox.fault(match="*", webhook="drop")
    assert api.get("/users").status_code == 200
    assert sandbox.control("GET", "faults")[0]["webhook"] == "drop"
