"""How large the service gets with a large directory: 100,000 people, and more than a thousand groups.

    python -m bench.memory [--users 100000] [--groups 1000] [--requests 20000] [--postgresql] [--quick]

The directory is loaded as for `make bench` (a tenth of the people in ten groups of ten each, half of them in one). Then come
1,000 groups of a hundred members by POST, and a mix of reads and writes on 16 connections, with what all of that makes
the reconciler do. The resident memory of the process is looked at ten times a second; its highest is held against the bar.
"""

import asyncio
import itertools
import random
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import click
import psutil

from bench import scene
from bench.house import House
from bench.onboarding import GROUP, PATCH
from bench.peers import scratch
from bench.population import Population, user
from bench.report import Report, say, table
from bench.wire import Wire, bearer

MOST = 250  # MB
CONNECTIONS = 16
MEMBERS = 100  # of each group that comes by POST


@dataclass
class Gauge:
    """The memory of one process in MB; `highest` since the last `over`."""

    pid: int
    highest: float = 0.0
    steps: list[tuple[str, float, float]] = field(default_factory=list)

    def look(self) -> float:
        now: float = psutil.Process(self.pid).memory_info().rss / 2**20
        self.highest = max(self.highest, now)
        return now

    def over(self, step: str) -> None:
        """Note what a step came to."""
        now = self.look()
        self.steps.append((step, now, self.highest))
        self.highest = now
        say(f"{step}: {now:.0f} MB")

    async def watch(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(0.1)


@dataclass
class Mix:
    """Requests as they come from an IdP that syncs while admins look things up."""

    wires: list[Wire]
    there: Population
    rng: random.Random
    report: Report
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    async def gather(self, groups: int) -> None:
        """So many groups, a hundred members each."""
        await self._share(groups, self._group)

    async def play(self, requests: int) -> None:
        acts, weights = zip(*self._acts().items(), strict=True)

        async def any_of_them(wire: Wire) -> None:
            await self.rng.choices(acts, weights)[0](wire)

        await self._share(requests, any_of_them)

    def _acts(self) -> dict[Callable[[Wire], Awaitable[None]], int]:
        return {
            self._read: 30,
            self._find: 20,
            self._page: 5,
            self._group_read: 5,
            self._switch: 15,
            self._join: 15,
            self._arrive: 9,
            self._everybody: 1,
        }

    async def _share(self, times: int, act: Callable[[Wire], Awaitable[None]]) -> None:
        left = iter(range(times))

        async def one(wire: Wire) -> None:
            for _ in left:
                await act(wire)

        await asyncio.gather(*(one(wire) for wire in self.wires))

    async def _group(self, wire: Wire) -> None:
        members = [{"value": one.id} for one in self.rng.sample(self.there.order, MEMBERS)]
        await self._call(
            wire, "POST", "/Groups", {"schemas": [GROUP], "displayName": f"made {next(self.numbers)}", "members": members}
        )

    async def _read(self, wire: Wire) -> None:
        await self._call(wire, "GET", f"/Users/{self.rng.choice(self.there.order).id}")

    async def _find(self, wire: Wire) -> None:
        asked = f'userName eq "{self.rng.choice(self.there.order).name}"'
        await self._call(wire, "GET", f"/Users?filter={quote(asked)}")

    async def _page(self, wire: Wire) -> None:
        await self._call(wire, "GET", f"/Users?startIndex={self.rng.randrange(len(self.there.order))}&count=100")

    async def _group_read(self, wire: Wire) -> None:
        await self._call(wire, "GET", f"/Groups/{self.rng.choice(self.there.tens)}")

    async def _everybody(self, wire: Wire) -> None:
        """The big group, with all its members."""
        await self._call(wire, "GET", f"/Groups/{self.there.big}")

    async def _switch(self, wire: Wire) -> None:
        operation = {"op": "replace", "value": {"active": self.rng.random() < 0.5}}
        await self._patch(wire, f"/Users/{self.rng.choice(self.there.order).id}", operation)

    async def _join(self, wire: Wire) -> None:
        group = self.rng.choice((self.there.big, *self.there.tens[:50]))
        value = [{"value": self.rng.choice(self.there.order).id}]
        await self._patch(wire, f"/Groups/{group}", {"op": "add", "path": "members", "value": value})

    async def _arrive(self, wire: Wire) -> None:
        await self._call(wire, "POST", "/Users", user(f"new{next(self.numbers)}@{self.there.connection}.example"))

    async def _patch(self, wire: Wire, path: str, operation: dict[str, Any]) -> None:
        await self._call(wire, "PATCH", path, {"schemas": [PATCH], "Operations": [operation]})

    async def _call(self, wire: Wire, method: str, path: str, body: Any = None) -> None:
        answer = await wire.call(method, f"/scim/v2/{self.there.connection}{path}", body)
        self.report.must(answer.status < 300, f"{method} {path}: {answer.status} {answer.body[:200]!r}")


async def run(loaded: scene.Loaded, url: str, *, groups: int, requests: int, seed: int) -> Report:
    """Groups, then the mix, then until nothing is left to do."""
    report, house = Report(), House(loaded.folder, url)
    try:
        await house.start_sandbox()
        await house.start()
        gauge = Gauge(house.pid())
        watching = asyncio.create_task(gauge.watch())
        wires = [Wire(house.ports[0], bearer(loaded.token)) for _ in range(CONNECTIONS)]
        mix = Mix(wires, loaded.population, random.Random(seed), report)
        gauge.over("started")
        await mix.gather(groups)
        gauge.over(f"{groups:,} groups of {MEMBERS} made")
        await mix.play(requests)
        gauge.over(f"{requests:,} reads and writes")
        await house.idle()
        gauge.over("nobody is due")
        watching.cancel()
        _show(gauge, report)
        for wire in wires:
            wire.close()
    finally:
        house.close()
    return report


def _show(gauge: Gauge, report: Report) -> None:
    table(("MB", "then", "at the most"), [(step, f"{now:.0f}", f"{most:.0f}") for step, now, most in gauge.steps])
    highest = max(most for _, _, most in gauge.steps)
    report.must(highest <= MOST, f"{highest:.0f} MB are more than {MOST}")


@click.command()
@click.option("--users", default=100_000, show_default=True)
@click.option("--groups", default=1_000, show_default=True)
@click.option("--requests", default=20_000, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--postgresql", "on_postgresql", is_flag=True)
@click.option("--quick", is_flag=True, help="2,000 people, 20 groups, 500 requests.")
def main(users: int, groups: int, requests: int, seed: int, on_postgresql: bool, quick: bool) -> None:
    """Load, ask, and look at the memory; exit code 1 if it was more than the bar."""
    if quick:
        users, groups, requests = 2_000, 20, 500
    with scratch() as folder:
        loaded = asyncio.run(scene.load(folder, users))
        say(f"{users:,} people in {len(loaded.population.tens) + 1:,} groups are loaded")
        with scene.on("postgresql" if on_postgresql else "sqlite", loaded) as url:
            report = asyncio.run(run(loaded, url, groups=groups, requests=requests, seed=seed))
    sys.exit(report.end(f"never more than {MOST} MB"))


if __name__ == "__main__":
    main()
