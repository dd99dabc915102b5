"""One Clerk instance's Backend API: key, version, budget, deadlines, typed errors. The nouns beside this file use it.

A 429 had no effect, so it is repeated after Clerk's own Retry-After; so is a change of an object that another request is
just changing (409 `resource_locked`). Nothing else is: what to do after a lost answer is the caller's to decide, who
can look (docs/decisions/0005).
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import orjson
import structlog

from bridge import metrics
from bridge.clerk.budget import Budget, Lane, Objects
from bridge.clerk.errors import LOCKED, ClerkError, KeyRefused, Outage, Unknown, refusal
from bridge.outbound import Lost, Peer, Reply, Unreached
from bridge.settings import Secret

API_VERSION = "2026-05-12"
PAGE = 500  # Clerk's largest
MOST_IDS = 100  # or addresses, that Clerk takes in one query
_TRIES = 6  # of a call that is answered 429, or finds its object locked
_LOCKED = 0.2  # seconds until a locked object is tried again; doubled each time
_DEADLINE = 15.0  # seconds
_SHARE = 0.2  # of the limit: what a process may spend that does not hold the instance's lease

log = structlog.get_logger()


class Api:
    """`base_url` without /v1; `calls_per_10s` is the instance's limit. Until `lead` a share of it is spent.

    The lease holder does all background work and may spend the whole limit; another replica signs people in, and a command
    looks or acts for one person. Where all of them together go past the limit Clerk answers 429, and they wait as told.
    """

    def __init__(self, base_url: str, key: Secret, calls_per_10s: int, *, connections: int = 20) -> None:
        headers = {
            "Authorization": f"Bearer {key.reveal()}",
            "Clerk-API-Version": API_VERSION,
            "Content-Type": "application/json",
            "User-Agent": "inferpipe-bridge",
        }
        self._peer = Peer(base_url, headers=headers, timeout=_DEADLINE, connections=connections)
        self._limit = calls_per_10s
        self._budget = Budget(self._share())
        self._objects = Objects()

    async def get(self, path: str, *, query: Sequence[tuple[str, str]] = (), lane: Lane, **ids: str) -> Any:
        """Read; `path` is a template such as ``/users/{user}``, filled from `ids`."""
        return await self._call("GET", path, query, None, lane, ids)

    async def all(self, path: str, *, query: Sequence[tuple[str, str]] = (), lane: Lane, **ids: str) -> list[Any]:
        """Every page of a list that comes as ``{data, total_count}``."""
        found: list[Any] = []
        while True:
            page = [*query, ("limit", str(PAGE)), ("offset", str(len(found)))]
            answer = await self.get(path, query=page, lane=lane, **ids)
            found += answer["data"]
            if not answer["data"] or len(found) >= answer["total_count"]:
                return found

    async def post(self, path: str, body: Mapping[str, Any], *, lane: Lane, **ids: str) -> Any:
        return await self._call("POST", path, (), body, lane, ids)

    async def patch(self, path: str, body: Mapping[str, Any], *, lane: Lane, **ids: str) -> Any:
        return await self._call("PATCH", path, (), body, lane, ids)

    async def put(self, path: str, body: Mapping[str, Any], *, lane: Lane, **ids: str) -> Any:
        return await self._call("PUT", path, (), body, lane, ids)

    async def delete(self, path: str, *, lane: Lane, **ids: str) -> Any:
        return await self._call("DELETE", path, (), None, lane, ids)

    def lead(self, leads: bool) -> None:
        """We hold the instance's lease, or don't any more."""
        self._budget.resize(self._limit if leads else self._share())

    async def close(self) -> None:
        await self._peer.close()

    def _share(self) -> int:
        return max(1, int(self._limit * _SHARE))

    async def _call(
        self,
        method: str,
        path: str,
        query: Sequence[tuple[str, str]],
        body: Mapping[str, Any] | None,
        lane: Lane,
        ids: Mapping[str, str],
    ) -> Any:
        filled = path.format(**{name: quote(value, safe="") for name, value in ids.items()})
        endpoint, url = f"{method} {path}", f"/v1{filled}"
        content = orjson.dumps(body) if body is not None else None
        for tried in range(_TRIES):
            if method in {"PATCH", "PUT"}:
                await self._objects.turn(_object(filled))
            await self._budget.spend(lane)
            reply = await self._send(method, endpoint, url, query, content)
            if reply.status < 300:
                return _value(endpoint, reply)
            refused = self._refused(endpoint, reply, writes=method != "GET")
            if tried == _TRIES - 1 or not (reply.status == 429 or refused.code == LOCKED):
                break
            if reply.status == 429:
                self._budget.pause(_retry_after(reply))
            else:
                await asyncio.sleep(_LOCKED * 2**tried)
        raise refused

    async def _send(
        self, method: str, endpoint: str, url: str, query: Sequence[tuple[str, str]], content: bytes | None
    ) -> Reply:
        try:
            reply = await self._peer.call(method, url, query=query, content=content)
        except Unreached as error:
            metrics.clerk_calls.labels(endpoint, "unreached").inc()
            raise Outage("clerk_unreached", error.sentence) from error
        except Lost as error:
            metrics.clerk_calls.labels(endpoint, "lost").inc()
            raise _lost(endpoint, "clerk_answer_lost", error.sentence) from error
        metrics.clerk_calls.labels(endpoint, str(reply.status)).inc()
        return reply

    def _refused(self, endpoint: str, reply: Reply, *, writes: bool) -> ClerkError:
        error = refusal(reply.status, reply.body, writes=writes)
        metrics.clerk_errors.labels(error.code).inc()
        level = log.error if isinstance(error, KeyRefused) else log.info
        level("clerk refused", endpoint=endpoint, status=error.status, code=error.code, trace=error.trace)
        return error


def batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """As many at a time as one query may ask for."""
    return (ids[at : at + MOST_IDS] for at in range(0, len(ids), MOST_IDS))


def _object(path: str) -> str:
    """What Clerk counts changes of: a user with its metadata and addresses, an organization, a membership."""
    return path.removesuffix("/metadata").removesuffix("/email_address")


def _value(endpoint: str, reply: Reply) -> Any:
    """Whoever answers 200 without JSON is not Clerk, but something in between."""
    try:
        return orjson.loads(reply.body) if reply.body else None
    except orjson.JSONDecodeError as error:
        raise _lost(endpoint, "clerk_answer_malformed", f"The answer to {endpoint} is no JSON.") from error


def _lost(endpoint: str, code: str, sentence: str) -> ClerkError:
    """No answer to a read is an outage; no answer to a write leaves open whether it happened."""
    return (Outage if endpoint.startswith("GET ") else Unknown)(code, sentence)


def _retry_after(reply: Reply) -> float:
    text = reply.headers.get("retry-after", "")
    return min(float(text), 60.0) if text.isdecimal() else 1.0
