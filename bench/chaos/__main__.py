"""`python -m bench.chaos [--seeds 1-300] [--database-url …] [--quick]`: so many runs, some of them at once; any that fails
tells its story."""

import asyncio
import shutil
import signal
import sys
from collections import Counter
from pathlib import Path

import click

from bench.chaos.life import Outcome
from bench.chaos.run import run
from bench.peers import execute, named, postgresql, scratch
from bench.report import Report, say, table
from bridge.store.migrate import migrate

_TEMPLATE = "chaos_template"


async def every(seeds: list[int], url: str, folder: Path, *, jobs: int, rounds: int, acts: int) -> list[Outcome]:
    """Each seed on a database and in a folder of its own."""
    turns = asyncio.Semaphore(jobs)

    async def one(seed: int) -> Outcome:
        async with turns:
            name, place = f"chaos_{seed}", folder / str(seed)
            await execute(url, f"DROP DATABASE IF EXISTS {name}")
            await execute(url, f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
            shutil.rmtree(place, ignore_errors=True)  # of an earlier run that was kept
            place.mkdir(parents=True)
            outcome = await run(seed, place, named(url, name), rounds=rounds, acts=acts)
            await execute(url, f"DROP DATABASE {name} WITH (FORCE)")
            _tell(outcome)
            return outcome

    return await asyncio.gather(*(one(seed) for seed in seeds))


def _tell(outcome: Outcome) -> None:
    say(f"seed {outcome.seed}: {outcome.seconds:.1f} s, {'ok' if not outcome.problems else 'FAILED'}")
    if outcome.problems:
        for line in outcome.story:
            say(f"    {line}")
        for problem in outcome.problems:
            say(f"  ! {problem}")


def _show(outcomes: list[Outcome]) -> None:
    words: Counter[str] = sum((one.words for one in outcomes), Counter())
    rows = [
        ("runs", len(outcomes)),
        ("  that failed", sum(bool(one.problems) for one in outcomes)),
        ("acts of IdPs and admins", sum(one.acts for one in outcomes)),
        ("hand edits and sign-ins in Clerk", sum(one.hands for one in outcomes)),
        ("kill -9", sum(one.kills for one in outcomes)),
        ("faults ordered", sum(one.faults for one in outcomes)),
        ("rows judged", sum(one.judged for one in outcomes)),
        ("  with more than one end allowed", sum(one.open for one in outcomes)),
        ("seconds of a run", f"{sum(one.seconds for one in outcomes) / len(outcomes):.1f}"),
        *((f"  {word} at the end", times) for word, times in sorted(words.items())),
    ]
    table(("chaos", ""), rows)


def _seeds(text: str) -> list[int]:
    """`1-300`, `7`, `3,5,9-11`."""
    parts = [part.partition("-") for part in text.split(",")]
    return [seed for first, _, last in parts for seed in range(int(first), int(last or first) + 1)]


def _prepare(url: str) -> None:
    for statement in (f"DROP DATABASE IF EXISTS {_TEMPLATE}", f"CREATE DATABASE {_TEMPLATE}"):
        asyncio.run(execute(url, statement))
    migrate(named(url, _TEMPLATE))


@click.command()
@click.option("--seeds", default="1-300", show_default=True, help="Such as 1-300 or 3,5,9-11.")
@click.option("--jobs", default=2, show_default=True, help="So many runs at once.")
@click.option("--rounds", default=3, show_default=True, help="Bursts of a run, each judged when all is at rest.")
@click.option("--acts", default=25, show_default=True, help="Of IdPs, admins and hands in Clerk, in a burst.")
@click.option("--database-url", default="", help="A PostgreSQL server to make databases on; our own without it.")
@click.option("--quick", is_flag=True, help="10 seeds, 2 short rounds each.")
@click.option("--keep", type=click.Path(file_okay=False, path_type=Path), help="Run in this folder, and leave it.")
def main(seeds: str, jobs: int, rounds: int, acts: int, database_url: str, quick: bool, keep: Path | None) -> None:
    """Random changes, hand edits, faults and deaths; exit code 1 if Clerk is ever not as the model allows."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what was started is ended, however we are
    chosen = list(range(1, 11)) if quick else _seeds(seeds)
    size = {"jobs": jobs, "rounds": 2, "acts": 12} if quick else {"jobs": jobs, "rounds": rounds, "acts": acts}
    with scratch() as temporary:
        folder = keep or temporary
        if database_url:
            outcomes = _all(chosen, database_url, folder, size)
        else:
            with postgresql() as url:
                asyncio.run(_careless(url))
                outcomes = _all(chosen, url, folder, size)
    _show(outcomes)
    problems = [f"seed {one.seed}: {problem}" for one in outcomes for problem in one.problems]
    sys.exit(Report(problems).end("Clerk is as decided, but for what the model foretells; nothing foreign was touched"))


def _all(seeds: list[int], url: str, folder: Path, size: dict[str, int]) -> list[Outcome]:
    _prepare(url)
    return asyncio.run(every(seeds, url, folder, **size))


async def _careless(url: str) -> None:
    """Nothing here has to survive a power cut."""
    for setting in ("fsync", "full_page_writes"):
        await execute(url, f"ALTER SYSTEM SET {setting} = off")
    await execute(url, "SELECT pg_reload_conf()")


if __name__ == "__main__":
    main()
