"""Bring a database to the newest schema: alembic, under a lock, in one transaction, only when it is behind.

Runs at every start. One replica migrates, the others wait for it; a database that is current costs two small queries. A
process killed on the way leaves the schema as it was.

A migration only adds, so that replicas of the version before go on beside the first new one. What must take something away
comes a version later and raises `schema_floor`: code older than that is refused.
"""

import asyncio
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import sqlalchemy as sa
import structlog
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from bridge.errors import BridgeError
from bridge.store.url import sqlite_file

log = structlog.get_logger()
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
    current, head = _current(connection), script.get_current_head()
    if current is not None and current not in {revision.revision for revision in script.walk_revisions()}:
        _must_carry(connection, current, str(head))
        return
    if current != head:
        command.upgrade(config(connection), "head")
    connection.commit()


def _must_carry(connection: Connection, current: str, ours: str) -> None:
    """A newer version has migrated: may our code run on it?"""
    floor = _one(connection, "schema_floor", "SELECT revision FROM schema_floor")
    if floor is None or floor > ours:
        raise BridgeError(
            "database_newer",
            f"The database has the schema {current}, which this version does not know.",
            hint="A newer version of the bridge has used it. Start that version, or restore a backup from before.",
        )
    log.warning("a newer version of the bridge has used this database; we go on beside it", schema=current, ours=ours)


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
    return _one(connection, "alembic_version", "SELECT version_num FROM alembic_version")


def _one(connection: Connection, table: str, query: str) -> str | None:
    """The one value there is, if there is such a table."""
    row = connection.execute(sa.text(query)).first() if sa.inspect(connection).has_table(table) else None
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
