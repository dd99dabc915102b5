"""Clerk's rate windows, as the sandbox keeps them."""

import time
from collections.abc import Callable
from types import SimpleNamespace

import httpx
import pytest

from bridge.sandbox.clerk import api as backend
from bridge.sandbox.clerk.limits import Limits
from bridge.sandbox.testing import RunningSandbox
from tests.support.clerk_sandbox import client, refused


class Clock:
    """Stands still until it is told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(backend, "time", SimpleNamespace(monotonic=lambda: self.now, time_ns=time.time_ns))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_a_development_instance_takes_100_calls_in_ten_seconds(
    sandboxes: Callable[..., RunningSandbox], clock: Clock
) -> None:
    with client(sandboxes(production_limits=False)) as api:
        assert {api.get("/users/count").status_code for _ in range(50)} == {200}
        clock.now += 4.2
        assert {api.get("/users/count").status_code for _ in range(50)} == {200}
        answer = api.get("/users/count")
        assert refused(answer) == (429, [("too_many_requests", None)])
        assert answer.headers["Retry-After"] == "6"
        clock.now += int(answer.headers["Retry-After"])
        assert api.get("/users/count").status_code == 200


def test_a_production_instance_takes_ten_times_as_many(sandbox: RunningSandbox, clock: Clock) -> None:
    with client(sandbox) as api:
        assert [api.get("/users/count").status_code for _ in range(101)][-1] == 200
    limits = Limits(production=True)
    assert [limits.spend(5.0, None) for _ in range(1000)] == [None] * 1000
    assert limits.spend(5.0, None) == 10


@pytest.mark.usefixtures("clock")
def test_a_key_set_is_never_refused_for_the_rate(sandboxes: Callable[..., RunningSandbox]) -> None:
    with client(sandboxes(production_limits=False)) as api:
        assert {api.get("/jwks").status_code for _ in range(120)} == {200}


def test_the_eleventh_change_of_one_membership_in_ten_seconds_waits(api: httpx.Client, clock: Clock) -> None:
    organization = api.post("/organizations", json={"name": "Production"}).json()["id"]
    mia, ada = (api.post("/users", json={"email_address": [f"{name}@acme.com"]}).json()["id"] for name in ("mia", "ada"))
    path = f"/organizations/{organization}/memberships"
    for user in (mia, ada):
        api.post(path, json={"user_id": user, "role": "org:viewer"})
    for number in range(10):
        role = ("org:editor", "org:viewer")[number % 2]
        assert api.patch(f"{path}/{mia}", json={"role": role}).status_code == 200
    waiting = api.patch(f"{path}/{mia}", json={"role": "org:editor"})
    assert (waiting.status_code, waiting.headers["Retry-After"]) == (429, "10")
    assert api.patch(f"{path}/{ada}", json={"role": "org:editor"}).status_code == 200
    assert api.get(path, params={"user_id": mia}).json()["data"][0]["role"] == "org:viewer"
    clock.now += 10
    assert api.patch(f"{path}/{mia}", json={"role": "org:editor"}).status_code == 200


@pytest.mark.usefixtures("clock")
def test_changes_of_one_user_are_counted_together(api: httpx.Client) -> None:
    mia = api.post("/users", json={"email_address": ["mia@acme.com"]}).json()["id"]
    for number in range(5):
        api.patch(f"/users/{mia}", json={"first_name": f"M{number}"})
        api.patch(f"/users/{mia}/metadata", json={"public_metadata": {"n": number}})
    assert api.patch(f"/users/{mia}", json={"first_name": "M"}).status_code == 429
    assert api.post(f"/users/{mia}/ban").status_code == 200


def test_what_is_refused_counts_for_nothing() -> None:
    limits = Limits(production=False)
    for _ in range(100):
        limits.spend(0.0, None)
    assert [limits.spend(9.0, "user a") for _ in range(50)] == [1] * 50
    assert [limits.spend(10.0, "user a") for _ in range(10)] == [None] * 10
    assert limits.spend(10.0, "user a") == 10
