"""The only way out: each HTTP call the bridge makes leaves through a `Peer`, with deadlines and a cap on what comes back.

The two failures matter to every caller: `Unreached` surely had no effect; after `Lost` nobody knows, so look first.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import httpx

from bridge.errors import BridgeError

LARGEST = 16 * 1024 * 1024
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.InvalidURL,
)


class Unreached(BridgeError):
    """The call never left, so it had no effect."""


class Lost(BridgeError):
    """The call left and no whole answer came: its effect is unknown."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Peer:
    """One remote service. `headers` go with every call; `timeout` is in seconds, for a whole answer."""

    def __init__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float = 30.0,
        connections: int = 20,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._timeout = timeout
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        parts = httpx.Timeout(timeout, connect=timeout / 3, pool=timeout / 3)  # so these are known to have failed
        self._client = httpx.AsyncClient(headers=headers, timeout=parts, limits=limits, trust_env=False)

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """One request; `path` begins with / and may carry a query of its own. No redirects, no repeats."""
        params = httpx.QueryParams(list(query)) if query else None
        request = self._client.build_request(method, self.base_url + path, params=params, content=content, headers=headers)
        try:
            async with asyncio.timeout(self._timeout):
                return await self._whole(request)
        except _NEVER_SENT as error:
            raise Unreached("unreached", f"{self.base_url} can't be reached: {_said(error)}.") from error
        except TimeoutError as error:
            raise Lost("answer_lost", f"{self.base_url} gave no whole answer in {self._timeout:g} s.") from error
        except httpx.HTTPError as error:
            raise Lost("answer_lost", f"{self.base_url} gave no whole answer: {_said(error)}.") from error

    async def _whole(self, request: httpx.Request) -> Reply:
        answer = await self._client.send(request, stream=True)
        body = bytearray()
        try:
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > LARGEST:
                    raise Lost("answer_too_large", f"{self.base_url} answered with more than {LARGEST} bytes.")
        finally:
            await answer.aclose()
        return Reply(answer.status_code, answer.headers, bytes(body))

    async def close(self) -> None:
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        await self.close()


def _said(error: Exception) -> str:
    """An error about what we would have sent quotes it, secrets included."""
    quotes = isinstance(error, httpx.LocalProtocolError)
    return type(error).__name__ if quotes else str(error) or type(error).__name__
