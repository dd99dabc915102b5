"""Four connections under parallel load: nothing of one is ever visible to another, and nothing acknowledged is lost.

    python -m bench.tenants [--seconds 120] [--writes 20000] [--sqlite] [--seed N] [--quick]

On PostgreSQL with two replicas, for so long and until so many writes are acknowledged. All push people and groups of one
name, under one external id, at the same moment: creates, patches, member changes, reads, filters, and requests with
the wrong token or for another's ids. Some people are changed by everybody at once. Every answer is searched for the others'
marks and ids. In the end each directory holds what its own connector was acknowledged, each workspace only its own people,
and each row of the database only what is its connection's.
"""

import asyncio
import random
import sys
import time
from pathlib import Path
from typing import Any

import click

from bench import directory as model
from bench.house import House
from bench.onboarding import GROUP
from bench.peers import postgresql, scratch
from bench.ports import free_port
from bench.report import Report, say, table
from bench.rows import at_home
from bench.tenancy.tenant import Tenant
from bench.tenancy.worker import Worker
from bench.wire import Wire, bearer

NAMES = ("alpha", "beta", "gamma", "delta")
WORKERS = 4  # of each tenant
TEAMS = 4


async def run(folder: Path, *, seconds: float, writes: int, seed: int, database_url: str = "", replicas: int = 1) -> Report:
    """Load, then compare directories, Clerk and rows with what was acknowledged."""
    report = Report()
    house = _house(folder, database_url, replicas)
    try:
        await house.start_sandbox()
        for port in house.ports:
            await house.start(port)
        tenants = [Tenant(name, house.token(name)) for name in NAMES]
        workers = [worker for tenant in tenants for worker in _workers(house, tenant, tenants, seed, report)]
        for worker in workers[::WORKERS]:
            await _teams(worker)
            await worker.prepare()
        lasted = await _load(workers, tenants, seconds, writes)
        for worker in workers[::WORKERS]:
            await _whole(worker)
        await house.idle()
        _only_their_own(await house.sandbox_says("state"), tenants, report)
        rows = await at_home(house.database_url, {tenant.name: tenant.mark for tenant in tenants}, report)
        _quiet_log(house, report)
        _show(tenants, lasted, len(house.ports), rows)
        return report
    finally:
        house.close()


async def _load(workers: list[Worker], tenants: list[Tenant], seconds: float, writes: int) -> float:
    """The seconds it took."""
    began = time.monotonic()
    await asyncio.gather(
        *(worker.work(began + seconds, lambda: sum(one.writes for one in tenants) >= writes) for worker in workers)
    )
    say("the load is over; comparing")
    for worker in workers:
        worker.strange.close()
    return time.monotonic() - began


def _house(folder: Path, database_url: str, replicas: int) -> House:
    house = House(folder, database_url, ports=[free_port() for _ in range(replicas)])
    for name in NAMES:
        house.connection(name, workspaces={"production": {"create": f"{name} production"}})
        house.mapping(name, [{"name": "Staff", "when": {"group": "staff"}, "grant": {"production": "editor"}}])
    return house


def _workers(house: House, mine: Tenant, tenants: list[Tenant], seed: int, report: Report) -> list[Worker]:
    others = tuple(one for one in tenants if one is not mine)
    found = []
    for number in range(WORKERS):
        port = house.ports[number % len(house.ports)]
        wires = Wire(port, bearer(mine.token)), Wire(port, bearer(others[number % len(others)].token))
        found.append(Worker(number, mine, others, *wires, random.Random(f"{seed} {mine.name} {number}"), report))
    return found


async def _teams(worker: Worker) -> None:
    """The same names at all tenants; the first is the one that the rules know."""
    for name in ("staff", *(f"team {number}" for number in range(TEAMS))):
        made = (await worker.call("POST", "/Groups", {"schemas": [GROUP], "displayName": name}, 201)).json()
        worker.mine.teams[made["id"]] = set()
        worker.mine.ids.add(made["id"].encode())


async def _whole(worker: Worker) -> None:
    """Every user and group there is, against what was acknowledged."""
    mine, report = worker.mine, worker.report
    seen: dict[str, Any] = {}
    total, start = 1, 1
    while start <= total:
        listed = (await worker.call("GET", f"/Users?startIndex={start}&count=200", None, 200)).json()
        total, start = listed["totalResults"], start + 200
        seen |= {one["id"]: one for one in listed["Resources"]}
    lost, more = mine.people.keys() - seen.keys(), seen.keys() - mine.people.keys()
    names = {id: one["userName"] for id, one in seen.items()}
    report.must(names == mine.people, f"{mine.name}: {len(lost)} users were lost, {len(more)} are too many")
    for team, members in mine.teams.items():
        shown = (await worker.call("GET", f"/Groups/{team}", None, 200)).json()
        read = {one["value"] for one in shown.get("members", ())}
        lost, more = members - read, read - members
        report.must(members == read, f"{mine.name}: {team} lost {len(lost)} members, and has {len(more)} too many")
    _no_update_lost(mine, seen, report)


def _no_update_lost(mine: Tenant, seen: dict[str, Any], report: Report) -> None:
    """Whom everybody changed at once has everybody's last change, and was counted as often as somebody was told so."""
    for id, values in mine.contested.items():
        for path, value in values.items():
            head, _, part = path.partition(".")
            shown = seen[id].get(head, {})
            has = shown.get(part) if part else shown
            report.must(has == value, f"{mine.name}: {id} has {path} {has!r}; the last acknowledged is {value!r}")
        counted, has = mine.counted[id], seen[id].get("nickName")
        report.must(has == str(counted), f"{mine.name}: {id} was counted {counted} times and is at {has}")


def _only_their_own(state: Any, tenants: list[Tenant], report: Report) -> None:
    found = model.in_clerk(state)
    for tenant in tenants:
        has = {email for email, roles in found.items() if f"{tenant.name} production" in roles}
        wrong = len(has ^ tenant.granted)
        report.must(has == tenant.granted, f"{tenant.name}: {wrong} people are wrongly in or out of its workspace")


def _quiet_log(house: House, report: Report) -> None:
    """A deadlock may be met and tried again; it must not come to an end that somebody reads of."""
    errors = [line for line in (house.folder / "serve.log").read_bytes().splitlines() if b'"level": "error"' in line]
    report.must(not errors, f"{len(errors)} errors in the log, such as {errors[0][:300]!r}" if errors else "")


def _show(tenants: list[Tenant], seconds: float, replicas: int, rows: int) -> None:
    found = [
        (
            tenant.name,
            tenant.requests,
            tenant.writes,
            f"{tenant.requests / seconds:.0f}",
            len(tenant.people),
            sum(len(members) for members in tenant.teams.values()),
            sum(tenant.counted.values()),
            len(tenant.granted),
        )
        for tenant in tenants
    ]
    head = (
        f"{seconds:.0f} s, {replicas} replica(s)",
        "requests",
        "writes",
        "a second",
        "people",
        "members",
        "counted",
        "with a role",
    )
    table(head, found)
    print(f"{sum(tenant.writes for tenant in tenants):,} writes acknowledged; {rows:,} rows looked at\n", flush=True)


@click.command()
@click.option("--seconds", default=120.0, show_default=True, help="It lasts so long,")
@click.option("--writes", default=20_000, show_default=True, help="and until so many writes are acknowledged.")
@click.option("--seed", default=1, show_default=True)
@click.option("--sqlite", "on_sqlite", is_flag=True, help="One replica on SQLite, instead of two on PostgreSQL.")
@click.option("--quick", is_flag=True, help="5 seconds.")
def main(seconds: float, writes: int, seed: int, on_sqlite: bool, quick: bool) -> None:
    """Load four connections side by side; exit code 1 if anything crossed over or was lost."""
    lasts: dict[str, Any] = {"seconds": 5.0, "writes": 100} if quick else {"seconds": seconds, "writes": writes}
    with scratch() as folder:
        if on_sqlite:
            report = asyncio.run(run(folder, **lasts, seed=seed))
        else:
            with postgresql() as url:
                report = asyncio.run(run(folder, **lasts, seed=seed, database_url=url, replicas=2))
    sys.exit(report.end("nothing crossed over, nothing was lost"))


if __name__ == "__main__":
    main()
