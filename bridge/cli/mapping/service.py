"""`inferpipe-bridge mapping activate` and `rollback`: which version decides, by hand."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import click

from bridge.answers import mapping
from bridge.cli import desk
from bridge.cli.desk import Desk
from bridge.counted import they
from bridge.errors import BridgeError
from bridge.rulebook import proposals, taking
from bridge.rulebook.taking import Served


@click.command()
@click.argument("connection")
@desk.as_json
def activate(connection: str, as_json: bool) -> None:
    """Take the file of CONNECTION into service now: one that waits for it, or that was rolled back from."""

    async def serve(at: Desk) -> Served:
        settings = at.connection(connection)
        proposal = proposals.read(at.settings.bridge.config, settings)
        if proposal is None:
            file = proposals.mapping_file(at.settings.bridge.config, connection)
            raise BridgeError("mapping_missing", f"{connection} has no mapping file.", hint=f"Write {file}.")
        return await taking.activate(at.database, settings, proposal, now=at.now(), actor=at.actor)

    _serve(serve, as_json, lambda file: f"Before the next one: inferpipe-bridge preview {file}")


@click.command()
@click.argument("connection")
@click.argument("version", type=click.IntRange(min=1), required=False)
@desk.as_json
def rollback(connection: str, version: int | None, as_json: bool) -> None:
    """Put VERSION of CONNECTION into service again, without it the one that the present one replaced.

    The file is left alone until its content changes; `mapping activate` takes it as it is.
    """

    async def serve(at: Desk) -> Served:
        return await taking.rollback(at.database, at.connection(connection), version, now=at.now(), actor=at.actor)

    _serve(
        serve,
        as_json,
        lambda file: (
            f"The file is left alone until it changes: mend it and see inferpipe-bridge preview {file}, "
            f"or take it as it is by inferpipe-bridge mapping activate {connection}."
        ),
    )


def _serve(serve: Callable[[Desk], Awaitable[Served]], as_json: bool, then: Callable[[Path], str]) -> None:
    async def work(at: Desk) -> tuple[Served, int, Path]:
        served = await serve(at)
        due = await at.database.read(lambda tx: mapping.people(tx, served.connection))
        return served, due, proposals.mapping_file(at.settings.bridge.config, served.connection)

    served, due, file = desk.at_desk(work)
    if as_json:
        desk.print_json(
            {
                "connection": served.connection,
                "version": served.version,
                "before": served.before,
                "due": due,
                "failing_tests": list(served.failing),
            }
        )
        return
    instead = f" instead of version {served.before}" if served.before else ""
    due_now = f"{they(due, 'is', 'are')} due"
    click.echo(f"{served.connection}: version {served.version} is in service{instead}; {due_now}.")
    for problem in served.failing:
        click.echo(f"its test fails by now: {problem}", err=True)
    click.echo("What of it is not done yet: inferpipe-bridge plan.")
    click.echo(then(file))
