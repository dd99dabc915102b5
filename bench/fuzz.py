"""Four connections get whatever may come: no 5xx, no request that costs a second, no growth, nothing in the wrong hands.

    python -m bench.fuzz [--requests 200000] [--database-url URL | --postgresql] [--seed N] [--only N] [--quick]

Connections that heal, that refuse, that allow twins, and one with schemas of its own are asked in waves, one request each at
a time. Requests are valid ones that were damaged: JSON, filters, paths, headers, framing (bench/fuzzing/). Each answer is
judged, CPU is counted per wave, and a wave that costs more than the bar is fired again one by one. In the end the service
answers as before, and every row belongs to whom it names. `--only N` shows one request, in an empty directory.
"""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import click

from bench import cpu
from bench.fuzzing.aftermath import still_well
from bench.fuzzing.bodies import CUSTOM
from bench.fuzzing.range import WARM, Range
from bench.fuzzing.shots import Fuzzer
from bench.house import House
from bench.peers import postgresql, scratch
from bench.report import Report, say, table
from bench.rows import at_home

EXTENSION = {
    "id": CUSTOM,
    "name": "Fuzz",
    "attributes": {
        "size": {"type": "integer"},
        "color": {"canonical": ["blue"]},
        "since": {"type": "dateTime", "mutability": "immutable"},
        "share": {"type": "decimal"},
        "badges": {"many": True, "parts": {"value": {"case_exact": True}, "valid": {"type": "boolean"}}},
    },
}
CONNECTIONS: dict[str, dict[str, Any]] = {
    "heals": {},
    "refuses": {"directory": {"scim": {"dialect": "strict"}}},
    "twins": {"directory": {"scim": {"unique_group_names": False, "group_patch": "group"}}, "provider": "entra"},
    "custom": {"directory": {"scim": {"schemas": [EXTENSION]}}, "provider": "generic"},
}
MOST_GROWTH = 50  # MB


async def run(folder: Path, *, requests: int, seed: int, database_url: str = "") -> Report:
    """Fire, judge, look at what is left."""
    report = Report()
    async with _range(folder, database_url, seed) as range_:
        began, used = time.monotonic(), cpu.seconds(range_.house.pid())
        await range_.play(requests)
        used = (cpu.seconds(range_.house.pid()) - used) / range_.fired
        say(f"{range_.fired:,} requests in {time.monotonic() - began:.0f} s; looking at what is left")
        await still_well(range_.house, range_.fuzzers, report)
        marks = {fuzzer.connection: fuzzer.mark for fuzzer in range_.fuzzers}
        rows = await at_home(range_.house.database_url, marks, report)
        range_.complaints.into(report)
        _summary(range_, used, rows, report)
    return report


async def show(folder: Path, *, number: int, seed: int) -> Report:
    """One request, its answer, and the log if that is an error of ours."""
    report = Report()
    async with _range(folder, "", seed) as range_:
        shot, heard, used = await range_.one(number)
        print(f"{shot.kind}: {shot.method} {shot.target}\n{shot.headers}\n{len(shot.body):,} bytes {shot.body[:2_000]!r}")
        print(f"{heard.status} after {used:.3f} s of CPU {heard.headers}\n{heard.body[:2_000]!r}")
        if heard.status >= 500:
            print((range_.house.folder / "serve.log").read_text(errors="replace")[-6_000:])
        range_.complaints.into(report)
    return report


@contextlib.asynccontextmanager
async def _range(folder: Path, database_url: str, seed: int) -> AsyncIterator[Range]:
    house = House(folder, database_url)
    for name, keys in CONNECTIONS.items():
        house.connection(name, workspaces={"production": {"create": f"{name} production"}}, **{"mode": "observe", **keys})
        house.mapping(name, [{"name": "Nobody", "when": {"group": "nobody at all"}, "grant": {"production": "viewer"}}])
    try:
        await house.start_sandbox()
        await house.start()
        tokens = {name: house.token(name) for name in CONNECTIONS}
        names = list(CONNECTIONS)
        fuzzers = [Fuzzer(name, f"only-{name}", tokens[name], tokens[names[at - 1]]) for at, name in enumerate(names)]
        yield Range(house, fuzzers, seed)
    finally:
        house.close()


def _summary(range_: Range, used: float, rows: int, report: Report) -> None:
    grown = f"memory grew from {range_.warm:.0f} MB after {WARM:,} requests to {range_.highest:.0f} MB"
    report.must(range_.highest - range_.warm <= MOST_GROWTH, grown)
    answers = [(status if status > 0 else "none", count) for status, count in sorted(range_.statuses.items())]
    table(("answers", "number"), answers)
    if range_.dearest:
        dear = [(what[:110], f"{seconds:.2f}") for seconds, what in range_.dearest]
        table(("requests of dear waves, each alone", "CPU s"), dear)
    figures = [
        ("requests", f"{range_.fired:,}"),
        ("rows looked at", f"{rows:,}"),
        ("CPU ms a request", f"{used * 1000:.2f}"),
        (f"MB after the first {WARM:,}", f"{range_.warm:.0f}"),
        ("MB at the most", f"{range_.highest:.0f}"),
        ("MB in the end", f"{range_.memory:.0f}"),
    ]
    table((f"seed {range_.seed}", ""), figures)


@contextlib.contextmanager
def _database(url: str, on_postgresql: bool) -> Iterator[str]:
    if on_postgresql:
        with postgresql() as made:
            yield made
    else:
        yield url


@click.command()
@click.option("--requests", default=200_000, show_default=True)
@click.option("--database-url", default="", help="An empty database; SQLite in a folder of its own if none is given.")
@click.option("--postgresql", "on_postgresql", is_flag=True, help="On a PostgreSQL of its own.")
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same requests.")
@click.option("--only", default=None, type=int, help="Show this one request and its answer.")
@click.option("--quick", is_flag=True, help="1,000 requests.")
def main(requests: int, database_url: str, on_postgresql: bool, seed: int, only: int | None, quick: bool) -> None:
    """Fire at four connections; exit code 1 if anything gave way."""
    with scratch() as folder, _database(database_url, on_postgresql) as url:
        if only is not None:
            report = asyncio.run(show(folder, number=only, seed=seed))
        else:
            report = asyncio.run(run(folder, requests=1_000 if quick else requests, seed=seed, database_url=url))
    sys.exit(report.end(f"nothing gave way (seed {seed})"))


if __name__ == "__main__":
    main()
