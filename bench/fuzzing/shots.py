"""What is fired at one connection: what a connector would ask, perhaps with something wrong, and what nobody would.

A shot is made from a random generator of its own, so that one of them can be fired again.
"""

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote_from_bytes

from bench.fuzzing import bodies, filters
from bench.fuzzing.damages import damaged
from bench.fuzzing.shot import Shot
from bench.fuzzing.values import mutated, text, written

KEPT = 300  # ids that later shots may name
ENORMOUS = 0.003  # of all shots
_SPOKEN = frozenset(("HEAD", "OPTIONS", "TRACE", "PROPFIND", "POST", "PUT", "PATCH", "DELETE", "GET"))
_LONGEST = 7_500  # of an address; a server need not hear more than 8,190
_DISCOVERY = (
    "/Schemas",
    "/ResourceTypes",
    "/ServiceProviderConfig",
    "/Me",
    "/Schemas/urn:x",
    "/ResourceTypes/User",
    "/Schemas/" + "u" * 900,
)


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
            made = damaged(made, rng)
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
        sent: Any = body
        for _ in range(rng.choice((0, 0, 0, 1, 1, 3))):
            sent = mutated(sent, rng)
        return self._shot(f"{method} {path.split('/')[1]}", method, path, written(sent))

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
