"""Fixtures around the sandbox: a running one whose every answer is held against Clerk's own OpenAPI file and catalogue.

A folder of tests takes them by `from tests.support.clerk_sandbox import *` in its conftest.py.
"""

import csv
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from bridge.sandbox.testing import RunningSandbox
from bridge.sandbox.watch import Exchange
from tests.support.openapi import Contract
from tests.support.shared import shared

__all__ = ["api", "clerk_catalogue", "clerk_contract", "clerk_judges", "recorder", "sandbox", "sandboxes"]

# the catalogue has no row for it
_BEYOND_CATALOGUE = {("too_many_requests", "429")}

_VERSION = "2026-05-12"  # of the file; older versions take other parameters

_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # the usual one costs a test 20 ms, and nothing here speaks TLS

Catalogue = dict[str, dict[str, str]]


@dataclass(slots=True)
class Recorder:
    """Every exchange of a test's sandboxes. Without Clerk's files beside the checkout it only records."""

    contract: Contract | None
    catalogue: Catalogue
    exchanges: list[Exchange] = field(default_factory=list)

    def problems(self) -> list[str]:
        """What Clerk would not have answered, and what it would not have taken."""
        return [f"{item.method} {item.path} {item.status}: {why}" for item in self.exchanges for why in self._judged(item)]

    def _judged(self, item: Exchange) -> Iterator[str]:
        path = item.path.removeprefix("/v1")
        if self.contract is None or item.status in (0, 502):
            return
        if item.headers.get("Content-Type") != "application/json":
            yield f"the content type is {item.headers.get('Content-Type')}"
        yield from self.contract.problems_of_answer(item.method, path, item.status, _described(item))
        if item.status == 200 and item.headers["clerk-api-version"] == _VERSION:
            yield from self.contract.problems_of_request(item.method, path, item.sent)
        if item.status >= 400:
            yield from self._unknown_codes(item)

    def _unknown_codes(self, item: Exchange) -> Iterator[str]:
        known = {(row["code"], row["status"]) for row in self.catalogue.values()} | _BEYOND_CATALOGUE
        for error in orjson.loads(item.answer)["errors"]:
            if (error["code"], str(item.status)) not in known:
                yield f"no error {error['code']} has status {item.status}"


def _described(item: Exchange) -> bytes:
    """The file describes `GET /sessions` as a bare array alone, though it has the parameter `paginated`."""
    if (item.method, item.path, item.status) != ("GET", "/v1/sessions", 200) or item.answer.startswith(b"["):
        return item.answer
    page = orjson.loads(item.answer)
    return orjson.dumps(page["data"]) if set(page) == {"data", "total_count"} else item.answer


def _contract() -> Contract:
    return Contract(shared("clerk/bapi-2026-05-12.yml"))


def _catalogue() -> Catalogue:
    with shared("clerk/errors.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["name"]: row for row in rows}


@pytest.fixture(scope="session")
def clerk_contract() -> Contract:
    """Clerk's OpenAPI file; the test is skipped where it is absent."""
    return _contract()


@pytest.fixture(scope="session")
def clerk_catalogue() -> Catalogue:
    """Clerk's error catalogue by name; the test is skipped where it is absent."""
    return _catalogue()


@pytest.fixture(scope="session")
def clerk_judges() -> tuple[Contract | None, Catalogue]:
    """Both, or neither where they are absent: the sandbox itself is tested in any case."""
    try:
        return _contract(), _catalogue()
    except pytest.skip.Exception:
        return None, {}


@pytest.fixture
def recorder(clerk_judges: tuple[Contract | None, Catalogue]) -> Iterator[Recorder]:
    """Give its `exchanges.append` to a sandbox as `watch`; the test fails at its end if an answer was not Clerk's."""
    kept = Recorder(*clerk_judges)
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
    given = {"Authorization": f"Bearer {sandbox.secret_key}", "Clerk-API-Version": _VERSION} | headers
    return httpx.Client(base_url=f"{sandbox.url}/v1", headers=given, timeout=10, verify=_NO_TLS)


def refused(answer: httpx.Response) -> tuple[int, list[tuple[str, str | None]]]:
    """(status, [(code, name of the parameter or None)]) of a refusal in Clerk's form."""
    problems = answer.json()["errors"]
    return answer.status_code, [(item["code"], item.get("meta", {}).get("param_name")) for item in problems]
