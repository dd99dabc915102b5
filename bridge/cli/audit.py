"""`inferpipe-bridge audit`: who did what, and why; and whether the trail is whole."""

import asyncio
from functools import partial

import click
import orjson

from bridge.audit import events, seal
from bridge.audit.events import Event
from bridge.audit.key import sealing_key
from bridge.audit.seal import Verified
from bridge.cli import desk
from bridge.cli.desk import Desk

_POLL = 0.5  # seconds


@click.group(invoke_without_command=True)
@click.option("--connection", help="Only of this connection.")
@click.option("--person", help="Only about this person (an e-mail address or an id).")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="How many, newest last.")
@click.option("--follow", is_flag=True, help="Go on with what happens, once it is sealed.")
@desk.as_json
@click.pass_context
def audit(ctx: click.Context, connection: str | None, person: str | None, limit: int, follow: bool, as_json: bool) -> None:
    """The audit trail: every change with its actor and its reasons. --json prints one event a line."""
    if ctx.invoked_subcommand is not None:
        return

    async def work(at: Desk) -> None:
        if connection is not None:
            at.connection(connection)
        if person is not None:
            pk = await at.one_person(person)
            _print((await at.database.read(lambda tx: events.of_person(tx, pk, limit)))[::-1], as_json)
            return
        _print(await at.database.read(lambda tx: events.last(tx, connection, limit)), as_json)
        if follow:
            await _follow(at, [connection] if connection else list(at.settings.connections), as_json)

    desk.at_desk(work)


@audit.command()
@desk.as_json
def verify(as_json: bool) -> None:
    """Recompute every seal. Exit code 1: something was changed, removed or added behind our back."""

    async def work(at: Desk) -> list[Verified]:
        key = sealing_key(at.settings.bridge.audit_key, at.settings.bridge.data)
        return await at.database.read(lambda tx: seal.verify(tx, key))

    found = desk.at_desk(work)
    if as_json:
        rows = [
            {"connection": one.connection, "events": one.events, "seals": one.seals, "problem": one.problem} for one in found
        ]
        desk.print_json(rows)
    else:
        for one in found:
            verdict = f"BROKEN: {one.problem}" if one.problem else "whole"
            click.echo(f"{one.connection}: {one.events} events under {one.seals} seals, {verdict}")
        if not found:
            click.echo("Nothing is sealed yet.")
    if any(one.problem for one in found):
        raise SystemExit(1)


async def _follow(at: Desk, connections: list[str], as_json: bool) -> None:
    """Sealed events have a gapless number, so none is missed and none comes twice."""
    last = {name: await at.database.read(partial(events.newest, connection=name)) for name in connections}
    while True:
        for name in connections:
            found = await at.database.read(partial(events.after, connection=name, n=last[name]))
            _print(found, as_json)
            if found:
                last[name] = found[-1].n or last[name]
        await asyncio.sleep(_POLL)


def _print(found: list[Event], as_json: bool) -> None:
    for event in found:
        click.echo(orjson.dumps(event.as_dict()).decode() if as_json else _line(event))


def _line(event: Event) -> str:
    facts = " ".join(f"{key}={_short(value)}" for key, value in event.facts.items() if value not in (None, [], ""))
    about = f" {event.subject}" if event.subject else ""
    return f"{desk.clock_of(event.at)}  {event.connection}  {event.actor}  {event.action}{about}  {facts}".rstrip()


def _short(value: object) -> str:
    text = orjson.dumps(value).decode() if not isinstance(value, str) else value
    return text if len(text) <= 200 else text[:197] + "..."
