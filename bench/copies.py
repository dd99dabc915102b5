"""A database copied whole: beside itself on its engine, and from SQLite into PostgreSQL, so that both have one directory."""

import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import Boolean, Table

from bench.peers import execute, named
from bridge.store import schema
from bridge.store.url import sqlite_file
from scim import tables as directory

_SET = "SELECT setval(pg_get_serial_sequence('{table}', 'pk'), (SELECT COALESCE(max(pk), 1) FROM {table}))"


async def beside(url: str, name: str) -> str:
    """The address of a copy called `name` on the same engine; nobody may be writing to `url`."""
    path = sqlite_file(url)
    if path is None:
        await execute(named(url, "postgres"), f"CREATE DATABASE {name} TEMPLATE {_database(url)}")
        return named(url, name)
    copy = path.with_name(f"{name}.db")
    with closing(sqlite3.connect(path)) as source:
        source.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(path, copy)
    return f"sqlite:///{copy}"


async def carry(source: Path, url: str) -> None:
    """Every row of a SQLite database into an empty PostgreSQL database at the same schema, and what a planner must know."""
    connection = await asyncpg.connect(url)
    try:
        with closing(sqlite3.connect(source)) as rows:
            for table in _tables():
                names = [column.name for column in table.columns]
                await connection.copy_records_to_table(table.name, records=_rows(rows, table), columns=names)
                if "pk" in names:
                    await connection.execute(_SET.format(table=table.name))
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


def _tables() -> Iterable[Table]:
    """All but what the migrations of the target wrote themselves."""
    every = (*directory.metadata.sorted_tables, *schema.metadata.sorted_tables)
    return [table for table in every if table is not schema.schema_floor]


def _rows(source: sqlite3.Connection, table: Table) -> Iterator[tuple[Any, ...]]:
    """SQLite has no booleans, and answers numbers for them."""
    flags = {place for place, column in enumerate(table.columns) if isinstance(column.type, Boolean)}
    names = ", ".join(column.name for column in table.columns)
    for row in source.execute(f"SELECT {names} FROM {table.name}"):
        yield tuple(bool(value) if place in flags and value is not None else value for place, value in enumerate(row))


def _database(url: str) -> str:
    return url.partition("?")[0].rsplit("/", 1)[1]
