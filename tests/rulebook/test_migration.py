"""Migrations 0006 and 0007: nobody is lost, what was in service stays, and a file that had its turn is not taken again."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from bridge.people import accounts, persons
from bridge.rulebook import versions
from bridge.store.database import open_database
from bridge.store.migrate import config, migrate, sqlite_engine
from scim.ports import Tx

BEFORE = (
    """INSERT INTO connection (name, clerk_instance, mapping_version, file_digest, file_problem) VALUES
      ('acme', 'main', 2, 'refused', 'line 7 is wrong'), ('new', 'main', NULL, NULL, NULL)""",
    """INSERT INTO mapping_version (connection, version, digest, text, file, taken, actor) VALUES
      ('acme', 1, 'one', 'a', 'f', 10, 'system'), ('acme', 2, 'two', 'b', 'f', 20, 'cli:ada')""",
    """INSERT INTO person (clerk_instance, id, clerk_user, names, wanted, applied) VALUES
      ('main', 'person_a', 'user_a', '["Ada", "Doe"]', 3, 2)""",
    """INSERT INTO account (connection, subject, email, email_key, state, person, created, changed)
      SELECT 'acme', 's', 'ada@acme.example', 'ada@acme.example', 'active', pk, 0, 0 FROM person""",
)


@pytest.fixture(params=["sqlite", "postgresql"])
def of_0005(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database as version 0005 left it, in use."""
    if request.param == "sqlite":
        path = tmp_path / "bridge.db"
        with sqlite_engine(path).connect() as connection:
            _as_it_was(connection)
        yield f"sqlite:///{path}"
    else:
        make: Callable[[], str] = request.getfixturevalue("postgresql_empty")
        url = make()
        asyncio.run(_on_postgresql(url))
        yield url


def _as_it_was(connection: Connection) -> None:
    command.upgrade(config(connection), "0005")
    for statement in BEFORE:
        connection.exec_driver_sql(statement)
    connection.commit()


async def _on_postgresql(url: str) -> None:
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://"), poolclass=NullPool)
    async with engine.connect() as opened:
        await opened.run_sync(_as_it_was)
    await engine.dispose()


def _migrated(url: str, read: Callable[[Tx], Any]) -> Any:
    async def look() -> Any:
        store = open_database(url)
        found = await store.read(read)
        await store.close()
        return found

    migrate(url)
    return asyncio.run(look())


def test_versions_in_service_are_kept_with_their_time_and_a_refusal_is_judged_anew(of_0005: str) -> None:
    acme, new, history = _migrated(
        of_0005, lambda tx: (versions.service(tx, "acme"), versions.service(tx, "new"), versions.history(tx, "acme"))
    )
    assert acme == versions.Service("acme", 2, 20, "cli:ada", "two", None)
    assert new == versions.Service("new", None, None, None, None, None)
    assert [(one.number, one.before, one.rules) for one in history] == [(1, None, None), (2, 1, None)]


def test_people_and_their_accounts_and_marks_are_kept(of_0005: str) -> None:
    people, theirs = _migrated(of_0005, lambda tx: (persons.page(tx, "main", 0, 9), accounts.page_of(tx, "acme", 0, 9)))
    (ada,) = people
    assert (ada.id, ada.clerk_user, ada.names, ada.locale) == ("person_a", "user_a", ("Ada", "Doe"), None)
    assert (ada.wanted, ada.applied, theirs) == (3, 2, [ada.pk])
