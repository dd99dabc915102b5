"""A Clerk to hold a client against: the sandbox always, a real development instance for whoever names its key.

`CLERK_LIVE_SECRET_KEY` is such a key. What a test makes there carries its mark, and is deleted afterwards by that.
"""

import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import httpx
import pytest

from tests.support.clerk_judge import VERSION
from tests.support.clerk_sandbox import NO_TLS

__all__ = ["peer"]

_LIVE = "https://api.clerk.com"
_TRIES = 10  # of a call that is answered 429


@dataclass(frozen=True, slots=True)
class Peer:
    """`url` without /v1; `mark` is in every name that a test makes here, and begins with that of the `run`."""

    url: str
    secret_key: str
    run: str
    mark: str
    live: bool = False

    def anew(self) -> "Peer":
        """The same instance, for other names."""
        return replace(self, mark=f"{self.run}{secrets.token_hex(2)}")

    def email(self, name: str) -> str:
        """An address nobody reads: Clerk sends nothing to those with +clerk_test."""
        return f"{name}.{self.mark}+clerk_test@example.com"

    def called(self, name: str) -> str:
        """A name for people to read."""
        return f"{name} {self.mark}"

    def keyed(self, name: str) -> str:
        """A name for machines to read."""
        return f"{name}_{self.mark}"

    def client(self) -> httpx.Client:
        """A plain HTTP client; calls beyond the limit of a real instance are repeated when they may be."""
        headers = {"Authorization": f"Bearer {self.secret_key}", "Clerk-API-Version": VERSION}
        transport = _Patient() if self.live else httpx.HTTPTransport(verify=NO_TLS)
        return httpx.Client(base_url=f"{self.url}/v1", headers=headers, timeout=30, transport=transport)


class _Patient(httpx.HTTPTransport):
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        for _ in range(_TRIES):
            answer = super().handle_request(request)
            if answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
                break
            answer.close()
            time.sleep(int(answer.headers.get("Retry-After", "1")))
        return answer


@pytest.fixture(params=["sandbox", "live"])
def peer(request: pytest.FixtureRequest) -> Iterator[Peer]:
    """A test that takes it runs on the sandbox, and on a real instance where its key is named."""
    run = f"t{secrets.token_hex(4)}"
    if request.param == "sandbox":
        sandbox = request.getfixturevalue("sandbox")
        yield Peer(sandbox.url, sandbox.secret_key, run, run)
        return
    found = Peer(os.environ.get("CLERK_LIVE_API_URL", _LIVE), _live_key(), run, run, live=True)
    yield found
    sweep(found)


def sweep(peer: Peer) -> None:
    """Delete whatever this run made, those last that others need."""
    with peer.client() as api:
        for kind in ("users", "organizations"):
            _delete(api, f"/{kind}", _listed(api, f"/{kind}", peer.run))
        for role_set in _listed(api, "/role_sets", peer.run):
            api.post(f"/role_sets/{role_set['key']}/replace", json={"dest_role_set_key": "role_set:default"})
        for kind in ("organization_roles", "organization_permissions"):
            _delete(api, f"/{kind}", _listed(api, f"/{kind}", peer.run))
        for kind in ("jwt_templates", "enterprise_connections"):  # these can't be searched
            _delete(api, f"/{kind}", [item for item in _listed(api, f"/{kind}") if peer.run in item["name"]])


def _live_key() -> str:
    key = os.environ.get("CLERK_LIVE_SECRET_KEY", "")
    if not key:
        pytest.skip("CLERK_LIVE_SECRET_KEY names no development instance")
    if not key.startswith("sk_test_"):
        pytest.fail("CLERK_LIVE_SECRET_KEY is of no development instance, and this suite makes and deletes users.")
    return key


def _listed(api: httpx.Client, path: str, query: str | None = None) -> list[dict[str, str]]:
    searched = {} if query is None else {"query": query}
    answer = api.get(path, params={**searched, "limit": 100}).raise_for_status().json()
    found: list[dict[str, str]] = answer if isinstance(answer, list) else answer["data"]
    return found


def _delete(api: httpx.Client, path: str, items: list[dict[str, str]]) -> None:
    for item in items:
        api.delete(f"{path}/{item['id']}").raise_for_status()
