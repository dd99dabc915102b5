"""The load: 16 connections that each send a request as soon as the answer to the one before is whole.

Requests are bytes before the clock starts, and answers are looked at for nothing but status and length: what is light here
keeps the measured server busy, and takes none of its core.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import orjson

CONNECTIONS = 16
HOST = "127.0.0.1"
_LENGTH = b"\r\nContent-Length: "
_BODYLESS = (204, 304)


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `body` is sent as JSON."""

    method: str
    path: str
    body: object = None

    def wired(self, headers: Mapping[str, str]) -> bytes:
        """As it goes over the wire."""
        data = b"" if self.body is None else orjson.dumps(self.body)
        given = {"Host": HOST, "Content-Type": "application/scim+json", **headers, "Content-Length": str(len(data))}
        lines = [f"{self.method} {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
        return "\r\n".join((*lines, "", "")).encode() + data


@dataclass
class Answers:
    """What came back: how many, and what none of them may be (the first lines of anything but a 2xx)."""

    count: int = 0
    refused: list[str] = field(default_factory=list)


async def play(port: int, requests: Iterable[bytes], connections: int = CONNECTIONS) -> Answers:
    """Every request once, `connections` at a time; returns with the last answer."""
    loop, queue, answers = asyncio.get_running_loop(), iter(requests), Answers()
    lanes = [_Lane(queue, answers, loop.create_future()) for _ in range(connections)]
    for lane in lanes:
        await loop.create_connection(lambda lane=lane: lane, HOST, port)  # type: ignore[misc]
    try:
        for lane in lanes:
            lane.send()
        await asyncio.gather(*(lane.done for lane in lanes))
    finally:
        for lane in lanes:
            lane.close()
    return answers


class _Lane(asyncio.Protocol):
    """One keep-alive connection. `done` has a result when the queue is empty, an error when the connection ended before."""

    def __init__(self, queue: Iterator[bytes], answers: Answers, done: "asyncio.Future[None]") -> None:
        self.done = done
        self._queue = queue
        self._answers = answers
        self._got = b""
        self._size = 0  # of the answer that is coming in; 0 until its head is here

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("the server closed a connection under load"))

    def send(self) -> None:
        """The next request, if there is one."""
        request = next(self._queue, None)
        if request is not None:
            self._transport.write(request)
        elif not self.done.done():
            self.done.set_result(None)

    def data_received(self, data: bytes) -> None:
        self._got = self._got + data if self._got else data
        self._size = self._size or _size(self._got)
        if self._size and len(self._got) >= self._size:
            self._answers.count += 1
            if self._got[9:10] != b"2":
                self._answers.refused.append(self._got[:600].decode(errors="replace"))
            self._got, self._size = b"", 0
            self.send()

    def close(self) -> None:
        self._transport.close()


def _size(got: bytes) -> int:
    """Bytes of head and body; 0 while the head is not whole."""
    end = got.find(b"\r\n\r\n")
    if end < 0:
        return 0
    if int(got[9:12]) in _BODYLESS:
        return end + 4
    at = got.index(_LENGTH, 0, end) + len(_LENGTH)
    return end + 4 + int(got[at : got.index(b"\r\n", at)])
