"""One request as bytes: method, address, headers and body, each perhaps damaged, and the body perhaps cut on its way.

A shot is made from a random generator of its own, so that one of them can be fired again.
"""

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, quote_from_bytes

from bench.fuzzing import bodies, filters
from bench.fuzzing.values import mutated, text, written

KEPT = 300  # ids that later shots may name
ENORMOUS = 0.003  # of all shots
_METHODS = ("HEAD", "OPTIONS", "TRACE", "PROPFIND", "POST", "PUT", "PATCH", "DELETE", "GET", "get", "QUERY", "X" * 200)
_SPOKEN = frozenset(_METHODS[:9])
_LONGEST = 7_500  # of an address; a server need not hear more than 8,190
_SEGMENTS = (
    "..", ".", "%2e%2e", "%2F", "%00", "%ff", "%C0%80", "%ED%A0%80", "a" * 4_000, "%E2%80%AE", ";x=1", "%3F", "*",
    "Users", "Me",
    "Bulk", ".search", "%", "%zz", "Schemas", "ResourceTypes", "ServiceProviderConfig", "bulkId:1", "-1", "null", "%20",
)  # fmt: skip
_DISCOVERY = (
    "/Schemas", "/ResourceTypes", "/ServiceProviderConfig", "/Me", "/Schemas/urn:x", "/ResourceTypes/User",
    "/Schemas/" + "u" * 900,
)  # fmt: skip
_TYPES = (
    "application/json", "text/plain", "application/xml", "", "a/b/c", "application/scim+json; charset=utf-16",
    "multipart/form-data",
    "application/scim+json; charset=\\", "application/x-www-form-urlencoded", "*/*", "x" * 3_000,
)  # fmt: skip
_TAGS = ("*", '"1"', 'W/"1"', 'W/"999"', "W/", '"', ",,,", "W/1", '"a", "b", W/"1"', "\xff", '"' + "1" * 3_000 + '"', "")


@dataclass(frozen=True, slots=True)
class Shot:
    """`kind` names it for people. `spoken`: it is HTTP, so its answer must be SCIM. `heard`: it is sent to its end."""

    kind: str
    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    spoken: bool = True
    heard: bool = True
    chunked: bool = False

    @property
    def enormous(self) -> bool:
        return len(self.body) > 200_000


@dataclass
class Fuzzer:
    """One connection's shots. `mark` is in every name that only this connection has."""

    connection: str
    mark: str
    token: str
    strange: str  # another connection's token
    ids: dict[str, list[str]] = field(default_factory=lambda: {"Users": [], "Groups": []})
    cursors: list[str] = field(default_factory=list)

    def shot(self, rng: random.Random, number: int) -> Shot:
        """The request of this number."""
        if rng.random() < ENORMOUS:
            return self._enormous(rng, number)
        made = rng.choices(_KINDS, _WEIGHTS)[0](self, rng, number)
        for _ in range(rng.choice((0, 0, 0, 1, 1, 2))):
            made = rng.choices(_DAMAGES, _LIKELY)[0](made, rng)
        if len(made.target) > _LONGEST or made.method not in _SPOKEN:
            made = replace(made, spoken=False)
        return self._authorized(made, rng)

    def learn(self, kind: str, id: str) -> None:
        """A resource that there is now."""
        known = self.ids[kind]
        known.append(id)
        del known[:-KEPT]

    def _create(self, rng: random.Random, number: int) -> Shot:
        if rng.random() < 0.7:
            return self._sent("POST", "/Users", bodies.user(rng, self.mark, number), rng)
        return self._sent("POST", "/Groups", bodies.group(rng, self.mark, number, self.ids["Users"]), rng)

    def _replace(self, rng: random.Random, number: int) -> Shot:
        if rng.random() < 0.6:
            return self._sent("PUT", self._one("Users", rng), bodies.user(rng, self.mark, number), rng)
        return self._sent("PUT", self._one("Groups", rng), bodies.group(rng, self.mark, number, self.ids["Users"]), rng)

    def _patch(self, rng: random.Random, number: int) -> Shot:
        path = self._one(rng.choice(("Users", "Groups")), rng)
        return self._sent("PATCH", path, bodies.patch(rng, self.mark, self.ids["Users"]), rng)

    def _delete(self, rng: random.Random, number: int) -> Shot:
        return self._bare("DELETE", self._one(rng.choice(("Users", "Groups")), rng))

    def _read(self, rng: random.Random, number: int) -> Shot:
        path = rng.choice(_DISCOVERY) if rng.random() < 0.2 else self._one(rng.choice(("Users", "Groups")), rng)
        return self._bare(
            "GET", path + rng.choice(("", "", "?attributes=userName,members", "?excludedAttributes=members,meta"))
        )

    def _list(self, rng: random.Random, number: int) -> Shot:
        asked: list[tuple[str, str]] = [("filter", filters.made(rng, f"{self.mark}-{number - 4}@fuzz.example"))]
        choices: tuple[tuple[str, str], ...] = (
            ("startIndex", rng.choice(("1", "0", "-1", "9" * 40, "x", "1e3", "", "٣"))),
            ("count", rng.choice(("0", "5", "-5", "10000000", "x", " 7 ", "1_0"))),
            ("attributes", rng.choice((*filters.ATTRIBUTES, ",,,", "a" * 2_000, 'emails[type eq "work"]'))),
            ("excludedAttributes", rng.choice(filters.ATTRIBUTES)),
            ("sortBy", rng.choice(filters.ATTRIBUTES)),
            ("sortOrder", rng.choice(("descending", "ascending", "up"))),
            ("cursor", self._cursor(rng)),
            ("filter", 'userName eq "twice"'),
            (text(rng)[:40], text(rng)[:400]),
        )
        asked += rng.sample(choices, rng.choice((0, 1, 1, 2, 4)))
        if rng.random() < 0.4:
            asked = asked[1:]
        query = "&".join(f"{_escaped(name)}={_escaped(value)}" for name, value in asked)
        return self._bare("GET", f"/{rng.choice(('Users', 'Groups', 'Users', ''))}?{query}")

    def _search(self, rng: random.Random, number: int) -> Shot:
        path = rng.choice(("/.search", "/Users/.search", "/Groups/.search"))
        body = bodies.search(rng, self.mark)
        if "cursor" in body:
            body["cursor"] = self._cursor(rng)
        return self._sent("POST", path, body, rng)

    def _bulk(self, rng: random.Random, number: int) -> Shot:
        return self._sent("POST", "/Bulk", bodies.bulk(rng, self.mark, number, self.ids["Users"]), rng)

    def _me(self, rng: random.Random, number: int) -> Shot:
        return self._sent(rng.choice(("GET", "PATCH", "PUT", "DELETE")), "/Me", bodies.patch(rng, self.mark, []), rng)

    def _enormous(self, rng: random.Random, number: int) -> Shot:
        body = bodies.enormous(rng, self.mark, number)
        method, path = rng.choice(
            (
                ("POST", "/Users"),
                ("POST", "/Groups"),
                ("PATCH", self._one("Users", rng)),
                ("PATCH", self._one("Groups", rng)),
                ("PUT", self._one("Users", rng)),
                ("PUT", self._one("Groups", rng)),
                ("POST", "/Users/.search"),
                ("POST", "/Bulk"),
            )
        )
        if isinstance(body, dict):
            method, path = self._where(body, method, path, rng)
        made = self._shot("enormous", method, path, body if isinstance(body, bytes) else written(body))
        return self._authorized(made, rng)

    def _where(self, body: bodies.Body, method: str, path: str, rng: random.Random) -> tuple[str, str]:
        """Mostly where it belongs: a refusal at the door says little."""
        if rng.random() < 0.2:
            return method, path
        if "Operations" in body:
            bulky = bodies.BULK in body["schemas"]
            return ("POST", "/Bulk") if bulky else ("PATCH", self._one(rng.choice(("Users", "Groups")), rng))
        if "filter" in body:
            return "POST", "/Users/.search"
        kind = "Groups" if "members" in body else "Users"
        return ("POST", f"/{kind}") if rng.random() < 0.5 else ("PUT", self._one(kind, rng))

    def _sent(self, method: str, path: str, body: bodies.Body, rng: random.Random) -> Shot:
        damaged: Any = body
        for _ in range(rng.choice((0, 0, 0, 1, 1, 3))):
            damaged = mutated(damaged, rng)
        return self._shot(f"{method} {path.split('/')[1]}", method, path, written(damaged))

    def _bare(self, method: str, path: str) -> Shot:
        return self._shot(f"{method} {path.partition('?')[0].split('/')[1]}", method, path, b"")

    def _shot(self, kind: str, method: str, path: str, body: bytes) -> Shot:
        headers = (("Content-Type", "application/scim+json"),)
        return Shot(kind, method, f"/scim/v2/{self.connection}{path}", headers, body)

    def _authorized(self, shot: Shot, rng: random.Random) -> Shot:
        if rng.random() < 0.985:
            return replace(shot, headers=(("Authorization", f"Bearer {self.token}"), *shot.headers))
        given = rng.choice(
            ("", "Bearer", f"Bearer {self.strange}", f"Basic {self.token}", "Bearer " + "x" * 3_000, "Bearer \xff", "é")
        )
        return replace(shot, kind=f"{shot.kind} unauthorized", headers=(("Authorization", given), *shot.headers))

    def _one(self, kind: str, rng: random.Random) -> str:
        known = self.ids[kind]
        other = self.ids["Users" if kind == "Groups" else "Groups"]
        id = (
            rng.choice(known)
            if known and rng.random() < 0.85
            else rng.choice((str(uuid.UUID(int=rng.getrandbits(128))), *other[:1]))
        )
        return f"/{kind}/{id}"

    def _cursor(self, rng: random.Random) -> str:
        """A real one, or one that somebody has been at."""
        if not self.cursors or rng.random() < 0.2:
            return rng.choice(("", "x", "AAAA", "=" * 40, text(rng)[:200]))
        found = rng.choice(self.cursors)
        at = rng.randrange(len(found))
        return rng.choice((found, found[:at], found[:at] + "A" + found[at + 1 :], found[::-1], found * 2))


def _escaped(value: str) -> str:
    return quote_from_bytes(value.encode("utf-8", "surrogatepass"))


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


Kind = Callable[[Fuzzer, random.Random, int], Shot]
_ACTS: tuple[tuple[Kind, int], ...] = (
    (Fuzzer._create, 22),
    (Fuzzer._replace, 10),
    (Fuzzer._patch, 24),
    (Fuzzer._delete, 4),
    (Fuzzer._read, 10),
    (Fuzzer._list, 16),
    (Fuzzer._search, 6),
    (Fuzzer._bulk, 6),
    (Fuzzer._me, 2),
)
_KINDS, _WEIGHTS = zip(*_ACTS, strict=True)
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
