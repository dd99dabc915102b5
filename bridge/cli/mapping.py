"""`inferpipe-bridge mapping`: which versions there are, and taking a file that waits into service by hand."""

import uuid
from typing import Any

import click

from bridge.cli import desk
from bridge.cli.desk import Desk
from bridge.errors import BridgeError
from bridge.rulebook import proposals, versions
from bridge.rulebook.versions import Service, Stored
from scim.ports import Tx


@click.group()
def mapping() -> None:
    """The versions of a connection's mapping file. The database says which one is in service, not the file."""


@mapping.command()
@click.argument("connection")
@desk.as_json
def history(connection: str, as_json: bool) -> None:
    """Every version that was ever in service for CONNECTION."""

    async def work(at: Desk) -> tuple[list[Stored], Service | None]:
        at.connection(connection)
        return await at.database.read(lambda tx: (versions.history(tx, connection), versions.service(tx, connection)))

    found, service = desk.at_desk(work)
    current = service.version if service else None
    if as_json:
        desk.print_json([_as_dict(one, current) for one in found])
        return
    rows = [("version", "taken", "by", "file", "")]
    rows += [
        (str(one.number), desk.clock_of(one.taken), one.actor, one.file, "in service" if one.number == current else "")
        for one in found
    ]
    click.echo("\n".join(desk.columns(rows, indent="")) if found else "No version yet.")


@mapping.command()
@click.argument("connection")
@desk.as_json
def activate(connection: str, as_json: bool) -> None:
    """Take the file of CONNECTION into service now, as `mapping: {activate: by_hand}` wants it."""

    async def work(at: Desk) -> int:
        settings, now = at.connection(connection), at.now()
        proposal = proposals.read(at.settings.bridge.config, settings)
        if proposal is None:
            file = proposals.mapping_file(at.settings.bridge.config, connection)
            raise BridgeError("mapping_missing", f"{connection} has no mapping file.", hint=f"Write {file}.")
        if not proposal.checked.ok:
            problems = "\n".join(str(one) for one in proposal.checked.problems if one.severity == "error")
            raise BridgeError("mapping_refused", f"The file is not taken:\n{problems}")
        batch = uuid.uuid4().hex

        def take(tx: Tx) -> int:
            versions.ensure(tx, connection, settings.clerk_instance)
            versions.lock(tx, connection)
            return proposals.take(tx, proposal, now=now, actor=at.actor, batch=batch)

        return await at.database.write(take)

    number = desk.at_desk(work)
    if as_json:
        desk.print_json({"connection": connection, "version": number})
    else:
        click.echo(f"{connection}: version {number} is in service.")


def _as_dict(one: Stored, current: int | None) -> dict[str, Any]:
    return {
        "version": one.number,
        "in_service": one.number == current,
        "taken": one.taken,
        "actor": one.actor,
        "file": one.file,
        "digest": one.digest,
    }
