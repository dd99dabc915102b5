"""Fixtures around the sandbox: a running one whose every answer is held against Clerk's own OpenAPI file and catalogue.

A folder of tests takes them by `from tests.support.clerk_sandbox import *` in its conftest.py.
"""

import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from bridge.sandbox.testing import RunningSandbox
from bridge.sandbox.watch import Exchange
from tests.support.clerk_judge import VERSION, Catalogue, catalogue, contract, judge
from tests.support.openapi import Contract

__all__ = ["api", "clerk_catalogue", "clerk_contract", "recorder", "sandbox", "sandboxes"]

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # the usual one costs a test 20 ms, and nothing here speaks TLS


@dataclass(slots=True)
class Recorder:
    """Every exchange of a test's sandboxes."""

    exchanges: list[Exchange] = field(default_factory=list)

    @property
    def calls(self) -> set[tuple[str, str]]:
        """(method, path) of every call that was granted."""
        return {(item.method, item.path.removeprefix("/v1")) for item in self.exchanges if 200 <= item.status < 300}

    def problems(self) -> list[str]:
        """What Clerk would not have answered, and what it would not have taken; nothing where its files are absent."""
        held = judge()
        return [problem for item in self.exchanges for problem in held.problems(item)] if held else []


@pytest.fixture(scope="session")
def clerk_contract() -> Contract:
    """Clerk's OpenAPI file; the test is skipped where it is absent."""
    return contract()


@pytest.fixture(scope="session")
def clerk_catalogue() -> Catalogue:
    """Clerk's error catalogue by name; the test is skipped where it is absent."""
    return catalogue()


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """Give its `exchanges.append` to a sandbox as `watch`; the test fails at its end if an answer was not Clerk's."""
    kept = Recorder()
    yield kept
    if problems := kept.problems():
        pytest.fail("Clerk would not have:\n" + "\n".join(problems), pytrace=False)


@pytest.fixture
def sandboxes(tmp_path: Path, recorder: Recorder) -> Iterator[Callable[..., RunningSandbox]]:
    """Starts sandboxes, all on one folder unless told otherwise; they end with the test."""
    started: list[RunningSandbox] = []

    def start(folder: Path = tmp_path / "sandbox", **options: Any) -> RunningSandbox:
        started.append(RunningSandbox(folder, watch=recorder.exchanges.append, **options))
        return started[-1]

    yield start
    for item in started:
        item.stop()


@pytest.fixture
def sandbox(sandboxes: Callable[..., RunningSandbox]) -> RunningSandbox:
    """An empty sandbox with Clerk's production limits."""
    return sandboxes()


@pytest.fixture
def api(sandbox: RunningSandbox) -> Iterator[httpx.Client]:
    """Calls the Backend API of `sandbox` with its key, in the newest version."""
    with client(sandbox) as session:
        yield session


def client(sandbox: RunningSandbox, **headers: str) -> httpx.Client:
    """A plain HTTP client of a sandbox."""
    given = {"Authorization": f"Bearer {sandbox.secret_key}", "Clerk-API-Version": VERSION} | headers
    return httpx.Client(base_url=f"{sandbox.url}/v1", headers=given, timeout=60, verify=NO_TLS)


def refused(answer: httpx.Response) -> tuple[int, list[tuple[str, str | None]]]:
    """(status, [(code, name of the parameter or None)]) of a refusal in Clerk's form."""
    problems = answer.json()["errors"]
    return answer.status_code, [(item["code"], item.get("meta", {}).get("param_name")) for item in problems]
