"""Bring a database to the newest schema: alembic, under a lock, in one transaction, only when it is behind.

Runs at every start. One replica migrates, the others wait for it; a database that is current costs two small queries. A
process killed on the way leaves the schema as it was.
"""

import asyncio
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from bridge.errors import BridgeError
from bridge.store.url import sqlite_file

_LOCK = 7_406_111  # any number: the advisory lock of migrations


def migrate(url: str) -> None:
    """Create or upgrade the schema at `url` (``sqlite:///…`` or ``postgresql://…``); blocks, so call it before serving."""
    path = sqlite_file(url)
    if path is None:
        asyncio.run(_migrate_postgresql(url))
    else:
        _migrate_sqlite(path)


def upgrade(connection: Connection) -> None:
    """Run what is missing on an open connection, and commit it as one."""
    script = ScriptDirectory.from_config(config(connection))
    current = _current(connection)
    if current is not None and current not in {revision.revision for revision in script.walk_revisions()}:
        raise BridgeError(
            "database_newer",
            f"The database has the schema {current}, which this version does not know.",
            hint="A newer version of the bridge has used it. Start that version, or restore a backup from before.",
        )
    if current != script.get_current_head():
        command.upgrade(config(connection), "head")
    connection.commit()


def config(connection: Connection) -> Config:
    """alembic's view of our migrations, on a connection that is open."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    made.attributes["connection"] = connection
    return made


def sqlite_engine(path: Path) -> Engine:
    """An engine whose schema changes are transactions, which Python's driver alone does not give."""
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)), poolclass=NullPool)
    sa.event.listen(engine, "connect", _without_legacy_transactions)
    sa.event.listen(engine, "begin", _begin_immediate)
    return engine


def _migrate_sqlite(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)  # people's data; SQLite gives its other files the same mode
    with _file_lock(path.with_suffix(".migrating")), sqlite_engine(path).connect() as connection:
        upgrade(connection)


async def _migrate_postgresql(url: str) -> None:
    async def connect() -> Any:
        return await asyncpg.connect(url)

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.execute(sa.text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
            await connection.run_sync(upgrade)
    finally:
        await engine.dispose()


def _current(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    row = connection.execute(sa.text("SELECT version_num FROM alembic_version")).first()
    return row[0] if row else None


def _without_legacy_transactions(connection: Any, _: Any) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA busy_timeout=30000")
    connection.execute("PRAGMA journal_mode=WAL")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
