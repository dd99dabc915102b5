"""Migration 0006 makes SQLite's table of persons anew: nothing of it may be lost, nor any key be given twice."""

import sqlite3
from pathlib import Path

from alembic import command

from bridge.store.migrate import config, migrate, sqlite_engine


def test_a_key_of_somebody_who_is_gone_is_not_given_again(tmp_path: Path) -> None:
    path = tmp_path / "bridge.db"
    with sqlite_engine(path).connect() as connection:
        command.upgrade(config(connection), "0005")
        connection.commit()
    _run(path, "INSERT INTO person (clerk_instance, id, names) VALUES ('main', 'a', '[1, 2]'), ('main', 'b', NULL)")
    _run(path, "INSERT INTO account (connection, state, person, created, changed) VALUES ('acme', 'active', 1, 0, 0)")
    _run(path, "DELETE FROM person WHERE id = 'b'")
    migrate(f"sqlite:///{path}")
    _run(path, "INSERT INTO person (clerk_instance, id, locale) VALUES ('main', 'c', 'de-DE')")
    assert _all(path, "SELECT pk, id, names, locale FROM person ORDER BY pk") == [
        (1, "a", "[1, 2]", None),
        (3, "c", None, "de-DE"),
    ]
    assert _all(path, "SELECT person FROM account") == [(1,)]
    assert _all(path, "PRAGMA foreign_key_check") == []


def test_even_if_nobody_is_left(tmp_path: Path) -> None:
    path = tmp_path / "bridge.db"
    with sqlite_engine(path).connect() as connection:
        command.upgrade(config(connection), "0005")
        connection.commit()
    _run(path, "INSERT INTO person (clerk_instance, id) VALUES ('main', 'a')")
    _run(path, "DELETE FROM person")
    migrate(f"sqlite:///{path}")
    _run(path, "INSERT INTO person (clerk_instance, id) VALUES ('main', 'b')")
    assert _all(path, "SELECT pk FROM person") == [(2,)]


def _run(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement)
    connection.close()


def _all(path: Path, statement: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    found = connection.execute(statement).fetchall()
    connection.close()
    return found
