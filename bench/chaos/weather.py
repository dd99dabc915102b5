"""Bad days at Clerk and deaths of our own: faults in the sandbox and `kill -9` of one replica, all through a round."""

import asyncio
import random
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

    async def storms(self) -> None:
        """Until it is cancelled."""
        while True:
            await asyncio.sleep(self.rng.uniform(0.02, 0.4))
            trouble = {"match": self.rng.choice(_MATCHES), **self.rng.choice(_TROUBLES)}
            await self.house.sandbox_says("faults", "POST", trouble)
            self.faults += 1

    async def deaths(self) -> None:
        """One replica at a time: the other lives, and the dead one is back before anybody dies again."""
        while True:
            await asyncio.sleep(self.rng.uniform(0.1, 1.5))
            port = self.rng.choice(self.house.ports)
            self.house.kill(port)
            self.kills += 1
            await asyncio.sleep(self.rng.uniform(0.0, 0.5))
            await asyncio.shield(self.house.start(port))

    async def clears(self) -> None:
        """The sun shines, and both replicas live."""
        await self.house.sandbox_says("faults", "DELETE")
        for port in self.house.ports:
            if port not in self.house.services:
                await self.house.start(port)


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
