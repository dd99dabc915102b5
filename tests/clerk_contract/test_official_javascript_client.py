"""Clerk's official JavaScript client, `@clerk/backend`, reads the sandbox. It is skipped where node or the client is absent.

The client comes through npm into pytest's cache, once for each version.
"""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.clerk_peer import Peer
from tests.support.clerk_sandbox import Recorder
from tests.support.npm import installed, require_node

FOLDER = Path(__file__).parent / "javascript"
CLIENT = "@clerk/backend"
VERSION = "3.25.0"
OLDEST_NODE = 20
FEWEST = 40


@pytest.fixture(scope="session")
def client(pytestconfig: pytest.Config) -> Path:
    """The folder in which node finds the client."""
    _require_node()
    return installed(pytestconfig, f"clerk-backend-{VERSION}", f"{CLIENT}@{VERSION}")


def test_the_client_parses_the_answers_of_its_calls(client: Path, peer: Peer, request: pytest.FixtureRequest) -> None:
    _told("stories.mjs", client, peer)
    if not peer.live:
        recorder: Recorder = request.getfixturevalue("recorder")
        assert len(recorder.calls) >= FEWEST


@pytest.mark.parametrize("peer", ["sandbox"], indirect=True)
def test_the_client_believes_the_webhooks_of_the_sandbox(client: Path, peer: Peer) -> None:
    _told("webhooks.mjs", client, peer)


def _told(stories: str, client: Path, peer: Peer) -> None:
    """Every story of this file ends well."""
    environment = {"CLERK_URL": peer.url, "CLERK_KEY": peer.secret_key, "CLIENT": str(client), "MARK": peer.mark}
    done = _run("node", "--test", str(FOLDER / stories), env={**os.environ, **environment})
    assert done.returncode == 0, done.stdout + done.stderr


def _require_node() -> None:
    require_node()
    version = _run("node", "--version").stdout.strip()
    if int(version.lstrip("v").partition(".")[0]) < OLDEST_NODE:
        pytest.skip(f"{CLIENT} needs node {OLDEST_NODE}, this is {version}")


def _run(*command: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=180, check=False, **options)
