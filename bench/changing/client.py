"""A connector in the middle of a working day: people come, move, are renamed, read and looked up; every answer counts."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.directory import Directory, Human, Team
from bench.onboarding import GROUP, PATCH
from bench.report import Report
from bench.wire import Wire

PAUSE = 0.05  # seconds: four clients leave most of Clerk's rate limit to the change


@dataclass
class Client:
    """What one connector does all day, one request after another, about people of its own. `ms`: of each request."""

    number: int
    wire: Wire
    directory: Directory
    mine: list[Human]
    rng: random.Random
    report: Report
    ms: list[float] = field(default_factory=list)
    refused: int = 0
    arrived: int = 0

    async def work(self, going: asyncio.Event) -> None:
        """Until `going` ends, with a pause after each thing it does."""
        kinds = (self._arrives, self._moves, self._is_renamed, self._is_read, self._is_found)
        while going.is_set():
            await self.rng.choices(kinds, (2, 3, 3, 4, 2))[0]()
            await asyncio.sleep(PAUSE)

    async def _arrives(self) -> None:
        self.arrived += 1
        person = await self.create(f"n{self.number}x{self.arrived:05}")
        if person is not None:
            self.mine.append(person)
            await self.join(self.rng.choice(list(self.directory.teams.values())), [person])

    async def _moves(self) -> None:
        """Two requests, as IdPs do it: for a moment in no team."""
        person = self.rng.choice(self.mine)
        for team in self.directory.teams_of(person.key):
            gone = {"op": "remove", "path": f'members[value eq "{person.id}"]'}
            if await self._call("PATCH", f"/Groups/{team.id}", _patch(gone)) is not None:
                team.members.discard(person.key)
        await self.join(self.rng.choice(list(self.directory.teams.values())), [person])

    async def _is_renamed(self) -> None:
        person = self.rng.choice(self.mine)
        given = f"Given{self.rng.randrange(1000)}"
        value = {"name": {"givenName": given, "familyName": "Doe"}}
        if await self._call("PATCH", f"/Users/{person.id}", _patch({"op": "replace", "value": value})) is not None:
            person.given = given

    async def _is_read(self) -> None:
        await self._call("GET", f"/Users/{self.rng.choice(self.mine).id}")

    async def _is_found(self) -> None:
        await self._call("GET", f"/Users?filter=userName%20eq%20%22{self.rng.choice(self.mine).email}%22")

    async def create(self, key: str) -> Human | None:
        person = Human(key, key.capitalize(), f"{key}@{self.directory.connection}.example")
        body = person.resource()
        made = await self._call("POST", "/Users", body)
        if made is None:
            return None
        person.id = made["id"]
        self.directory.people[key] = person
        return person

    async def join(self, team: Team, people: Sequence[Human]) -> None:
        value = [{"value": person.id} for person in people]
        if (
            await self._call("PATCH", f"/Groups/{team.id}", _patch({"op": "add", "path": "members", "value": value}))
            is not None
        ):
            team.members |= {person.key for person in people}

    async def group(self, name: str) -> None:
        made = await self._call("POST", "/Groups", {"schemas": [GROUP], "displayName": name})
        if made is not None:
            self.directory.teams[name] = Team(name, name, made["id"])

    async def _call(self, method: str, path: str, body: Any = None) -> Any:
        """What was answered; None, and noted, if it was no 2xx."""
        began = time.perf_counter()
        answer = await self.wire.call(method, f"/scim/v2/{self.directory.connection}{path}", body)
        self.ms.append((time.perf_counter() - began) * 1000)
        if not 200 <= answer.status < 300:
            self.refused += 1
            self.report.must(False, f"{method} {path}: {answer.status} {answer.body[:200].decode(errors='replace')}")
            return None
        return answer.json() or {}


def _patch(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": list(operations)}
