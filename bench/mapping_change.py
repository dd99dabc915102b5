"""The rules of many people change while their IdP pushes: no request fails, and nobody is decided by a mix of two versions.

    python -m bench.mapping_change [--people 10000] [--postgresql] [--seed N] [--quick]

One service on SQLite, or two replicas on PostgreSQL. People come by SCIM and have what the first version gives; then the
mapping file is written anew under the traffic of four clients. Each version has rules of names of its own, one a team and
workspace, so every row says by which version it was decided. Rows are looked at all the time; in the end Clerk must have
what the second version decides about the directory as its IdP believes it.
"""

import asyncio
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from sqlalchemy import text

from bench import directory as model
from bench.changing.client import Client
from bench.changing.rows import FIRST, LOOK, SECOND, Rows
from bench.directory import Directory
from bench.house import House
from bench.peers import postgresql, scratch
from bench.ports import free_port
from bench.report import Report, say, table
from bench.wire import Wire, bearer
from bridge.store.database import Database, open_database

NAME = "acme"
WORKSPACES = {name: {"create": name.capitalize()} for name in ("production", "support")}
TEAMS = 10
CLIENTS = 4
LOADERS = 8
MEMBERS = 500  # of one PATCH, when the company arrives
BEFORE = 10.0  # seconds of traffic before the change

_TAKEN = text("SELECT min(at) AS at, count(*) AS n FROM audit WHERE action = 'mapping.taken' AND subject = '2'")


def rules(version: str) -> list[dict[str, Any]]:
    """The first gives everybody a viewer in both; the second an editor, but nothing in support to the last team."""
    role = {FIRST: "viewer", SECOND: "editor"}[version]
    return [
        {"name": f"{version} {team} {workspace}", "when": {"group": team}, "grant": {workspace: role}}
        for team in map(_team, range(TEAMS))
        for workspace in WORKSPACES
        if (version, team, workspace) != (SECOND, _team(TEAMS - 1), "support")
    ]


async def run(folder: Path, *, people: int, seed: int, before: float, database_url: str = "", replicas: int = 1) -> Report:
    """Load, change the file under traffic, and judge."""
    report, rng = Report(), random.Random(seed)
    house = House(folder, database_url, ports=[free_port() for _ in range(replicas)])
    house.connection(NAME, workspaces=WORKSPACES)
    house.mapping(NAME, rules(FIRST))
    store = open_database(house.database_url)
    try:
        await house.start_sandbox()
        for port in house.ports:
            await house.start(port)
        await house.at_work()
        directory = await _company(house, people, rng, report)
        clients = _clients(house, directory, rng, report)
        rows = Rows(store)
        spent = await _change(house, clients, rows, before)
        await _judge(house, directory, rows, report)
        _show(clients, rows, await _taken_at(store), spent, people, replicas)
        return report
    finally:
        await store.close()
        house.close()


async def _company(house: House, people: int, rng: random.Random, report: Report) -> Directory:
    """Everybody, by SCIM, until they have in Clerk what the first version gives."""
    directory, token = Directory(NAME), bearer(house.token(NAME))
    loaders = [
        Client(number, Wire(house.ports[number % len(house.ports)], token), directory, [], rng, report)
        for number in range(LOADERS)
    ]
    for name in map(_team, range(TEAMS)):
        await loaders[0].group(name)
    began = time.monotonic()
    keys = iter([f"p{number:06}" for number in range(people)])

    async def arrive(loader: Client) -> None:
        for key in keys:
            await loader.create(key)

    await asyncio.gather(*map(arrive, loaders))
    everybody = list(directory.people.values())
    for number, team in enumerate(directory.teams.values()):
        members = everybody[number::TEAMS]
        for start in range(0, len(members), MEMBERS):
            await loaders[0].join(team, members[start : start + MEMBERS])
    say(f"{people} people pushed in {time.monotonic() - began:.0f} s; Clerk follows")
    say(f"Clerk has them after another {await house.idle(7200):.0f} s")
    return directory


def _clients(house: House, directory: Directory, rng: random.Random, report: Report) -> list[Client]:
    everybody, token = list(directory.people.values()), bearer(house.token(NAME))
    found = []
    for number in range(CLIENTS):
        wire = Wire(house.ports[number % len(house.ports)], token)
        mine = everybody[number::CLIENTS]
        found.append(Client(number, wire, directory, mine, random.Random(rng.random()), report))
    return found


@dataclass
class Spent:
    """`places`: how many requests each client had made when the file was written; seconds from then."""

    places: list[int]
    decided: float = 0.0
    converged: float = 0.0


async def _change(house: House, clients: list[Client], rows: Rows, before: float) -> Spent:
    going = asyncio.Event()
    going.set()
    working = [asyncio.create_task(client.work(going)) for client in clients]
    await asyncio.sleep(before)
    spent = Spent([len(client.ms) for client in clients])
    rows.began = time.monotonic()
    house.mapping(NAME, rules(SECOND))
    say("the file is written")
    while await rows.look() or rows.first_new is None:
        await asyncio.sleep(LOOK)
        if time.monotonic() - rows.began > 7200:
            raise RuntimeError("somebody is still decided by the first version after two hours")
    spent.decided = time.monotonic() - rows.began
    say(f"everybody is decided by the second version after {spent.decided:.1f} s; the traffic ends")
    going.clear()
    await asyncio.gather(*working)
    await house.idle(7200)
    spent.converged = time.monotonic() - rows.began
    return spent


async def _judge(house: House, directory: Directory, rows: Rows, report: Report) -> None:
    report.must(not rows.mixed, f"{rows.mixed} times somebody was decided by a mix of two versions")
    report.must(await rows.look() == 0, "somebody is decided by the first version again")
    decided = directory.decided(model.ruleset(house.folder / "config", house.environment(), NAME))
    found = model.in_clerk(await house.sandbox_says("state"))
    wrong = [email for email in decided.keys() | found.keys() if decided.get(email) != found.get(email)]
    report.must(not wrong, f"{len(wrong)} of {len(decided)} people don't have in Clerk what is decided: {sorted(wrong)[:3]}")
    listed = await asyncio.to_thread(house.command, "mapping", "history", NAME)
    serving = [one["version"] for one in listed if one["in_service"]]
    report.must((len(listed), serving) == (2, [2]), f"{len(listed)} versions, {serving} in service: the file was taken once")
    errors = [line for line in (house.folder / "serve.log").read_bytes().splitlines() if b'"level": "error"' in line]
    report.must(not errors, f"{len(errors)} errors in the log, such as {errors[0][:300]!r}" if errors else "")


async def _taken_at(store: Database) -> float:
    row = await store.read(lambda tx: tx.one(_TAKEN))
    assert row is not None
    return float(row["at"]) / 1000


def _show(clients: list[Client], rows: Rows, taken_at: float, spent: Spent, people: int, replicas: int) -> None:
    taken = taken_at - (time.time() - (time.monotonic() - rows.began))
    before = sorted(ms for client, place in zip(clients, spent.places, strict=True) for ms in client.ms[:place])
    during = sorted(ms for client, place in zip(clients, spent.places, strict=True) for ms in client.ms[place:])
    table(
        (f"{people:,} people, {replicas} replica(s)", "requests", "no 2xx", "p50 ms", "p95 ms", "longest"),
        [(name, *_times(ms, clients if ms is during else [])) for name, ms in (("before", before), ("during", during))],
    )
    table(
        ("seconds after the file was written", ""),
        [
            ("the version is in service", f"{taken:.1f}"),
            ("the first people are decided by it", f"{rows.first_new or 0:.1f}"),
            ("everybody is", f"{spent.decided:.1f}"),
            ("and Clerk has it, traffic included", f"{spent.converged:.1f}"),
        ],
    )
    print(f"{rows.looks} looks at everybody, {rows.people:,} in all; {rows.mixed} by a mix of versions\n", flush=True)


def _times(ms: list[float], clients: list[Client]) -> tuple[Any, ...]:
    refused = sum(client.refused for client in clients)
    return len(ms), refused, f"{ms[len(ms) // 2]:.1f}", f"{ms[int(len(ms) * 0.95)]:.1f}", f"{ms[-1]:.0f}"


def _team(number: int) -> str:
    return f"team {number}"


@click.command()
@click.option("--people", default=10_000, show_default=True)
@click.option("--postgresql", "on_postgresql", is_flag=True, help="Two replicas on PostgreSQL, instead of one on SQLite.")
@click.option("--seed", default=1, show_default=True)
@click.option("--quick", is_flag=True, help="60 people, half a second of traffic before.")
def main(people: int, on_postgresql: bool, seed: int, quick: bool) -> None:
    """Change the rules of everybody under SCIM traffic; exit code 1 if a request failed or anybody saw a mix."""
    size: dict[str, Any] = {"people": 60, "before": 0.5} if quick else {"people": people, "before": BEFORE}
    with scratch() as folder:
        if on_postgresql:
            with postgresql() as url:
                report = asyncio.run(run(folder, **size, seed=seed, database_url=url, replicas=2))
        else:
            report = asyncio.run(run(folder, **size, seed=seed))
    sys.exit(report.end("no request failed, nobody was decided by a mix, Clerk has what the second version decides"))


if __name__ == "__main__":
    main()
