"""Screenshots for the docs, small: a page has few colours, so a palette (PNG colour type 3) says as much in a third of the
bytes."""

import struct
import zlib
from collections.abc import Iterator

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_STEP = 24  # of a colour's 256 values are one: smoothed letters have hundreds of greys


def small(png: bytes) -> bytes:
    """The same picture with at most 256 colours. For 8-bit RGB or RGBA as browsers write it (PNG specification, §11.2.1)."""
    chunks = list(_chunks(png))
    width, height, depth, kind = struct.unpack(">IIBB", chunks[0][1][:10])
    assert (depth, kind) in {(8, 2), (8, 6)}, "a browser's screenshot"
    data = zlib.decompress(b"".join(content for name, content in chunks if name == b"IDAT"))
    size = 3 if kind == 2 else 4
    lines = [[_rounded(line[at : at + 3]) for at in range(0, len(line), size)] for line in _lines(data, width * size, size)]
    assert len(lines) == height
    palette = {colour: number for number, colour in enumerate(sorted({one for line in lines for one in line}))}
    assert len(palette) <= 256, len(palette)
    indexed = b"".join(b"\0" + bytes(palette[one] for one in line) for line in lines)
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = ((b"IHDR", head), (b"PLTE", b"".join(palette)), (b"IDAT", zlib.compress(indexed, 9)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(name, content) for name, content in parts)


def _rounded(colour: bytes) -> bytes:
    return bytes(min(255, (value + _STEP // 2) // _STEP * _STEP) if value < 243 else value for value in colour)


def _lines(data: bytes, length: int, size: int) -> Iterator[bytes]:
    """Each line without its filter (§9.2)."""
    before = bytearray(length)
    for at in range(0, len(data), length + 1):
        line = bytearray(data[at + 1 : at + 1 + length])
        for x in range(length):
            left = line[x - size] if x >= size else 0
            corner = before[x - size] if x >= size else 0
            line[x] = (line[x] + _guess(data[at], left, before[x], corner)) & 255
        yield bytes(line)
        before = line


def _guess(kind: int, left: int, up: int, corner: int) -> int:
    if kind < 4:
        return (0, left, up, (left + up) // 2)[kind]
    estimate = left + up - corner
    return min((left, up, corner), key=lambda one: abs(estimate - one))


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += length + 12


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
