"""`inferpipe-bridge status`: how things stand."""

from typing import Any

import click

from bridge.answers.status import status as read_status
from bridge.cli import desk
from bridge.cli.desk import Desk
from bridge.cli.mapping import standing
from bridge.counted import they


@click.command()
@desk.as_json
def status(as_json: bool) -> None:
    """Connections, what is due, held and blocked, and the last thing that went wrong."""

    async def work(at: Desk) -> dict[str, Any]:
        return await at.database.read(lambda tx: read_status(tx, at.settings, "main", now=at.now()))

    found = desk.at_desk(work)
    if as_json:
        desk.print_json(found)
        return
    rows: list[tuple[str, ...]] = [("connection", "provider", "mode", "people", "mapping", "tokens", "last request")]
    rows += [_row(one) for one in found["connections"]]
    click.echo("\n".join(desk.columns(rows, indent="")))
    for one in found["connections"]:
        for line in standing.lines(one["name"], one["mapping"]):
            click.echo(line)
        for warning in one["saml"]["warnings"] if one["saml"] else ():
            click.echo(f"{one['name']}: {warning}")
    click.echo(f"due {found['due']}, held {found['held']}, Clerk: {found['clerk']}")
    click.echo("  ".join(f"{state} {count}" for state, count in sorted(found["states"].items())) or "nobody has a role yet")
    for one in found["blocked"]:
        wait = they(one["people"], "waits", "wait")
        click.echo(f"blocked: {one['workspace']}, {wait}: {one['sentence']} ({one['code']})")
    if found["last_error"]:
        error = found["last_error"]
        click.echo(f"last error at {desk.clock_of(error['at'])}: {error['sentence']} ({error['code']})")


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    known = f"{one['active']} active" + (f", {one['inactive']} inactive" if one["inactive"] else "")
    mapping = one["mapping"]
    version = f"version {mapping['version']} since {desk.clock_of(mapping['since'])}" if mapping["version"] else "none"
    last = desk.clock_of(one["last_request"]) if one["last_request"] else "never"
    return one["name"], one["provider"], one["mode"], known, version, str(one["tokens"]), last
