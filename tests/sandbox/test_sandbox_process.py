"""The sandbox as a process: what survives its end, how fast it ends, and that a folder has one holder."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from bridge.sandbox.testing import RunningSandbox
from tests.support.clerk_sandbox import client

KEY = {"Authorization": "Bearer sk_test_sandbox"}


class Process:
    """`python -m bridge.sandbox` on a port of its own."""

    def __init__(self, data: Path, *options: str, listen: str = "127.0.0.1:0") -> None:
        command = [sys.executable, "-m", "bridge.sandbox", "--listen", listen, "--data", str(data), *options]
        self._child = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert self._child.stderr is not None
        self.said = self._child.stderr.readline()
        found = re.search(r"page (http\S+)/ ", self.said)
        self.url = found.group(1) if found else ""

    def end(self, by: signal.Signals) -> tuple[int, float]:
        """(exit code, seconds it took)"""
        started = time.monotonic()
        self._child.send_signal(by)
        code = self._child.wait(timeout=60)
        return code, time.monotonic() - started

    def wait(self) -> int:
        return self._child.wait(timeout=60)

    def close(self) -> None:
        self._child.kill()
        self._child.wait()
        assert self._child.stderr is not None
        self._child.stderr.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    started: list[Process] = []

    def run(*options: str, listen: str = "127.0.0.1:0") -> Process:
        started.append(Process(tmp_path, *options, listen=listen))
        return started[-1]

    yield run
    for process in started:
        process.close()


def create(url: str, name: str) -> httpx.Response:
    return httpx.post(f"{url}/v1/users", json={"email_address": [f"{name}@acme.com"]}, headers=KEY)


def test_state_survives_a_restart_and_the_port_can_be_kept(sandboxes: Callable[..., RunningSandbox]) -> None:
    first = sandboxes()
    with client(first) as api:
        user = api.post("/users", json={"email_address": ["mia@acme.com"]}).json()
        roles = api.get("/organization_roles").json()
    first.stop()
    second = sandboxes(port=first.port)
    assert second.url == first.url
    with client(second) as api:
        assert api.get(f"/users/{user['id']}").json() == user
        assert api.get("/organization_roles").json() == roles
    assert second.calls() == {"GET /v1/users/{user_id}": 1, "GET /v1/organization_roles": 1}


def test_one_that_could_not_start_leaves_the_folder_free(sandboxes: Callable[..., RunningSandbox], tmp_path: Path) -> None:
    taken = sandboxes().port
    with pytest.raises(OSError, match="address already in use"):
        sandboxes(tmp_path / "other", port=taken)
    assert sandboxes(tmp_path / "other").control("GET", "health") == {"status": "ok"}


def test_a_kill_loses_nothing_that_was_answered(start: Callable[..., Process]) -> None:
    process, answered = start(), set()

    def keep_creating(worker: int) -> None:
        with httpx.Client(base_url=process.url, headers=KEY) as session:
            for number in range(10_000):
                try:
                    answer = session.post("/v1/users", json={"email_address": [f"w{worker}n{number}@acme.com"]})
                except httpx.TransportError:
                    return
                if answer.status_code == 200:
                    answered.add(answer.json()["id"])

    workers = [threading.Thread(target=keep_creating, args=(number,)) for number in range(3)]
    for worker in workers:
        worker.start()
    while len(answered) < 60:
        os.sched_yield()
    process.end(signal.SIGKILL)
    for worker in workers:
        worker.join()
    state = httpx.get(f"{start().url}/_sandbox/state").json()
    assert answered <= {user["id"] for user in state["users"]}


def test_it_ends_soon_with_connections_open_and_a_call_held_back(start: Callable[..., Process]) -> None:
    process = start()
    with httpx.Client(base_url=process.url, headers=KEY) as idle:
        assert idle.get("/v1/users").status_code == 200
        fault = {"match": "GET /v1/users/count", "delay": 60}
        assert idle.post("/_sandbox/faults", json=fault).status_code == 200

        def ask() -> None:
            with pytest.raises(httpx.TransportError):
                httpx.get(f"{process.url}/v1/users/count", headers=KEY, timeout=60)

        late = threading.Thread(target=ask)
        late.start()
        while idle.get("/_sandbox/faults").json():
            os.sched_yield()
        code, seconds = process.end(signal.SIGTERM)
        late.join()
    assert code == 0
    assert seconds < 15  # the call that is held back would take a minute


def test_a_second_sandbox_on_the_same_folder_says_who_is_in_the_way(
    start: Callable[..., Process], sandboxes: Callable[..., RunningSandbox], tmp_path: Path
) -> None:
    first = sandboxes(tmp_path / "sandbox")
    second = start()
    assert second.wait() == 1
    assert f"{tmp_path / 'sandbox'} is held by another sandbox" in second.said
    assert create(first.url, "mia").status_code == 200


def test_a_taken_port_is_named(
    start: Callable[..., Process], sandboxes: Callable[..., RunningSandbox], tmp_path: Path
) -> None:
    taken = f"127.0.0.1:{sandboxes(tmp_path / 'other').port}"
    second = start(listen=taken)
    assert second.wait() == 1
    assert f"cannot listen on {taken}: Address already in use" in second.said


def test_a_folder_that_holds_something_else_is_named(start: Callable[..., Process], tmp_path: Path) -> None:
    (tmp_path / "sandbox").mkdir()
    (tmp_path / "sandbox" / "clerk.db").write_bytes(b"no database at all" * 100)
    process = start()
    assert process.wait() == 1
    assert "cannot hold the sandbox's state" in process.said


def test_services_that_can_not_be_read_are_named(start: Callable[..., Process], tmp_path: Path) -> None:
    (tmp_path / "sandbox" / "idp").mkdir(parents=True)
    (tmp_path / "sandbox" / "idp" / "services.json").write_text('[{"connection": 1}]', encoding="utf-8")
    process = start()
    assert process.wait() == 1
    assert "services.json is no list of services: delete it" in process.said


def test_its_switches_are_those_of_an_instance(start: Callable[..., Process]) -> None:
    url = start("--dev-limits", "--membership-required").url
    with httpx.Client(base_url=f"{url}/v1", headers=KEY) as api:
        organization = api.post("/organizations", json={"name": "Production"}).json()["id"]
        mia = create(url, "mia").json()["id"]
        path = f"/organizations/{organization}/memberships"
        api.post(path, json={"user_id": mia, "role": "org:viewer"})
        assert api.delete(f"{path}/{mia}").json()["errors"][0]["code"] == "personal_accounts_not_allowed"
        assert 429 in {api.get("/users/count").status_code for _ in range(100)}
