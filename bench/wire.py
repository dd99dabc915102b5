"""One HTTP/1.1 connection that costs next to nothing: the load must not take the CPU of what is measured beside it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import orjson

PATIENCE = 60.0  # seconds; an IdP waits less, but then we would not see how long it took
_BODYLESS = {204, 304}


class Unanswered(Exception):
    """No whole answer came: whether the request took effect is not known."""


class NobodyListens(Unanswered):
    """The request was never sent."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and the bytes of the body."""

    status: int
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body) if self.body else None


class Wire:
    """Requests one after another, on a connection that is opened again when it was lost. `headers` go with each."""

    def __init__(self, port: int, headers: Mapping[str, str] | None = None) -> None:
        self.port = port
        given = {"Host": f"127.0.0.1:{port}", "Content-Type": "application/scim+json", **(headers or {})}
        self._head = "".join(f"{name}: {value}\r\n" for name, value in given.items()).encode()
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def call(
        self, method: str, path: str, body: Any = None, *, within: float = PATIENCE, if_match: str | None = None
    ) -> Answer:
        """The answer; Unanswered if there is none. `body` is sent as JSON, bytes as they are."""
        data = b"" if body is None else body if isinstance(body, bytes) else orjson.dumps(body)
        head = f"{method} {path} HTTP/1.1\r\n".encode() + self._head + b"Content-Length: %d\r\n\r\n" % len(data)
        if if_match is not None:
            head = head[:-2] + f"If-Match: {if_match}\r\n\r\n".encode()
        try:
            async with asyncio.timeout(within):
                return await self._exchange(head + data)
        except ConnectionRefusedError as error:
            raise NobodyListens(f"{method} {path}") from error
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError) as error:
            self.close()
            raise Unanswered(f"{method} {path}: {type(error).__name__}: {error}") from error
        except BaseException:
            self.close()  # half an answer must not become the next one's
            raise

    def close(self) -> None:
        """Let the connection go."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    async def _exchange(self, request: bytes) -> Answer:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self.port, limit=2**22)
        reader, writer = self._streams
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        status = int(head[9:12])
        answer = Answer(status, b"" if status in _BODYLESS else await _body(head, reader))
        if b"\r\nconnection: close" in head:
            self.close()
        return answer


def bearer(token: str) -> dict[str, str]:
    """The header of an IdP's connector."""
    return {"Authorization": f"Bearer {token}"}


async def _body(head: bytes, reader: asyncio.StreamReader) -> bytes:
    """Of a known length, or in chunks (RFC 9112 §7.1), as big answers come."""
    if b"\r\ntransfer-encoding: chunked" in head:
        pieces = []
        while size := int(await reader.readline(), 16):
            pieces.append(await reader.readexactly(size))
            await reader.readexactly(2)
        await reader.readexactly(2)
        return b"".join(pieces)
    _, found, rest = head.partition(b"\r\ncontent-length:")
    if not found:
        raise EOFError("an answer without Content-Length")
    return await reader.readexactly(int(rest.partition(b"\r\n")[0]))
