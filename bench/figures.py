"""`make bench` on one engine: rounds of both servers in turn, medians, ratios with their spread, and bars.

A round has two halves, with the floor in each. In the first the service holds the lease and is charged for everything until
nobody is due and every event is sealed: that is what the bars are for. In the second it is a replica without the lease,
which does nothing but answer; the difference is the work behind SCIM.
"""

import asyncio
import statistics
from collections import defaultdict
from dataclasses import dataclass, field

from bench import cpu
from bench.kinds import JOIN_BIG, JOIN_TEN, KINDS, Kind
from bench.large import Large
from bench.load import CONNECTIONS
from bench.quiet import Lease, settled
from bench.report import Report, say, table
from bench.scene import Scene

MOST_BIGGER = 1.2  # times the CPU for one member more in half the directory, of that in a group of ten
NO_2XX = "answers were no 2xx"
IDLE_SECONDS = 3.0


@dataclass
class Costs:
    """Microseconds of CPU a request of one way to measure, one figure a round; `floor` right before each `service`."""

    floor: list[float] = field(default_factory=list)
    service: list[float] = field(default_factory=list)

    def ratios(self) -> list[float]:
        return [ours / least for ours, least in zip(self.service, self.floor, strict=True)]


@dataclass
class Rounds:
    """What was measured, by kind: `whole` with everything behind the answers, `answer` without."""

    whole: dict[Kind, Costs] = field(default_factory=lambda: defaultdict(Costs))
    answer: dict[Kind, Costs] = field(default_factory=lambda: defaultdict(Costs))


async def figures(scene: Scene, report: Report, *, rounds: int, requests: int) -> None:
    """Measure and print; what a bar is missed by goes to `report`."""
    engine, found = scene.database.engine, Rounds()
    for number in range(rounds + 1):
        if number == 1:
            found = Rounds()  # the first round warmed up
        await _round(scene, found, requests)
        say(f"{engine}: round {number} of {rounds}")
    print(f"{engine}, {len(scene.service.population.order)} users, {CONNECTIONS} connections: us of CPU a request, medians")
    _show(engine, found, report)
    await _idle(scene)
    rows = await Large(engine, scene.service, report).measure()
    table((f"{engine}: what is large", "measured", "bar", ""), rows)
    refused = scene.service.refused + scene.floor.refused
    report.must(not refused, f"{engine}: {len(refused)} {NO_2XX}: {''.join(refused[:1])}")


async def _round(scene: Scene, found: Rounds, requests: int) -> None:
    lease = Lease(scene.house)

    async def done() -> None:
        await settled(scene.database)

    for kind in KINDS:
        found.whole[kind].floor.append(await scene.floor.cost(kind, requests))
        found.whole[kind].service.append(await scene.service.cost(kind, requests, done if kind.writes else None))
    await lease.take()
    for kind in KINDS:
        found.answer[kind].floor.append(await scene.floor.cost(kind, requests))
        found.answer[kind].service.append(await scene.service.cost(kind, requests))
    await lease.give_back()
    await done()


def _show(engine: str, found: Rounds, report: Report) -> None:
    head = ("", "floor", "service", "ratio", "spread", "bar", "", "answer alone", "ratio")
    table(head, [_row(engine, kind, found, report) for kind in KINDS])
    big, ten = found.whole[JOIN_BIG].service, found.whole[JOIN_TEN].service
    bigger = statistics.median(more / less for more, less in zip(big, ten, strict=True))
    told = f"{engine}: one member more in half the directory costs {bigger:.2f} times that in a group of 10"
    holds = report.must(bigger <= MOST_BIGGER, f"{told}, not {MOST_BIGGER}")
    print(f"{told} (bar {MOST_BIGGER}: {_word(holds)})")


def _row(engine: str, kind: Kind, found: Rounds, report: Report) -> tuple[str, ...]:
    whole, answer = found.whole[kind], found.answer[kind]
    floor = statistics.median(whole.floor + answer.floor)
    ratios, alone = whole.ratios(), answer.ratios()
    ratio = statistics.median(ratios)
    holds = report.must(ratio <= kind.bar, f"{engine}: {kind.name} costs {ratio:.2f} times the floor, not {kind.bar}")
    ours, spread = f"{statistics.median(whole.service):.0f}", f"{min(ratios):.2f}-{max(ratios):.2f}"
    beside = f"{statistics.median(answer.service):.0f}", f"{statistics.median(alone):.2f}"
    return (kind.name, f"{floor:.0f}", ours, f"{ratio:.2f}", spread, f"{kind.bar}", _word(holds), *beside)


async def _idle(scene: Scene) -> None:
    """What a service costs that nobody asks anything: leases, polls and chores; it is in the figures of writes."""
    before = cpu.seconds(scene.service.pid)
    await asyncio.sleep(IDLE_SECONDS)
    used = (cpu.seconds(scene.service.pid) - before) / IDLE_SECONDS
    print(f"{scene.database.engine}: without any request {used * 1000:.1f} ms of CPU a second\n")


def _word(holds: bool) -> str:
    return "ok" if holds else "MISSED"
