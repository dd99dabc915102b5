"""Bring a database to the newest schema: alembic, under a lock, only when it is behind.

Runs at every start. One replica migrates, the others wait for it; a database that is current costs one query.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

_LOCK = 7_406_111  # any number: the advisory lock of migrations


def migrate(url: str) -> None:
    """Create or upgrade the schema at `url` (``sqlite:///…`` or ``postgresql://…``); blocks, so call it before serving."""
    if url.startswith("sqlite:"):
        _migrate_sqlite(Path(url.removeprefix("sqlite:///")))
    else:
        import asyncio  # noqa: PLC0415

        asyncio.run(_migrate_postgresql(url))


def _migrate_sqlite(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(f"sqlite:///{path}", poolclass=NullPool)
    with _file_lock(path.with_suffix(".migrating")), engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        upgrade(connection)


async def _migrate_postgresql(url: str) -> None:
    engine = create_async_engine("postgresql+asyncpg://" + url.partition("://")[2], poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.execute(sa.text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
        await connection.run_sync(upgrade)
    await engine.dispose()


def upgrade(connection: Connection) -> None:
    """Run what is missing on an open connection, and commit."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    if _current(connection) != ScriptDirectory.from_config(config).get_current_head():
        command.upgrade(config, "head")
    connection.commit()


def _current(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    row = connection.execute(sa.text("SELECT version_num FROM alembic_version")).first()
    return row[0] if row else None


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
