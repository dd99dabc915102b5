"""`make bench`: CPU per request against a floor of the same run, on SQLite and PostgreSQL; what it costs to decide, to
preview, and to sign in.

The other benchmarks are commands of their own: bench.kill9, bench.outage, bench.tenants.
"""

import asyncio
import sys

import click

from bench import cores
from bench.acs import sign_ins
from bench.decisions import decisions
from bench.figures import NO_2XX, figures
from bench.kinds import KINDS
from bench.peers import scratch
from bench.previews import previews
from bench.profiled import COMMAND, profile
from bench.report import Report, say
from bench.scene import ENGINES, Loaded, load, on, scene

SIGN_INS = 200  # people who sign in


@click.command()
@click.option("--users", default=100_000, show_default=True, help="People in the directory, a multiple of 1,000.")
@click.option("--rounds", default=5, show_default=True, help="Rounds that count, after one that warms up.")
@click.option("--requests", default=1_000, show_default=True, help="Requests of each kind, server and round.")
@click.option("--engine", "engines", multiple=True, type=click.Choice(ENGINES), help="Only there; both without it.")
@click.option("--profile", "kind", type=click.Choice([kind.name for kind in KINDS]), help="Where its CPU goes; no figures.")
@click.option("--quick", is_flag=True, help="A short run on few people, to see that it works: no bar is judged.")
def main(users: int, rounds: int, requests: int, engines: tuple[str, ...], kind: str | None, quick: bool) -> None:
    """Prints every figure beside its bar; exit code 1 if one is missed."""
    if quick:
        users, rounds, requests = 1_000, 1, 50
    report = Report()
    with cores.apart(), scratch() as folder:
        say(f"loading {users} people")
        loaded = asyncio.run(load(folder, users))
        for engine in engines or ENGINES:
            with on(engine, loaded) as url:
                if kind is None:
                    previews(loaded, url, report)
                    asyncio.run(_measure(loaded, url, report, rounds, requests))
                else:
                    asyncio.run(_profile(loaded, url, kind))
            if kind is None:
                sign_ins(report, engine, 10 if quick else SIGN_INS)
    if kind is None:
        decisions(report)
        sys.exit(_quick(report) if quick else report.end("every bar holds"))


async def _measure(loaded: Loaded, url: str, report: Report, rounds: int, requests: int) -> None:
    async with scene(loaded, url) as both:
        await figures(both, report, rounds=rounds, requests=requests)


async def _profile(loaded: Loaded, url: str, kind: str) -> None:
    into = loaded.folder / "profile"
    async with scene(loaded, url, serve=(*COMMAND, str(into))) as both:
        await profile(both, kind, into)


def _quick(report: Report) -> int:
    """Few requests tell nothing about a bar, but a refused one is one too many."""
    refused = [problem for problem in report.problems if NO_2XX in problem]
    return Report(refused).end("every request got its 2xx; for the bars, run it without --quick")


if __name__ == "__main__":
    main()
