"""`inferpipe-bridge mapping diff` and `show`: what a version says, and how it differs from another or from the file."""

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

from bridge.cli import desk
from bridge.cli.desk import Desk
from bridge.errors import BridgeError
from bridge.rulebook import proposals, taking, versions
from scim.ports import Tx


@dataclass(frozen=True, slots=True)
class _Side:
    name: str
    text: str


@click.command()
@click.argument("connection")
@click.argument("older", type=click.IntRange(min=1), required=False)
@click.argument("newer", type=click.IntRange(min=1), required=False)
@desk.as_json
def diff(connection: str, older: int | None, newer: int | None, as_json: bool) -> None:
    """How the version OLDER of CONNECTION (the one in service without it) differs from NEWER (the file without it)."""

    async def work(at: Desk) -> tuple[_Side, _Side]:
        at.connection(connection)
        one = await at.database.read(lambda tx: _version(tx, connection, older))
        return one, await _other(at, connection, newer)

    one, other = desk.at_desk(work)
    found = _unified(one, other)
    if as_json:
        desk.print_json({"connection": connection, "from": one.name, "to": other.name, "same": not found, "diff": found})
        return
    for line in found:
        click.echo(_coloured(line))
    if not found:
        click.echo(f"{one.name} and {other.name} are the same.")


@click.command()
@click.argument("connection")
@click.argument("version", type=click.IntRange(min=1), required=False)
@desk.as_json
def show(connection: str, version: int | None, as_json: bool) -> None:
    """The text of a VERSION of CONNECTION, the one in service without it; into a file, `preview` can judge it."""

    async def work(at: Desk) -> _Side:
        at.connection(connection)
        return await at.database.read(lambda tx: _version(tx, connection, version))

    found = desk.at_desk(work)
    if as_json:
        desk.print_json({"connection": connection, "name": found.name, "text": found.text})
    else:
        click.echo(found.text, nl=False)


async def _other(at: Desk, connection: str, newer: int | None) -> _Side:
    if newer is not None:
        return await at.database.read(lambda tx: _version(tx, connection, newer))
    path = proposals.mapping_file(at.settings.bridge.config, connection)
    data = proposals.content(path)
    if data is None:
        raise BridgeError("mapping_missing", f"{connection} has no mapping file.", hint=f"Write {path}, or name a version.")
    return _Side(str(path), data.decode("utf-8", errors="replace"))


def _version(tx: Tx, connection: str, number: int | None) -> _Side:
    if number is None:
        serving = versions.in_service(tx, connection)
        if serving is None:
            raise BridgeError("mapping_version_unknown", f"Nothing is in service for {connection} yet.")
        number, _ = serving
    return _Side(f"version {number}", taking.stored(tx, connection, number).text)


def _unified(one: _Side, other: _Side) -> list[str]:
    """Lines without their ends, so that a last line without one is no trouble."""
    return list(difflib.unified_diff(one.text.splitlines(), other.text.splitlines(), one.name, other.name, lineterm=""))


def _coloured(line: str) -> str:
    style: dict[str, Any] = next((style for begins, style in _STYLES if begins(line)), {})
    return click.style(line, **style) if style else line


def _begins(*heads: str) -> Callable[[str], bool]:
    return lambda line: line.startswith(heads)


_STYLES = (
    (_begins("---", "+++"), {"bold": True}),
    (_begins("@@"), {"fg": "cyan"}),
    (_begins("-"), {"fg": "red"}),
    (_begins("+"), {"fg": "green"}),
)
