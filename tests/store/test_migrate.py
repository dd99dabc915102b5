"""Migrations: from nothing to the schema that the code declares, once, whoever else starts at the same moment."""

import asyncio
import re
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from bridge.errors import BridgeError
from bridge.store import migrations, schema
from bridge.store.migrate import migrate, sqlite_engine
from scim import tables

CATALOG = {
    "sqlite": ["SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version' ORDER BY name"],
    "postgresql": [
        """SELECT table_name, column_name, data_type, is_nullable, column_default, collation_name, is_identity
        FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'
        ORDER BY table_name, ordinal_position""",
        """SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'
        ORDER BY indexname""",
        """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version'
        ORDER BY 1, 2""",
    ],
}


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Makes databases without any table."""
    if request.param == "sqlite":
        yield lambda: f"sqlite:///{tmp_path / uuid.uuid4().hex}.db"
    else:
        yield request.getfixturevalue("postgresql_empty")


async def catalog(url: str, first: Callable[[Connection], None] = lambda _: None) -> list[list[str]]:
    """What the database itself says about its tables, columns, indexes and constraints."""

    def look(connection: Connection) -> list[list[str]]:
        first(connection)
        found = []
        for query in CATALOG[connection.dialect.name]:
            found.append([_settled(" ".join(map(str, row))) for row in connection.exec_driver_sql(query)])
        connection.commit()
        return found

    if url.startswith("sqlite:"):
        with sqlite_engine(Path(url.removeprefix("sqlite:///"))).connect() as connection:
            return look(connection)
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://"), poolclass=NullPool)
    async with engine.connect() as opened:
        found = await opened.run_sync(look)
    await engine.dispose()
    return found


def declare(connection: Connection) -> None:
    tables.metadata.create_all(connection)
    schema.metadata.create_all(connection)


def test_the_migrations_lead_to_the_schema_that_the_code_declares(
    empty_database: Callable[[], str],
) -> None:
    url = empty_database()
    migrate(url)
    declared, migrated = asyncio.run(catalog(empty_database(), declare)), asyncio.run(catalog(url))
    for expected, found in zip(declared, migrated, strict=True):
        assert found == expected


def test_replicas_that_start_together_migrate_once(empty_database: Callable[[], str]) -> None:
    url = empty_database()
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(migrate, [url] * 4)) == [None] * 4


def test_a_current_database_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "data" / "bridge.db"
    migrate(f"sqlite:///{path}")
    before = _changes(path)
    migrate(f"sqlite:///{path}")
    assert _changes(path) == before


def test_a_migration_that_is_killed_on_the_way_leaves_nothing(tmp_path: Path) -> None:
    engine = sqlite_engine(tmp_path / "bridge.db")
    with engine.connect() as connection:
        declare(connection)
        assert sa.inspect(connection).get_table_names()
    with engine.connect() as connection:
        assert sa.inspect(connection).get_table_names() == []


def _newer(path: Path, floor: str) -> str:
    """A database that a version of the far future has migrated; code from `floor` on may still use it."""
    url = f"sqlite:///{path}"
    migrate(url)
    with sqlite3.connect(path) as connection:
        connection.execute("ALTER TABLE person ADD COLUMN shoe_size BIGINT NOT NULL DEFAULT 42")
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.execute("UPDATE schema_floor SET revision = ?", [floor])
    connection.close()
    return url


def test_a_database_that_a_newer_version_took_something_from_is_refused_with_a_hint(tmp_path: Path) -> None:
    url = _newer(tmp_path / "bridge.db", "9000")
    with pytest.raises(BridgeError, match="9999") as caught:
        migrate(url)
    assert caught.value.code == "database_newer"


def test_a_database_that_a_newer_version_only_added_to_is_used_as_it_is(tmp_path: Path) -> None:
    url = _newer(tmp_path / "bridge.db", "0013")
    before = _changes(tmp_path / "bridge.db")
    migrate(url)
    assert _changes(tmp_path / "bridge.db") == before


def test_a_migration_that_takes_something_away_raises_the_floor() -> None:
    """Up to 0013 no two versions ran side by side."""
    folder = Path(migrations.__file__).parent / "versions"
    takes_away = re.compile(r"drop_|alter_column|rename_table|recreate|DELETE FROM|nullable=False(?![^)]*server_default)")
    for file in sorted(folder.glob("0*.py")):
        text = file.read_text(encoding="utf-8")
        added = re.sub(r"op\.create_table\(.*?\n    \)", "", text, flags=re.DOTALL)  # a new table may demand what it likes
        if file.name[:4] > "0013" and takes_away.search(added):
            assert "UPDATE schema_floor" in text, f"{file.name} breaks replicas of the version before"


def test_a_folder_whose_name_has_odd_characters_is_no_problem(tmp_path: Path) -> None:
    path = tmp_path / "50% of? all" / "bridge.db"
    migrate(f"sqlite:///{path}")
    assert path.exists()


def _changes(path: Path) -> Any:
    connection = sqlite3.connect(path)
    found = connection.execute("PRAGMA schema_version").fetchone(), connection.execute("PRAGMA data_version").fetchone()
    connection.close()
    return found, path.stat().st_size


def _settled(definition: str) -> str:
    """SQLite keeps the text it was given; white space, quotes, parentheses and the order of constraints mean nothing."""
    text = " ".join(definition.split()).replace("(false)", "false").replace('"', "")
    parts = re.split(r", | (?=\)(?: WITHOUT ROWID)?$)", text)
    return ", ".join(sorted(parts)) if "FOREIGN KEY" in text else text


def test_only_its_owner_may_read_the_database_file(tmp_path: Path) -> None:
    path = tmp_path / "bridge.db"
    migrate(f"sqlite:///{path}")
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE written (x)")
        modes = {file.stat().st_mode & 0o777 for file in tmp_path.glob("bridge.db*")}
    connection.close()
    assert modes == {0o600}
