"""The only way out: each HTTP call the bridge makes leaves through a `Peer`, with deadlines and a cap on what comes back.

The two failures matter to every caller: `Unreached` surely had no effect; after `Lost` nobody knows, so look first.
"""

import asyncio
import socket
import zlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from types import TracebackType
from typing import Any, Self

import httpx

from bridge.errors import BridgeError

LARGEST = 16 * 1024 * 1024
_ASKED = {"Accept": "*/*", "Accept-Encoding": "gzip", "User-Agent": "inferpipe-bridge"}
_UNICAST, _NAT64 = IPv6Network("2000::/3"), IPv6Network("64:ff9b::/96")  # RFC 4291 section 2.4, RFC 6052 section 2.1
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


class Forbidden(BridgeError):
    """The call may not leave: the address is none that a URL of a connection file may lead to."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Guard:
    """Where URLs of connection files may lead: by https to public addresses, and to each HOST:PORT the operator allows."""

    allowed: frozenset[str] = frozenset()


class Peer:
    """One remote service. `headers` go with every call; `timeout` is in seconds, for a whole answer.

    `largest` answer in bytes; `known_as`: the name that an address in `base_url` must prove to have.

    A transport for each of the `connections`, made when it is needed: one pool of twenty looks at all twenty with every
    call, which cost more CPU than the rest of it; and what a client adds (cookies, redirects) is nothing to us.
    """

    def __init__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float = 30.0,
        connections: int = 20,
        largest: int | None = None,
        known_as: str | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._timeout = timeout
        self._largest = largest
        self._extensions: dict[str, Any] = {"sni_hostname": known_as} if known_as else {}
        self._headers = {**_ASKED, **(headers or {})}
        parts = httpx.Timeout(timeout, connect=timeout / 3)  # so that a connection that fails is known to have failed
        self._extensions["timeout"] = parts.as_dict()
        self._trusted = httpx.create_ssl_context(trust_env=False) if base_url.startswith("https:") else False
        self._free = asyncio.Semaphore(connections)
        self._idle: list[httpx.AsyncHTTPTransport] = []

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
        async with self._transport() as transport:
            return await self._answered(transport, partial(self._request, method, path, query, content, headers))

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().aclose()

    def _request(
        self,
        method: str,
        path: str,
        query: Sequence[tuple[str, str]],
        content: bytes | None,
        headers: Mapping[str, str] | None,
    ) -> httpx.Request:
        return httpx.Request(
            method,
            self.base_url + path,
            params=httpx.QueryParams(list(query)) if query else None,
            content=content,
            headers={**self._headers, **(headers or {})},
            extensions=self._extensions,
        )

    @asynccontextmanager
    async def _transport(self) -> AsyncIterator[httpx.AsyncHTTPTransport]:
        """One with a connection that nobody else uses meanwhile, the warmest first."""
        try:
            async with asyncio.timeout(self._timeout / 3):
                await self._free.acquire()
        except TimeoutError as error:
            raise Unreached("unreached", f"{self.base_url} can't be reached: every connection is in use.") from error
        transport = self._idle.pop() if self._idle else self._new()
        try:
            yield transport
        finally:
            self._idle.append(transport)
            self._free.release()

    def _new(self) -> httpx.AsyncHTTPTransport:
        one = httpx.Limits(max_connections=1, max_keepalive_connections=1)
        return httpx.AsyncHTTPTransport(limits=one, verify=self._trusted, trust_env=False)

    async def _answered(self, transport: httpx.AsyncHTTPTransport, request: Callable[[], httpx.Request]) -> Reply:
        try:
            async with asyncio.timeout(self._timeout):
                return await self._whole(transport, request())
        except _NEVER_SENT as error:
            raise Unreached("unreached", f"{self.base_url} can't be reached: {_said(error)}.") from error
        except TimeoutError as error:
            raise Lost("answer_lost", f"{self.base_url} gave no whole answer in {self._timeout:g} s.") from error
        except httpx.HTTPError as error:
            raise Lost("answer_lost", f"{self.base_url} gave no whole answer: {_said(error)}.") from error

    async def _whole(self, transport: httpx.AsyncHTTPTransport, request: httpx.Request) -> Reply:
        answer = await transport.handle_async_request(request)
        body, largest = bytearray(), self._largest or LARGEST
        try:
            unpacked = self._unpacking(answer.headers)
            async for piece in answer.aiter_raw():
                body += unpacked(piece, largest + 1 - len(body))
                if len(body) > largest:
                    raise Lost("answer_too_large", f"{self.base_url} answered with more than {largest} bytes.")
        except zlib.error as error:
            raise Lost("answer_lost", f"{self.base_url} gave no whole answer: {error}.") from error
        finally:
            await answer.aclose()
        return Reply(answer.status_code, answer.headers, bytes(body))

    def _unpacking(self, headers: Mapping[str, str]) -> Callable[[bytes, int], bytes]:
        """Makes of a piece at most so many bytes: a kilobyte that is packed twice can be gigabytes, so nothing is unpacked
        first and measured then, and one layer is all that was asked for."""
        encoding = headers.get("content-encoding", "").strip().lower()
        if encoding in {"", "identity"}:
            return _as_it_is
        if encoding in {"gzip", "x-gzip"}:  # RFC 9110 section 8.4.1.3
            return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress
        raise Lost("answer_lost", f"{self.base_url} answered in an encoding that nobody asked for: {encoding[:60]}.")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        await self.close()


def _as_it_is(piece: bytes, _: int) -> bytes:
    return piece


def _said(error: Exception) -> str:
    """An error about what we would have sent quotes it, secrets included."""
    quotes = isinstance(error, httpx.LocalProtocolError)
    return type(error).__name__ if quotes else str(error) or type(error).__name__


async def fetch(url: str, guard: Guard, *, largest: int, within: float) -> Reply:
    """GET a URL that stands in a connection file. The name is looked up once, and what was checked is what is called."""
    parts = httpx.URL(url)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    path = parts.raw_path.decode()
    if f"{_bracketed(parts.host)}:{port}" in guard.allowed:
        async with Peer(_origin(parts), timeout=within, connections=1, largest=largest) as peer:
            return await peer.call("GET", path)
    try:
        async with asyncio.timeout(within):
            address = await _public_address(parts, port)
    except TimeoutError as error:
        raise Unreached("unreached", f"The name {parts.host} could not be looked up in {within:g} s.") from error
    headers = {"Host": parts.netloc.decode()}
    pinned = _origin(parts.copy_with(host=address))
    async with Peer(pinned, headers=headers, timeout=within, connections=1, largest=largest, known_as=parts.host) as peer:
        return await peer.call("GET", path)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _origin(url: httpx.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode()}"


async def _public_address(url: httpx.URL, port: int | None) -> str:
    """An address behind the name; Forbidden if any of them is not public, or the scheme is not https."""
    hint = f"If it is meant to, write `outbound: {{allow: ['{_bracketed(url.host)}:{port}']}}` in bridge.yaml."
    if url.scheme != "https":
        raise Forbidden("address_forbidden", f"{url} is not https.", hint=hint)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreached("unreached", f"{url.host} has no address: {error}.") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not all(is_public(address) for address in addresses):
        raise Forbidden("address_forbidden", f"{url.host} leads to an address that is not public.", hint=hint)
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether anybody on the internet may be there; an IPv6 form of an IPv4 address counts as that."""
    one = ip_address(address.partition("%")[0])
    if isinstance(one, IPv6Address):
        inner = one.ipv4_mapped or one.sixtofour or (IPv4Address(int(one) & 0xFFFFFFFF) if one in _NAT64 else None)
        if inner is None and one not in _UNICAST:  # another form of an IPv4 address, or none that is given to anybody
            return False
        one = inner or one
    return one.is_global and not one.is_multicast
