"""Migration 0007: what was in service before it stays, and a file that had its turn is not taken again."""

import sqlite3
from pathlib import Path

from alembic import command

from bridge.rulebook import versions
from bridge.store.database import open_database
from bridge.store.migrate import config, migrate, sqlite_engine


async def test_versions_in_service_are_kept_with_their_time_and_a_refusal_is_judged_anew(tmp_path: Path) -> None:
    path = tmp_path / "bridge.db"
    with sqlite_engine(path).connect() as connection:
        command.upgrade(config(connection), "0006")
        connection.commit()
    row = "INSERT INTO mapping_version (connection, version, digest, text, file, taken, actor) VALUES"
    before = sqlite3.connect(path)
    with before:
        before.execute("INSERT INTO connection VALUES ('acme', 'main', 2, 'refused', 'line 7 is wrong', NULL)")
        before.execute("INSERT INTO connection (name, clerk_instance) VALUES ('new', 'main')")
        before.execute(f"{row} ('acme', 1, 'one', 'a', 'f', 10, 'system'), ('acme', 2, 'two', 'b', 'f', 20, 'cli:ada')")
    before.close()
    migrate(f"sqlite:///{path}")
    store = open_database(f"sqlite:///{path}")
    acme = await store.read(lambda tx: versions.service(tx, "acme"))
    new = await store.read(lambda tx: versions.service(tx, "new"))
    history = await store.read(lambda tx: versions.history(tx, "acme"))
    await store.close()
    assert acme == versions.Service("acme", 2, 20, "cli:ada", "two", None)
    assert new == versions.Service("new", None, None, None, None, None)
    assert [(one.number, one.before, one.rules) for one in history] == [(1, None, None), (2, 1, None)]
