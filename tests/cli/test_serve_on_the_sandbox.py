"""`serve` on the sandbox tells it of itself, without anybody setting anything up: webhooks, services, whom to ask why."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest

from bench.ports import free_port
from bridge.sandbox.testing import RunningSandbox

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 60.0


@contextmanager
def _serving(folder: Path, sandbox: RunningSandbox, port: int, **more: str) -> Iterator[None]:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("BRIDGE_", "CLERK_"))},
        "BRIDGE_CONFIG": str(ROOT / "config"),
        "BRIDGE_DATA": str(folder / "data"),
        "BRIDGE_LISTEN": f"127.0.0.1:{port}",
        "BRIDGE_SANDBOX_LISTEN": sandbox.url.removeprefix("http://"),
        **more,
    }
    command = [sys.executable, "-m", "bridge.cli", "serve"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as service:
        assert service.stderr is not None
        for line in service.stderr:
            if "lease taken" in line:
                break
        while service.poll() is None and not _listens(port):  # the lease may come first
            time.sleep(0.02)
        try:
            yield
        finally:
            service.terminate()
            service.stderr.read()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _delivered(sandbox: RunningSandbox) -> int:
    return sum(one["delivered"] for one in sandbox.control("GET", "webhooks"))


def _sign_up(sandbox: RunningSandbox) -> None:
    """Somebody appears at Clerk."""
    headers = {"Authorization": f"Bearer {sandbox.secret_key}", "Content-Type": "application/json"}
    body = orjson.dumps({"email_address": ["eve@elsewhere.example"]})
    urllib.request.urlopen(urllib.request.Request(f"{sandbox.url}/v1/users", body, headers), timeout=LONGEST).close()


def test_the_sandbox_sends_where_the_service_listens_and_is_believed(tmp_path: Path, sandbox: RunningSandbox) -> None:
    port = free_port()
    with _serving(tmp_path, sandbox, port):
        (endpoint,) = sandbox.control("GET", "webhooks")
        assert endpoint["url"] == f"http://127.0.0.1:{port}/webhooks/clerk"
        _sign_up(sandbox)
        deadline = time.monotonic() + LONGEST
        while not _delivered(sandbox):
            assert time.monotonic() < deadline, sandbox.control("GET", "webhooks")
            time.sleep(0.02)


def test_a_second_service_on_a_taken_address_leaves_the_first_ones_webhooks_alone(
    tmp_path: Path, sandbox: RunningSandbox
) -> None:
    port = free_port()
    with _serving(tmp_path, sandbox, port):
        with _serving(tmp_path / "second", sandbox, port):
            pass  # it ends by itself
        _sign_up(sandbox)
        deadline = time.monotonic() + LONGEST
        while not _delivered(sandbox):
            assert time.monotonic() < deadline, sandbox.control("GET", "webhooks")
            time.sleep(0.02)
        assert [one["refused"] for one in sandbox.control("GET", "webhooks")] == [0]


def test_a_secret_of_the_operators_own_leaves_the_sandbox_alone(tmp_path: Path, sandbox: RunningSandbox) -> None:
    with _serving(tmp_path, sandbox, free_port(), CLERK_WEBHOOK_SIGNING_SECRET="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"):
        assert sandbox.control("GET", "webhooks") == []


def test_the_stand_in_idps_know_the_services_and_people_of_the_examples(tmp_path: Path, sandbox: RunningSandbox) -> None:
    port = free_port()
    with _serving(tmp_path, sandbox, port):
        told = sandbox.control("GET", "idp")
    assert told == [
        {"connection": "example-entra", "provider": "entra", "acs": f"http://127.0.0.1:{port}/saml/example-entra/acs"},
        {"connection": "example-okta", "provider": "okta", "acs": f"http://127.0.0.1:{port}/saml/example-okta/acs"},
    ]
    page = _read(f"{sandbox.url}/idp/example-okta")
    assert "ada.okafor@acme.example" in page
    assert "Carlos Mendes <b" in page  # has left


def test_only_the_sandbox_may_ask_why_somebody_has_what_they_have(tmp_path: Path, sandbox: RunningSandbox) -> None:
    port = free_port()
    with _serving(tmp_path, sandbox, port):
        with pytest.raises(urllib.error.HTTPError, match="401") as refused:
            _read(f"http://127.0.0.1:{port}/_sandbox/why/user_1")
        refused.value.close()
        _sign_up(sandbox)
        shown = orjson.loads(_read(_entrance(sandbox)))
    assert shown["why"] == {"problem": "The bridge does not know this user."}  # it was believed, and looked


def _entrance(sandbox: RunningSandbox) -> str:
    """The dashboard's address for whoever signed up, with a ticket."""
    headers = {"Authorization": f"Bearer {sandbox.secret_key}", "Content-Type": "application/json"}
    body = orjson.dumps({"user_id": sandbox.state()["users"][0]["id"]})
    with urllib.request.urlopen(
        urllib.request.Request(f"{sandbox.url}/v1/sign_in_tokens", body, headers), timeout=LONGEST
    ) as made:
        ticket = orjson.loads(made.read())["token"]
    return f"{sandbox.url}/dashboard/sign-in?__clerk_ticket={ticket}&format=json"


def _read(url: str) -> str:
    """As a browser that keeps cookies and wants data."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    browser.addheaders = [("Accept", "application/json")]
    with browser.open(url, timeout=LONGEST) as answer:
        return str(answer.read().decode())
