"""What is asked seldom and is large: pages, a PATCH of 500 members, a group of half the directory beside other writes."""

import asyncio
import statistics
import time
from dataclasses import dataclass, field

from bench.kinds import add_members, page
from bench.load import Call
from bench.onboarding import GROUP, PATCH
from bench.population import Population, Someone
from bench.report import Report
from bench.target import Target
from bench.wire import Wire

PAGES = 200
PAGE_US, PATCH_MS, CREATE_S, WAIT_MS = 2_000.0, 100.0, 5.0, 600.0
MEMBERS, TIMES = 500, 9
BESIDE = 4  # writers, while the group is created
AFTER = 2.0  # seconds that they go on once it is there
Row = tuple[str, str, str, str]


@dataclass
class Large:
    """Measures on `target` alone: nothing here has a floor. Rows are (what, measured, bar, verdict)."""

    engine: str
    target: Target
    report: Report
    rows: list[Row] = field(default_factory=list)

    async def measure(self) -> list[Row]:
        """All of it; leaves people due behind the big group."""
        await self._pages("page of 100 users, in no group", self._population.alone)
        await self._pages("page of 100 users, in 10 groups", self._population.grouped)
        await self._patch()
        await self._create()
        return self.rows

    @property
    def _population(self) -> Population:
        return self.target.population

    async def _pages(self, name: str, people: tuple[Someone, ...]) -> None:
        for _ in range(2):  # the first time warms up
            cost = await self.target.cost_of(page(self._population, people, number) for number in range(PAGES))
        self._row(name, f"{cost:.0f} us of CPU", f"{PAGE_US:.0f} us", cost < PAGE_US)

    async def _patch(self) -> None:
        """One after the other, as a connector sends them; another group of ten each time."""
        taken = []
        with Wire(self.target.port, self.target.headers) as wire:
            for group in self._population.tens[-TIMES:]:
                call = add_members(self._population, group, self._population.half[:MEMBERS])
                taken.append(await _timed(wire, call, self.target))
        median, worst = statistics.median(taken), max(taken)
        size = len(self._population.half[:MEMBERS])
        self._row(f"PATCH of {size} members", f"{median:.1f} ms, worst {worst:.1f}", f"{PATCH_MS:.0f} ms", median < PATCH_MS)

    async def _create(self) -> None:
        waits: list[float] = []
        over = asyncio.Event()
        writers = [asyncio.create_task(self._write(place, waits, over)) for place in range(BESIDE)]
        await asyncio.sleep(AFTER / 4)
        with Wire(self.target.port, self.target.headers) as wire:
            took = await _timed(wire, self._group(), self.target) / 1000
        during = len(waits)
        await asyncio.sleep(AFTER)
        over.set()
        await asyncio.gather(*writers)
        name = f"a group of {len(self._population.half)} members created"
        self._row(name, f"{took:.2f} s", f"{CREATE_S:.0f} s", took < CREATE_S)
        longest = f"{max(waits):.0f} ms, of {len(waits)} ({during} by its end)"
        self._row("  longest wait of other writes meanwhile", longest, f"{WAIT_MS:.0f} ms", max(waits) < WAIT_MS)

    def _group(self) -> Call:
        members = [{"value": one.id} for one in self._population.half]
        body = {"schemas": [GROUP], "displayName": "half of us", "members": members}
        return Call("POST", f"/scim/v2/{self._population.connection}/Groups", body)

    async def _write(self, place: int, waits: list[float], over: asyncio.Event) -> None:
        """Titles of people, one write after the other, until it is over."""
        people, number = self._population.joiners[place::BESIDE], 0
        with Wire(self.target.port, self.target.headers) as wire:
            while not over.is_set():
                someone = people[number % len(people)]
                operation = {"op": "replace", "value": {"title": f"title {number}"}}
                path = f"/scim/v2/{self._population.connection}/Users/{someone.id}"
                call = Call("PATCH", path, {"schemas": [PATCH], "Operations": [operation]})
                waits.append(await _timed(wire, call, self.target))
                number += 1

    def _row(self, name: str, measured: str, bar: str, holds: bool) -> None:
        self.report.must(holds, f"{self.engine}: {name.strip()}: {measured}, not under {bar}")
        self.rows.append((name, measured, f"< {bar}", "ok" if holds else "MISSED"))


async def _timed(wire: Wire, call: Call, target: Target) -> float:
    """Milliseconds until the answer is here."""
    began = time.perf_counter()
    answer = await wire.call(call.method, call.path, call.body)
    if answer.status >= 300:
        target.refused.append(f"{call.method} {call.path}: {answer.status} {answer.body[:300]!r}")
    return (time.perf_counter() - began) * 1000
