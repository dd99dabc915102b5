"""One connection of one tenant's connector: it reads, writes, and tries what it may not, and looks at every answer."""

import itertools
import random
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from bench.directory import USER
from bench.onboarding import PATCH
from bench.report import Report
from bench.tenancy.tenant import Tenant
from bench.wire import Answer, Wire

GRANTED = 25  # every so many people join the group that the rules know: Clerk is not what is measured here
CONTESTED = 3  # people of each tenant whom everybody changes at once
_OWN = (
    "title",
    "userType",
    "preferredLanguage",
    "locale",
    "timezone",
    "profileUrl",
    "name.honorificPrefix",
    "name.middleName",
)
_ID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass
class Worker:
    """`number` among its tenant's workers; `strange` bears another tenant's token."""

    number: int
    mine: Tenant
    others: tuple[Tenant, ...]
    wire: Wire
    strange: Wire
    rng: random.Random
    report: Report

    async def work(self, until: float, enough: Callable[[], bool]) -> None:
        """Whatever comes, until then, and until it is enough."""
        choices: tuple[tuple[Callable[[], Awaitable[None]], int], ...] = (
            (self._arrive, 5),
            (self._change, 3),
            (self._contest, 3),
            (self._count, 2),
            (self._join, 4),
            (self._leave, 1),
            (self._read, 4),
            (self._find, 4),
            (self._list, 1),
            (self._trespass, 1),
        )
        acts, weights = zip(*choices, strict=True)
        while time.monotonic() < until or not enough():
            await self.rng.choices(acts, weights)[0]()

    async def call(self, method: str, path: str, body: Any, *allowed: int, if_match: str | None = None) -> Answer:
        """An answer of our own connection, searched for what is another's."""
        answer = await self.wire.call(method, f"/scim/v2/{self.mine.name}{path}", body, if_match=if_match)
        self.mine.requests += 1
        self.mine.writes += method != "GET" and answer.status < 300
        self.report.must(answer.status in allowed, f"{method} {path}: {answer.status} {answer.body[:200]!r}")
        self._search(method, path, answer)
        return answer

    def _search(self, method: str, path: str, answer: Answer) -> None:
        ids = _ID.findall(answer.body)
        for other in self.others:
            found = other.mark.encode() in answer.body or not other.ids.isdisjoint(ids)
            shown = f"{self.mine.name}: {method} {path} shows something of {other.name}: {answer.body[:300]!r}"
            self.report.must(not found, shown)

    async def prepare(self) -> None:
        """The people whom everybody will change at once."""
        for place in range(CONTESTED):
            name = f"contested{place}@shared.example"
            body = {"schemas": [USER], "userName": name, "nickName": "0", "displayName": self.mine.mark}
            id = str((await self.call("POST", "/Users", body, 201)).json()["id"])
            self.mine.people[id] = name
            self.mine.ids.add(id.encode())
            self.mine.contested[id], self.mine.counted[id] = {}, 0

    async def _arrive(self) -> None:
        """The other tenants have a person of the same number, too, with the same external id."""
        number, mine = next(self.mine.numbers), self.mine
        name = f"same{number}@shared.example"
        body = {
            "schemas": [USER],
            "userName": name,
            "externalId": f"ext-{number}",
            "displayName": f"{mine.mark} {number}",
            "emails": [{"value": f"p{number}@{mine.name}.example", "type": "work", "primary": True}],
            "active": True,
        }
        answer = await self.call("POST", "/Users", body, 201)
        if answer.status != 201:
            return
        id = answer.json()["id"]
        self.report.must(all(id.encode() not in other.ids for other in self.others), f"two tenants were given {id}")
        mine.people[id] = name
        mine.ids.add(id.encode())
        if number % GRANTED == 0:
            await self._add(next(iter(mine.teams)), id)
            mine.granted.add(f"p{number}@{mine.name}.example")

    async def _change(self) -> None:
        if id := self._somebody():
            title = f"{self.mine.mark} {self.rng.randrange(1000)}"
            shown = (await self._patch(f"/Users/{id}", "nickName", title, 200)).json()
            self.report.must(shown["userName"] == self.mine.people[id], f"{id} is answered as {shown['userName']}")

    async def _contest(self) -> None:
        """Each worker has an attribute of its own, of people whom all change at the same time."""
        id, attribute = self.rng.choice(list(self.mine.contested)), _OWN[self.number]
        value = f"{self.mine.mark} {self.rng.randrange(10**6)}"
        if (await self._patch(f"/Users/{id}", attribute, value, 200)).status == 200:
            self.mine.contested[id][attribute] = value

    async def _count(self) -> None:
        """Read, add one, write if nobody was faster (If-Match): what counts is counted once."""
        id = self.rng.choice(list(self.mine.counted))
        shown = (await self.call("GET", f"/Users/{id}", None, 200)).json()
        more = str(int(shown["nickName"]) + 1)
        answer = await self._patch(f"/Users/{id}", "nickName", more, 200, 412, if_match=shown["meta"]["version"])
        self.mine.counted[id] += answer.status == 200

    async def _patch(self, path: str, attribute: str, value: str, *allowed: int, if_match: str | None = None) -> Answer:
        body = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": attribute, "value": value}]}
        return await self.call("PATCH", path, body, *allowed, if_match=if_match)

    async def _join(self) -> None:
        if id := self._somebody():
            await self._add(self._team(), id)

    async def _add(self, team: str, id: str) -> None:
        if (team, id) not in self.mine.moving:
            await self._move(team, id, {"op": "add", "path": "members", "value": [{"value": id}]})
            self.mine.teams[team].add(id)

    async def _leave(self) -> None:
        team = self._team()
        id = next((one for one in self.mine.teams[team] if (team, one) not in self.mine.moving), None)
        if id is not None:
            await self._move(team, id, {"op": "remove", "path": f'members[value eq "{id}"]'})
            self.mine.teams[team].discard(id)

    async def _move(self, team: str, id: str, operation: dict[str, Any]) -> None:
        """Many at once may change a group, but only one the same member: else nobody knows which was last."""
        self.mine.moving.add((team, id))
        await self.call("PATCH", f"/Groups/{team}", {"schemas": [PATCH], "Operations": [operation]}, 200, 204)
        self.mine.moving.discard((team, id))

    async def _read(self) -> None:
        if id := self._somebody():
            shown = (await self.call("GET", f"/Users/{id}", None, 200)).json()
            self.report.must(shown["userName"] == self.mine.people[id], f"{id} is read as {shown['userName']}")

    async def _find(self) -> None:
        """By what all tenants have alike: exactly the own one comes back."""
        if (id := self._somebody()) is None:
            return
        name = self.mine.people[id]
        number = name.partition("@")[0].removeprefix("same")
        attribute = self.rng.choice((f'userName eq "{name}"', f'externalId eq "ext-{number}"'))
        shown = (await self.call("GET", f"/Users?filter={quote(attribute)}", None, 200)).json()
        ids = [one["id"] for one in shown["Resources"]]
        self.report.must(ids == [id], f"{self.mine.name}: {attribute} finds {ids}, not {id}")

    async def _list(self) -> None:
        kind = self.rng.choice(("Users", "Groups?excludedAttributes=members&", f"Groups/{self._team()}"))
        query = "" if "/" in kind else f"{'' if '?' in kind else '?'}startIndex={self.rng.randint(1, 50)}&count=20"
        await self.call("GET", f"/{kind}{query}", None, 200)

    async def _trespass(self) -> None:
        """Another's token on our connection, another's id under our token: refused and 404, whatever the verb."""
        path = f"/Users/{self._somebody() or 'nobody'}"
        verb = self.rng.choice(("GET", "PATCH", "DELETE", "POST"))
        where = f"/scim/v2/{self.mine.name}{path if verb != 'POST' else '/Users'}"
        answer = await self.strange.call(verb, where, {"schemas": [PATCH], "Operations": []})
        # 429: an address that fails often is told to wait, though its own requests go on
        self.report.must(answer.status in {401, 429}, f"{verb} {path} with a strange token: {answer.status}")
        self.report.must(self.mine.mark.encode() not in answer.body, f"{verb} {path} told another tenant something")
        other = self.rng.choice(self.others)
        if other.people:
            theirs = self.rng.choice(tuple(itertools.islice(other.people, 50)))
            await self._theirs(theirs, other)

    async def _theirs(self, id: str, other: Tenant) -> None:
        answer = await self.wire.call("GET", f"/scim/v2/{self.mine.name}/Users/{id}")
        self.report.must(answer.status == 404, f"{other.name}'s {id} under {self.mine.name}: {answer.status}")

    def _somebody(self) -> str | None:
        """One of the last few hundred who is not contested, so that all tenants are at the same numbers."""
        size = len(self.mine.people)
        if size <= CONTESTED:
            return None
        at = self.rng.randrange(max(CONTESTED, size - 300), size)
        return next(itertools.islice(self.mine.people, at, None))

    def _team(self) -> str:
        return self.rng.choice(list(self.mine.teams)[1:])
