"""The sandbox's own database: one SQLite file that only this process opens.

A write is committed before it is answered; a `kill -9` of this process loses nothing that was.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bridge.sandbox.clerk import schema

# exclusive: a second sandbox on the same folder fails at its start, and reads need no shared memory; what is in the
# write-ahead log has left this process, so only an outage of the machine itself can lose the last commits
_PRAGMAS = "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
_PATIENCE = 2  # seconds for a sandbox that is just stopping to let go of the file
_KNOWS_ROLES = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'roles'"

Row = tuple[Any, ...]


class Store:
    """A connection and its transactions; `version` counts the commits of this process."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.version = 0
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=_PATIENCE, cached_statements=512)
        try:
            self._connection.executescript(_PRAGMAS)
            self._connection.executescript(self._setup())
        except sqlite3.Error:
            self._connection.close()
            raise

    def one(self, sql: str, *values: object) -> Row | None:
        """The first row, if there is one."""
        row: Row | None = self._connection.execute(sql, values).fetchone()
        return row

    def all(self, sql: str, *values: object) -> list[Row]:
        """Every row."""
        return self._connection.execute(sql, values).fetchall()

    def count(self, sql: str, *values: object) -> int:
        """The number that a `SELECT count(*) …` yields."""
        return int(self._connection.execute(sql, values).fetchone()[0])

    def run(self, sql: str, *values: object) -> int:
        """Change rows; says how many."""
        return self._connection.execute(sql, values).rowcount

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing; committed when the block ends."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.rollback()
            raise
        self.version += 1

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    def _setup(self) -> str:
        """What makes this file, new or of an earlier version, one of this version."""
        earlier = self.count("PRAGMA user_version") == 0 and self.one(_KNOWS_ROLES) is not None
        upgrade = schema.FROM_VERSION_0 if earlier else ""
        return f"BEGIN IMMEDIATE;{schema.SCHEMA}{upgrade}{schema.INDEXES}PRAGMA user_version={schema.VERSION};COMMIT;"
