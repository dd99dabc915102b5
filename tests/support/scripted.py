"""A remote service that answers what a test tells it to, byte for byte: for what no well-behaved sandbox would send."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import orjson
import pytest

__all__ = ["Scripted", "scripted"]

Answer = Callable[[asyncio.StreamWriter], None]


def answer(status: int, body: object = None, **headers: str) -> Answer:
    """A whole answer; `body` as JSON, bytes as they are."""
    data = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
    lines = [f"HTTP/1.1 {status} Scripted", f"Content-Length: {len(data)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return lambda writer: writer.write("\r\n".join([*lines, "", ""]).encode() + data)


def error(status: int, code: str, *, param: str | None = None, **headers: str) -> Answer:
    """A refusal as Clerk writes it."""
    item = {"message": "short", "long_message": f"The sentence of {code}.", "code": code}
    one = item | ({"meta": {"param_name": param}} if param else {})
    return answer(status, {"errors": [one], "clerk_trace_id": "trace0123"}, **headers)


def cut(writer: asyncio.StreamWriter) -> None:
    """No answer at all."""
    writer.transport.abort()


def half(writer: asyncio.StreamWriter) -> None:
    """The connection ends in the middle of the body."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
    writer.close()


def silent(writer: asyncio.StreamWriter) -> None:
    """It says that an answer comes, which never does."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")


@dataclass
class Scripted:
    """Answers the n-th request with the n-th of `answers`, and the last one ever after; `requests` are as they came."""

    answers: list[Answer] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    url: str = ""
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def close(self) -> None:
        """Let every connection go, and wait until it is gone: the loop ends with the test."""
        for writer in self._writers:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            writer.close()
            return
        self.requests.append(head.decode())
        act = self.answers[min(len(self.requests), len(self.answers)) - 1]
        act(writer)
        if act is not silent:
            writer.close()


@pytest.fixture
async def scripted() -> AsyncIterator[Scripted]:
    """Listens on a port of its own; give it `answers`."""
    peer = Scripted()
    server = await asyncio.start_server(peer._serve, "127.0.0.1", 0)
    peer.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield peer
    server.close()
    await peer.close()
    await server.wait_closed()
