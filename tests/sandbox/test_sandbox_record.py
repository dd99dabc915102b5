"""What a sandbox records of its calls, for whoever wants to read or to judge them."""

import os
import subprocess
import sys
from pathlib import Path

import httpx

from bridge.sandbox.testing import RunningSandbox
from bridge.sandbox.watch import Exchange, recorded, recorder
from tests.support.clerk_sandbox import client


def test_a_call_is_a_line_with_what_was_sent_and_what_was_answered(tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    with RunningSandbox(tmp_path / "sandbox", watch=recorder(file)) as sandbox, client(sandbox) as api:
        made = api.post("/users", json={"email_address": ["mia@acme.com"]})
        api.get("/users/user_nobody", params={"limit": "1"})
    first, second = [recorded(line) for line in file.read_bytes().splitlines()]
    assert (first.method, first.path, first.status) == ("POST", "/v1/users", 200)
    assert (first.sent, first.answer) == (b'{"email_address":["mia@acme.com"]}', made.content)
    assert first.headers["Content-Type"] == "application/json"
    assert (second.method, second.path, second.status) == ("GET", "/v1/users/{user_id}", 404)
    assert (first.asked, second.asked) == ("/v1/users", "/v1/users/user_nobody?limit=1")


def test_what_was_recorded_is_what_happened(tmp_path: Path) -> None:
    seen: list[Exchange] = []
    file = tmp_path / "calls.jsonl"
    write = recorder(file)

    def both(exchange: Exchange) -> None:
        seen.append(exchange)
        write(exchange)

    with RunningSandbox(tmp_path / "sandbox", watch=both) as sandbox, client(sandbox) as api:
        api.get("/instance")
        api.get("/nothing/of/the/kind")
    assert [recorded(line) for line in file.read_bytes().splitlines()] == seen


def test_two_sandboxes_share_a_file(tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    for name in ("one", "two"):
        with RunningSandbox(tmp_path / name, watch=recorder(file)) as sandbox, client(sandbox) as api:
            assert api.get("/instance").status_code == httpx.codes.OK
    assert len(file.read_bytes().splitlines()) == 2


def test_what_a_killed_sandbox_began_to_write_hides_nothing_of_the_next_one(tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    with RunningSandbox(tmp_path / "sandbox", watch=recorder(file)) as sandbox, client(sandbox) as api:
        api.post("/users", json={"email_address": ["mia@acme.com"], "first_name": '{"method":'})
    whole = file.read_bytes()
    for length in range(len(whole)):
        begun = recorded(whole[:length] + whole.rstrip(b"\n"))
        assert begun == recorded(whole)
        assert begun.path == "/v1/users"


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bridge.sandbox", "--listen", "127.0.0.1:0", "--data", str(tmp_path)]
    environment = {**os.environ, "SANDBOX_RECORD": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode != 0
    assert str(tmp_path) in done.stderr
