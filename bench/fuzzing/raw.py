"""A connection that sends whatever it is given and reads whatever comes, HTTP or not."""

import asyncio
from dataclasses import dataclass
from typing import Any

import orjson

from bench.fuzzing.shot import Shot

PATIENCE = 60.0  # seconds
_BODYLESS = {204, 304}


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer; `status` 0: the other side hung up without one, -1: it said nothing in time."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body)


class Socket:
    """Opened anew whenever the last exchange did not end cleanly."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def fire(self, shot: Shot) -> Heard:
        """Send it, and what came back. On a connection that was used before, a hang-up says nothing: it is tried anew."""
        used = self._streams is not None
        heard = await self._try(shot)
        if heard.status == 0 and used:
            heard = await self._try(shot)
        return heard

    async def _try(self, shot: Shot) -> Heard:
        try:
            async with asyncio.timeout(PATIENCE):
                heard = await self._exchange(shot)
        except TimeoutError:
            heard = Heard(-1, {}, b"")
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError):
            heard = Heard(0, {}, b"")
        if heard.status <= 0 or not shot.heard or not shot.spoken or "close" in heard.headers.get("connection", ""):
            self.close()
        return heard

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _exchange(self, shot: Shot) -> Heard:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port, limit=2**22)
        reader, writer = self._streams
        writer.write(_told(shot, self._port))
        if not shot.heard and writer.can_write_eof():
            writer.write_eof()
        return await _answer(reader, shot.method)


def _told(shot: Shot, port: int) -> bytes:
    named = {name.lower() for name, _ in shot.headers}
    lines = [f"{shot.method} {shot.target} HTTP/1.1"]
    lines += [] if "host" in named else [f"Host: 127.0.0.1:{port}"]
    lines += [f"{name}: {value}" for name, value in shot.headers]
    if "content-length" not in named and "transfer-encoding" not in named:
        lines.append("Transfer-Encoding: chunked" if shot.chunked else f"Content-Length: {_claimed(shot)}")
    head = "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"
    return head + (_chunks(shot) if shot.chunked else shot.body)


def _claimed(shot: Shot) -> int:
    return len(shot.body) + (0 if shot.heard else 1_000)


def _chunks(shot: Shot) -> bytes:
    half = len(shot.body) // 2
    parts = [part for part in (shot.body[:half], shot.body[half:]) if part]
    sent = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    return sent + (b"0\r\n\r\n" if shot.heard else b"ff\r\nnot so much")


async def _answer(reader: asyncio.StreamReader, method: str) -> Heard:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    status = int(head[0].split(" ", 2)[1])
    if status == 100:
        return await _answer(reader, method)
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    if method == "HEAD" or status in _BODYLESS:
        return Heard(status, headers, b"")
    if headers.get("transfer-encoding") == "chunked":
        return Heard(status, headers, await _pieces(reader))
    return Heard(status, headers, await reader.readexactly(int(headers["content-length"])))


async def _pieces(reader: asyncio.StreamReader) -> bytes:
    """A chunked body, whole."""
    pieces = []
    while size := int(await reader.readuntil(b"\r\n"), 16):
        pieces.append((await reader.readexactly(size + 2))[:-2])
    await reader.readuntil(b"\r\n")
    return b"".join(pieces)
