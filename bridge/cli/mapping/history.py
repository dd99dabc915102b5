"""`inferpipe-bridge mapping history`: every version that was ever taken."""

from collections.abc import Sequence
from typing import Any

import click

from bridge.answers.mapping import Standing, standing
from bridge.cli import desk
from bridge.cli.desk import Desk
from bridge.cli.mapping.standing import lines
from bridge.rulebook import versions
from bridge.rulebook.versions import Stored
from scim.ports import Tx


@click.command()
@click.argument("connection")
@desk.as_json
def history(connection: str, as_json: bool) -> None:
    """Every version that was ever taken for CONNECTION, oldest first, and which one is in service since when."""

    async def work(at: Desk) -> tuple[Sequence[Stored], Standing]:
        at.connection(connection)

        def read(tx: Tx) -> tuple[Sequence[Stored], Standing]:
            return versions.history(tx, connection), standing(tx, at.settings, connection)

        return await at.database.read(read)

    found, now = desk.at_desk(work)
    if as_json:
        desk.print_json([_as_dict(one, now) for one in found])
        return
    rows: list[tuple[str, ...]] = [("version", "taken", "by", "rules", "replaced", "file", "")]
    rows += [_row(one, now) for one in found]
    click.echo("\n".join(desk.columns(rows, indent="")) if found else "No version yet.")
    for line in lines(connection, now.as_dict()):
        click.echo(line)


def _row(one: Stored, now: Standing) -> tuple[str, ...]:
    number, replaced = str(one.number), f"version {one.before}" if one.before else "-"
    rules = "-" if one.rules is None else str(one.rules)
    return number, desk.clock_of(one.taken), one.actor, rules, replaced, one.file, _serves(one, now)


def _serves(one: Stored, now: Standing) -> str:
    if one.number != now.version or now.since is None:
        return ""
    return f"in service since {desk.clock_of(now.since)}" + (f", by {now.actor}" if now.rolled_back else "")


def _as_dict(one: Stored, now: Standing) -> dict[str, Any]:
    serves = one.number == now.version
    return {
        "version": one.number,
        "in_service": serves,
        "since": now.since if serves else None,
        "served_by": now.actor if serves else None,
        "taken": one.taken,
        "actor": one.actor,
        "replaced": one.before,
        "rules": one.rules,
        "file": one.file,
        "digest": one.digest,
    }
