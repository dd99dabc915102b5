"""A server under load, and what a request of some kind costs it."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from bench import cpu
from bench.kinds import Kind
from bench.load import Call, play
from bench.population import Population


@dataclass
class Target:
    """`asked`: how many requests of each kind it had, so that none comes twice; `refused`: answers that were no 2xx."""

    port: int
    pid: int
    population: Population
    headers: dict[str, str] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)

    async def cost(self, kind: Kind, requests: int, until: Callable[[], Awaitable[object]] | None = None) -> float:
        """Microseconds of CPU per request; with `until`, of everything the process does before that returns."""
        first = self.asked[kind.name]
        self.asked[kind.name] += requests
        calls = (kind.make(self.population, number) for number in range(first, first + requests))
        return await self.cost_of(calls, until)

    async def cost_of(self, calls: Iterable[Call], until: Callable[[], Awaitable[object]] | None = None) -> float:
        """The same for requests of no kind."""
        wired = [call.wired(self.headers) for call in calls]
        before = cpu.seconds(self.pid)
        answers = await play(self.port, wired)
        if until is not None:
            await until()
        used = cpu.seconds(self.pid) - before
        self.refused += answers.refused
        return used / len(wired) * 1e6
