"""What commands share: the settings, an open database, the actor, and output for people or for scripts."""

import asyncio
import getpass
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bridge.audit import events
from bridge.audit.events import Event
from bridge.clock import epoch_ms
from bridge.errors import BridgeError
from bridge.people import find
from bridge.settings import ConnectionSettings, Settings, load
from bridge.store.database import Database, open_database
from bridge.store.migrate import migrate
from scim.ports import Tx

T = TypeVar("T")
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")


class Desk:
    """Settings, the database and who is at the keyboard."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self.database = database
        self.actor = f"cli:{user()}"
        self.now = epoch_ms

    def connection(self, name: str) -> ConnectionSettings:
        """A connection by name, or a sentence that lists them."""
        return connection_of(self.settings, name)

    async def one_person(self, text: str) -> int:
        """The one person that a word of an admin means."""
        found = await self.database.read(lambda tx: find.persons(tx, text))
        if not found:
            raise BridgeError("person_unknown", f"Nobody here is known as {text}.", hint="Give an e-mail address or an id.")
        if len(found) > 1:
            shown = "\n  ".join(f"{one.id}  {one.accounts}" for one in found)
            raise BridgeError("person_ambiguous", f"{text} may mean {len(found)} people:\n  {shown}", hint="Give one's id.")
        return found[0].pk

    async def record(self, connection: str, action: str, *, subject: str | None = None) -> None:
        """An audit event of its own, for what changed no row."""
        event = Event(connection, self.now(), self.actor, action, subject=subject)
        await self.database.write(lambda tx: events.record(tx, event))


def settings() -> Settings:
    """The settings that BRIDGE_CONFIG and the environment give."""
    known = load(Path(os.environ.get("BRIDGE_CONFIG") or "config"), os.environ)
    for problem in known.warnings:
        click.echo(str(problem), err=True)
    return known


def connection_of(known: Settings, name: str) -> ConnectionSettings:
    if name not in known.connections:
        names = ", ".join(known.connections) or "none"
        raise BridgeError("connection_unknown", f"There is no connection {name}.", hint=f"Known: {names}.")
    return known.connections[name]


def of_connection(connection: str | None, read: Callable[[Tx, str | None], T]) -> tuple[T, int]:
    """What `read` finds of a connection, which must be one, or of all; and when that was, in epoch ms."""

    async def work(at: Desk) -> tuple[T, int]:
        if connection is not None:
            at.connection(connection)
        return await at.database.read(lambda tx: read(tx, connection)), at.now()

    return at_desk(work)


def at_desk(work: Callable[[Desk], Awaitable[T]]) -> T:
    """Run a command's work with an open, migrated database."""
    known = settings()
    migrate(known.bridge.database_url)

    async def run() -> T:
        async with opened(known) as desk:
            return await work(desk)

    return asyncio.run(run())


@asynccontextmanager
async def opened(known: Settings) -> AsyncIterator[Desk]:
    database = open_database(known.bridge.database_url)
    try:
        yield Desk(known, database)
    finally:
        await database.close()


def user() -> str:
    """The name behind the keyboard; containers may have none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return str(os.getuid())


def print_json(value: Any) -> None:
    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode())


def console() -> Console:
    """For tables and colours; plain where nobody is watching."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else 160)


@contextmanager
def progress(label: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on stderr while a terminal is attached; yields a function that moves it on."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda step: bar.advance(task, step)


def clock_of(at: int) -> str:
    """A moment as people in this timezone read it: the time today, else the date too."""
    import datetime  # noqa: PLC0415

    then, today = datetime.datetime.fromtimestamp(at / 1000).astimezone(), datetime.datetime.now().astimezone()
    return then.strftime("%H:%M") if then.date() == today.date() else then.strftime("%-d %b %Y %H:%M")


def day_of(at: int) -> str:
    """The day of a moment: ``3 Nov``, with the year where it is another one."""
    import datetime  # noqa: PLC0415

    then, today = datetime.datetime.fromtimestamp(at / 1000).astimezone(), datetime.datetime.now().astimezone()
    return then.strftime("%-d %b") if then.year == today.year else then.strftime("%-d %b %Y")


def columns(rows: Iterable[Sequence[str]], indent: str = "  ") -> list[str]:
    """Rows as aligned lines; the last column is as long as it is."""
    table = [list(row) for row in rows]
    if not table:
        return []
    widths = [max(len(row[at]) for row in table) for at in range(len(table[0]) - 1)]
    return [
        (indent + "  ".join([*(cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=True)), row[-1]])).rstrip()
        for row in table
    ]
