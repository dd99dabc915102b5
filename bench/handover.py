"""Two replicas on PostgreSQL: the lease holder dies by `kill -9`, again and again; then both are restarted in turn, as an
upgrade does, while an IdP writes through whichever is up.

    python -m bench.handover [--kills 10] [--quick]

After a death the other one must do the background work within six seconds (a lease lasts four), and what was acknowledged
before it is in Clerk. No write fails for good, and none twice.
"""

import asyncio
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import click

from bench import directory as model
from bench.directory import Directory, Human
from bench.house import House
from bench.peers import postgresql, scratch
from bench.ports import free_port
from bench.report import Report, say, table
from bench.wire import Unanswered, Wire, bearer

NAME = "acme"
RULES = [{"name": "Everybody", "when": {"everyone": True}, "grant": {"production": "editor"}}]
WITHIN = 6.0  # seconds; a lease lasts four, and whoever waits for it looks once a second
PAUSE = 0.05  # seconds between two writes


@dataclass
class Writer:
    """An IdP behind a load balancer: whoever does not answer is left out for that try. `writes`: acknowledged."""

    ports: list[int]
    token: str
    directory: Directory
    report: Report
    writes: int = 0
    repeated: int = 0
    wires: list[Wire] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.wires = [Wire(port, bearer(self.token)) for port in self.ports]

    async def write(self) -> Human:
        """One new person, whoever takes it."""
        key = f"p{len(self.directory.people):05}"
        person = self.directory.people[key] = Human(key, key.capitalize(), f"{key}@{NAME}.example")
        turn = 0
        while True:
            wire = self.wires[(self.writes + turn) % len(self.wires)]
            turn += 1
            try:
                answer = await wire.call("POST", f"/scim/v2/{NAME}/Users", person.resource(), within=5)
            except Unanswered:
                self.repeated += 1
                await asyncio.sleep(PAUSE)
                continue
            taken = answer.status == 201 or (answer.status == 409 and turn > 1)  # its answer was lost
            self.report.must(taken, f"POST: {answer.status} {answer.body[:200].decode(errors='replace')}")
            person.id = str(answer.json().get("id") or "known")
            self.writes += 1
            return person

    async def keep_on(self, going: asyncio.Event) -> None:
        while going.is_set():
            await self.write()
            await asyncio.sleep(PAUSE)


async def run(folder: Path, url: str, *, kills: int) -> Report:
    """Kill, restart, and judge."""
    report, directory = Report(), Directory(NAME)
    house = House(folder, url, ports=[free_port(), free_port()])
    house.connection(NAME, workspaces={"production": {"create": "Production"}})
    house.mapping(NAME, RULES)
    try:
        await house.start_sandbox()
        for port in house.ports:
            await house.start(port)
        await house.at_work()
        writer = Writer(house.ports, house.token(NAME), directory, report)
        going = asyncio.Event()
        going.set()
        writing = asyncio.create_task(writer.keep_on(going))
        taken = [await _death(house) for _ in range(kills)]
        say(f"{writer.writes} people so far; now both replicas are restarted in turn")
        for port in house.ports:
            house.stop(port)
            await house.start(port)
        await house.at_work()
        going.clear()
        await writing
        await house.idle()
        report.must(max(taken) < WITHIN, f"{max(taken):.1f} s until the other replica had the lease")
        await _judge(house, directory, report)
        _show(writer, taken)
        return report
    finally:
        house.close()


async def _death(house: House) -> float:
    """Seconds from the death of the lease holder until the other one has the lease."""
    holder = await house.at_work()
    began = time.monotonic()
    house.kill(holder)
    await house.at_work()
    seconds = time.monotonic() - began
    await house.start(holder)
    return seconds


async def _judge(house: House, directory: Directory, report: Report) -> None:
    decided = directory.decided(model.ruleset(house.folder / "config", house.environment(), NAME))
    state = await house.sandbox_says("state")
    report.must(decided == model.in_clerk(state), "Clerk does not have what is decided")
    report.must(len(state["users"]) == len(directory.people), "somebody is in Clerk twice, or not at all")
    audit = await asyncio.to_thread(house.command, "audit", "verify")
    report.must(audit and not any(one["problem"] for one in audit), "the audit trail is broken")


def _show(writer: Writer, taken: list[float]) -> None:
    ordered = sorted(taken)
    table(
        (f"{len(taken)} deaths of the lease holder, then a restart of both in turn", ""),
        [
            ("people pushed meanwhile", writer.writes),
            ("tries that nobody answered, and were repeated", writer.repeated),
            ("seconds until the other has the lease, median", f"{ordered[len(ordered) // 2]:.1f}"),
            ("worst", f"{ordered[-1]:.1f}"),
        ],
    )


@click.command()
@click.option("--kills", default=10, show_default=True)
@click.option("--quick", is_flag=True, help="One kill.")
def main(kills: int, quick: bool) -> None:
    """Kill the lease holder, restart both; exit code 1 if anything was lost or took too long."""
    with scratch() as folder, postgresql() as url:
        report = asyncio.run(run(folder, url, kills=1 if quick else kills))
    sys.exit(report.end("the other replica took over each time, nothing was lost, nothing came twice"))


if __name__ == "__main__":
    main()
