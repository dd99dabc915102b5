"""Clerk out of reach while an IdP pushes: SCIM answers as before, and what waited is done when Clerk is back.

    python -m bench.outage [--requests 300] [--rounds 4] [--quick]

Rounds of the same writes, interleaved: Clerk up; there but silent (the sandbox gets SIGSTOP); gone (the sandbox is stopped).
Every request must get its 2xx; CPU per request may be 10 % more than with Clerk up, p95 half as much again. The fourth kind
of round is the stricter measure, without a bar: nothing behind SCIM does anything, as on a replica without the lease.
"""

import asyncio
import signal
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import click

from bench import cpu
from bench import directory as model
from bench.connector import Connector
from bench.directory import Directory, Human, Team
from bench.house import House
from bench.onboarding import PATCH, RULES, WORKSPACES, Write
from bench.peers import scratch
from bench.quiet import Lease
from bench.report import Report, say, table
from bench.wire import Wire, bearer

NAME = "acme"
ALONGSIDE = 4
GROUP_OF = 5  # so many arrivals, then one change of a group's members
MOST_CPU, MOST_P95 = 1.10, 1.5


@dataclass
class Kind:
    """One way Clerk can be, and what rounds under it measured. Times in milliseconds, per request."""

    name: str
    begin: Callable[[], Awaitable[None]]
    end: Callable[[], Awaitable[None]]
    cpu: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p95: list[float] = field(default_factory=list)
    requests: int = 0
    refused: int = 0


@dataclass
class Load:
    """Arrivals and memberships, each different from all before; everybody is in a group that the rules know."""

    connector: Connector
    directory: Directory
    wires: list[Wire]
    number: int = 0

    async def play(self, requests: int) -> tuple[list[float], int]:
        """Milliseconds of each request, and how many did not get a 2xx."""
        taken: list[float] = []
        share = requests // len(self.wires)
        refused = await asyncio.gather(*(self._one(wire, share, taken) for wire in self.wires))
        return sorted(taken), sum(refused)

    async def _one(self, wire: Wire, requests: int, taken: list[float]) -> int:
        refused, waiting = 0, []
        for _ in range(requests):
            if len(waiting) == GROUP_OF:
                refused += await self._join(wire, waiting, taken)
                waiting = []
            else:
                person = await self._arrive(wire, taken)
                waiting.append(person)
                refused += not person.id
        if waiting:
            await self._join(wire, waiting, [])
        return refused

    async def _arrive(self, wire: Wire, taken: list[float]) -> Human:
        self.number += 1
        key = f"p{self.number:06}"
        person = self.directory.people[key] = Human(key, key.capitalize(), f"{key}@{NAME}.example")
        body = person.resource()
        began = time.perf_counter()
        answer = await wire.call("POST", f"/scim/v2/{NAME}/Users", body)
        taken.append((time.perf_counter() - began) * 1000)
        if answer.status == 201:
            person.id = answer.json()["id"]
        return person

    async def _join(self, wire: Wire, people: list[Human], taken: list[float]) -> int:
        team = self.directory.teams["product"]
        value = [{"value": person.id} for person in people if person.id]
        body = {"schemas": [PATCH], "Operations": [{"op": "add", "path": "members", "value": value}]}
        began = time.perf_counter()
        answer = await wire.call("PATCH", f"/scim/v2/{NAME}/Groups/{team.id}", body)
        taken.append((time.perf_counter() - began) * 1000)
        team.members |= {person.key for person in people if answer.status < 300}
        return int(answer.status >= 300)


async def run(folder: Path, *, requests: int, rounds: int, database_url: str = "") -> Report:
    """Measure, print, and say what was missed."""
    house, report = House(folder, database_url), Report()
    house.connection(NAME, workspaces=WORKSPACES)
    house.mapping(NAME, RULES)
    try:
        await house.start_sandbox()
        await house.start()
        await house.at_work()
        load = await _load(house)
        kinds = _kinds(house)
        for number in range(rounds):
            say(f"round {number + 1} of {rounds}")
            for kind in kinds:
                await _round(house, load, kind, requests)
        back = await _longer(house, load, kinds[2], requests)
        _judge(kinds, report)
        _show(kinds)
        await _converged(house, load, back, report)
        return report
    finally:
        house.close()


async def _load(house: House) -> Load:
    token = bearer(house.token(NAME))
    wires = [Wire(house.ports[0], token) for _ in range(ALONGSIDE)]
    load = Load(Connector(wires[0], NAME), Directory(NAME, teams={"product": Team("product", "product")}), wires)
    await Write("group", frozenset({"product"})).play(load.connector, load.directory)
    await load.play(40)  # warm
    await house.idle()
    return load


def _kinds(house: House) -> tuple[Kind, ...]:
    async def nothing() -> None:
        return

    async def silent() -> None:
        assert house.sandbox is not None
        house.sandbox.send_signal(signal.SIGSTOP)

    async def speaks() -> None:
        assert house.sandbox is not None
        house.sandbox.send_signal(signal.SIGCONT)

    async def gone() -> None:
        house.stop_sandbox()

    lease = Lease(house)
    return (
        Kind("up", nothing, nothing),
        Kind("silent", silent, speaks),
        Kind("gone", gone, house.start_sandbox),
        Kind("nothing behind", lease.take, lease.give_back),
    )


async def _round(house: House, load: Load, kind: Kind, requests: int) -> None:
    """One round from quiet to quiet: what one leaves behind must not be the next one's work."""
    await kind.begin()
    before = cpu.seconds(house.pid())
    taken, refused = await load.play(requests)
    kind.cpu.append((cpu.seconds(house.pid()) - before) / len(taken) * 1000)
    kind.p50.append(taken[len(taken) // 2])
    kind.p95.append(taken[int(len(taken) * 0.95)])
    kind.requests += len(taken)
    kind.refused += refused
    await kind.end()
    await house.idle()


async def _longer(house: House, load: Load, gone: Kind, requests: int) -> tuple[int, float]:
    """A whole outage of twice a round: (people who waited, seconds until none did, from the sandbox's return)."""
    await gone.begin()
    _, refused = await load.play(2 * requests)
    gone.refused += refused
    waited = int((await house.ready())["due"])
    began = time.monotonic()
    await gone.end()
    await house.idle()
    return waited, time.monotonic() - began


def _judge(kinds: tuple[Kind, ...], report: Report) -> None:
    for kind in kinds:
        report.must(kind.refused == 0, f"{kind.refused} of {kind.requests} requests got no 2xx with Clerk {kind.name}")
    up = kinds[0]
    for kind in kinds[1:3]:
        more = _median(kind.cpu) / _median(up.cpu)
        slower = _median(kind.p95) / _median(up.p95)
        report.must(more <= MOST_CPU, f"Clerk {kind.name}: {more:.2f} times the CPU per request, {MOST_CPU} is the bar")
        report.must(slower <= MOST_P95, f"Clerk {kind.name}: {slower:.2f} times the p95, {MOST_P95} is the bar")


def _show(kinds: tuple[Kind, ...]) -> None:
    up = kinds[0]
    rows = [
        (
            kind.name,
            f"{_median(kind.cpu):.2f}",
            f"{_median(kind.cpu) / _median(up.cpu):.2f}",
            f"{_median(kind.p50):.1f}",
            f"{_median(kind.p95):.1f}",
            f"{_median(kind.p95) / _median(up.p95):.2f}",
            kind.requests,
            kind.refused,
        )
        for kind in kinds
    ]
    table(("Clerk is", "CPU ms/request", "x up", "p50 ms", "p95 ms", "x up", "requests", "no 2xx"), rows)


async def _converged(house: House, load: Load, back: tuple[int, float], report: Report) -> None:
    rules = model.ruleset(house.folder / "config", house.environment(), NAME)
    decided = load.directory.decided(rules)
    found = model.in_clerk(await house.sandbox_says("state"))
    wrong = [email for email in decided.keys() | found.keys() if decided.get(email) != found.get(email)]
    report.must(not wrong, f"{len(wrong)} of {len(decided)} people don't have in Clerk what is decided: {sorted(wrong)[:3]}")
    print(f"{back[0]} people waited when Clerk came back; {back[1]:.1f} s later {len(decided)} have what is decided.\n")


def _median(values: list[float]) -> float:
    return statistics.median(values)


@click.command()
@click.option("--requests", default=300, show_default=True, help="In a round.")
@click.option("--rounds", default=4, show_default=True)
@click.option("--database-url", default="", help="An empty PostgreSQL database. SQLite without it.")
@click.option("--quick", is_flag=True, help="2 rounds of 80 requests.")
def main(requests: int, rounds: int, database_url: str, quick: bool) -> None:
    """Compare SCIM with Clerk up, silent and gone; exit code 1 if a bar is missed."""
    size, times = (80, 2) if quick else (requests, rounds)
    with scratch() as folder:
        report = asyncio.run(run(folder, requests=size, rounds=times, database_url=database_url))
    sys.exit(report.end("SCIM does not notice, and what waited is done"))


if __name__ == "__main__":
    main()
