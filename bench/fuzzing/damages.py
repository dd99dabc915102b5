"""What can go wrong with a request on its way: in its address, headers, bytes, framing. One damage a function."""

import random
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

from bench.fuzzing import filters
from bench.fuzzing.shot import Shot
from bench.fuzzing.values import text

_METHODS = ("HEAD", "OPTIONS", "TRACE", "PROPFIND", "POST", "PUT", "PATCH", "DELETE", "GET", "get", "QUERY", "X" * 200)
_SEGMENTS = (
    "..", ".", "%2e%2e", "%2F", "%00", "%ff", "%C0%80", "%ED%A0%80", "a" * 4_000, "%E2%80%AE", ";x=1", "%3F", "*",
    "Users", "Me",
    "Bulk", ".search", "%", "%zz", "Schemas", "ResourceTypes", "ServiceProviderConfig", "bulkId:1", "-1", "null", "%20",
)  # fmt: skip
_TYPES = (
    "application/json", "text/plain", "application/xml", "", "a/b/c", "application/scim+json; charset=utf-16",
    "multipart/form-data",
    "application/scim+json; charset=\\", "application/x-www-form-urlencoded", "*/*", "x" * 3_000,
)  # fmt: skip
_TAGS = ("*", '"1"', 'W/"1"', 'W/"999"', "W/", '"', ",,,", "W/1", '"a", "b", W/"1"', "\xff", '"' + "1" * 3_000 + '"', "")


def damaged(shot: Shot, rng: random.Random) -> Shot:
    """The shot with one thing wrong."""
    return rng.choices(_DAMAGES, _LIKELY)[0](shot, rng)


def _in_path(shot: Shot, rng: random.Random) -> Shot:
    path, mark, query = shot.target.partition("?")
    segments = path.split("/")[4:] or [""]
    at = rng.randrange(len(segments))
    segments[at] = rng.choice((rng.choice(_SEGMENTS), quote(text(rng)[:500], errors="replace"), ""))
    return replace(shot, kind=f"{shot.kind} path", target="/".join([*path.split("/")[:4], *segments]) + mark + query)


def _in_query(shot: Shot, rng: random.Random) -> Shot:
    more = rng.choice(
        ("&&&", "=", "%", "%ff=%00", "filter=" + quote(filters.enormous(rng)[:6_000]), "a[]=1", "attributes=" + "a," * 2_000)
    )
    return replace(shot, kind=f"{shot.kind} query", target=f"{shot.target}{'&' if '?' in shot.target else '?'}{more}")


def _in_headers(shot: Shot, rng: random.Random) -> Shot:
    name, value = rng.choice(
        (
            ("If-Match", rng.choice(_TAGS)),
            ("If-None-Match", rng.choice(_TAGS)),
            ("X-Request-Id", rng.choice(("a" * 64, "a" * 65, "x y", "\xff", "-", "'"))),
            ("Accept", rng.choice(("text/html", "application/xml;q=1, */*;q=0", "\xe9" * 50))),
            ("X-HTTP-Method-Override", "DELETE"),
            ("Prefer", "return=minimal"),
            ("Expect", rng.choice(("100-continue", "200-ok"))),
            ("Cookie", "a=" + "b" * 5_000),
            ("Content-Encoding", rng.choice(("gzip", "deflate", "br", "identity", "x"))),
            ("Host", rng.choice(("evil.example", "127.0.0.1:1", "[::1", "a" * 500))),
            ("X-Forwarded-For", rng.choice(("10.0.0.1", "x" * 500, "::1, 1.2.3.4"))),
            ("Range", "bytes=0-0"),
            ("Transfer-Encoding", rng.choice(("gzip, chunked", "identity"))),
        )
    )
    spoken = shot.spoken and name not in {"Transfer-Encoding", "Host", "Expect", "Content-Encoding"}
    return replace(shot, kind=f"{shot.kind} {name}", headers=(*shot.headers, (name, value)), spoken=spoken)


def _in_type(shot: Shot, rng: random.Random) -> Shot:
    kept = tuple(one for one in shot.headers if one[0] != "Content-Type")
    return replace(shot, kind=f"{shot.kind} type", headers=(*kept, ("Content-Type", rng.choice(_TYPES))))


def _in_method(shot: Shot, rng: random.Random) -> Shot:
    return replace(shot, kind=f"{shot.kind} method", method=rng.choice(_METHODS))


def _in_bytes(shot: Shot, rng: random.Random) -> Shot:
    body = bytearray(shot.body or b"{}")
    for _ in range(rng.choice((1, 1, 3))):
        at = rng.randrange(len(body))
        body[at : at + rng.randrange(4)] = rng.choice(
            (b"", b"\x00", b"\xff", b'"', b"}", b",", b"\xed\xa0\x80", bytes([rng.randrange(256)]))
        )
        body = body or bytearray(b"x")
    return replace(shot, kind=f"{shot.kind} bytes", body=bytes(body))


def _in_length(shot: Shot, rng: random.Random) -> Shot:
    """A Content-Length that is no number, or another one, or there twice."""
    value = rng.choice(("-1", "x", "1e3", "+5", "9" * 30, "0", str(len(shot.body) + 10), "1, 2", "٣"))
    return replace(
        shot, kind=f"{shot.kind} length", headers=(*shot.headers, ("Content-Length", value)), spoken=False, heard=False
    )


def _in_the_middle(shot: Shot, rng: random.Random) -> Shot:
    """The client hangs up."""
    return replace(
        shot, kind=f"{shot.kind} cut", body=shot.body[: len(shot.body) // 2] or b"{", heard=False, chunked=rng.random() < 0.5
    )


def _in_chunks(shot: Shot, rng: random.Random) -> Shot:
    return replace(shot, kind=f"{shot.kind} chunked", chunked=True)


def _with_many_headers(shot: Shot, rng: random.Random) -> Shot:
    """More or longer than a server is ready to hear."""
    more = rng.choice(((("X-Long", "x" * 20_000),), tuple((f"X-{n}", "y" * 50) for n in range(400)), (("X" * 9_000, "1"),)))
    return replace(shot, kind=f"{shot.kind} headers", headers=(*shot.headers, *more), spoken=False)


_HARM: tuple[tuple[Callable[[Shot, random.Random], Shot], int], ...] = (
    (_in_path, 6),
    (_in_query, 4),
    (_in_headers, 8),
    (_in_type, 3),
    (_in_method, 3),
    (_in_bytes, 8),
    (_in_length, 1),
    (_in_the_middle, 1),
    (_in_chunks, 3),
    (_with_many_headers, 1),
)
_DAMAGES, _LIKELY = zip(*_HARM, strict=True)
