"""Bad days at Clerk and deaths of our own: faults in the sandbox and `kill -9` of one replica, between two acts."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from bench.house import House
from bench.wire import Answer, NobodyListens, Wire

_MATCHES = ("*", "*", "POST *", "PATCH *", "DELETE *", "GET *", "*memberships*", "POST /v1/users", "*/v1/sessions*")
_TROUBLES: tuple[dict[str, Any], ...] = (
    {"status": 429, "retry_after": 0, "times": 3},
    {"status": 429, "retry_after": 1},
    {"status": 500},
    {"status": 503, "times": 2},
    {"status": 500, "when": "after"},
    {"status": 504, "when": "after"},
    {"status": "cut"},
    {"status": "cut", "when": "after"},
    {"status": "cut", "when": "after"},
    {"status": 409},
    {"delay": 0.1, "times": 6},
    {"delay": 0.3, "times": 2},
)


@dataclass
class Weather:
    """`kills` and `faults` count what there was."""

    rng: random.Random
    house: House
    kills: int = 0
    faults: int = 0
    _back: "asyncio.Task[None] | None" = None

    async def moment(self) -> str | None:
        """What comes over Clerk or a replica between two acts, if anything does."""
        chance = self.rng.random()
        if chance < 0.25:
            return await self._trouble()
        return await self._death() if chance < 0.31 else None

    async def _trouble(self) -> str:
        trouble = {"match": self.rng.choice(_MATCHES), **self.rng.choice(_TROUBLES)}
        await self.house.sandbox_says("faults", "POST", trouble)
        self.faults += 1
        return f"fault {trouble}"

    async def _death(self) -> str | None:
        """One replica at a time: the other lives, and the dead one is back before anybody dies again."""
        port, rests = self.rng.choice(self.house.ports), self.rng.uniform(0.0, 0.5)
        if self._back is not None and not self._back.done():
            return None
        self.house.kill(port)
        self.kills += 1
        self._back = asyncio.create_task(self._return(port, rests))
        return f"kill -9 of replica {self.house.ports.index(port)}"

    async def _return(self, port: int, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self.house.start(port)

    @asynccontextmanager
    async def calm(self) -> AsyncIterator[None]:
        """Faults are for the bridge: while somebody calls Clerk by hand, they wait."""
        waiting = await self.house.sandbox_says("faults")
        await self.house.sandbox_says("faults", "DELETE")
        try:
            yield
        finally:
            if waiting:
                await self.house.sandbox_says("faults", "POST", waiting)

    async def clears(self) -> None:
        """The sun shines, and both replicas live."""
        if self._back is not None:
            await self._back
        await self.house.sandbox_says("faults", "DELETE")


@dataclass
class Either:
    """The way of an IdP to the replicas: to any, and to the other one where nobody listens. In place of a `Wire`."""

    rng: random.Random
    house: House
    headers: dict[str, str]
    wires: dict[int, Wire] = field(default_factory=dict)

    async def call(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        ports = self.rng.sample(self.house.ports, len(self.house.ports))
        for port in ports:
            wire = self.wires.setdefault(port, Wire(port, self.headers))
            try:
                return await wire.call(method, path, body, **options)
            except NobodyListens:
                continue
        raise NobodyListens(f"{method} {path}")

    def close(self) -> None:
        for wire in self.wires.values():
            wire.close()
