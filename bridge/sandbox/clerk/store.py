"""The sandbox's own database: one SQLite file that only this process opens.

Rows keep the very bytes that are answered, beside the few columns that are searched; so a read builds nothing anew.
A write is committed before it is answered; a `kill -9` of this process loses nothing that was.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, external_id TEXT UNIQUE,
  username TEXT UNIQUE COLLATE NOCASE, email TEXT, first_name TEXT, last_name TEXT, banned INTEGER NOT NULL,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, last_active_at INTEGER, last_sign_in_at INTEGER,
  public BLOB NOT NULL, doc BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS users_by_age ON users (created_at, seq);
CREATE TABLE IF NOT EXISTS emails (
  id TEXT PRIMARY KEY, address TEXT NOT NULL UNIQUE, user_id TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS emails_of_user ON emails (user_id);
CREATE TABLE IF NOT EXISTS organizations (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, slug TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
  max_members INTEGER NOT NULL, created_at INTEGER NOT NULL, doc BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS memberships (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, organization_id TEXT NOT NULL, user_id TEXT NOT NULL,
  role TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  public_metadata BLOB NOT NULL, private_metadata BLOB NOT NULL, UNIQUE (organization_id, user_id));
CREATE INDEX IF NOT EXISTS memberships_of_user ON memberships (user_id);
CREATE INDEX IF NOT EXISTS memberships_of_organization ON memberships (organization_id, created_at, seq);
CREATE INDEX IF NOT EXISTS memberships_by_age ON memberships (created_at, seq);
CREATE INDEX IF NOT EXISTS memberships_by_role ON memberships (role, organization_id, created_at, seq);
CREATE TABLE IF NOT EXISTS sessions (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, user_id TEXT NOT NULL, client_id TEXT NOT NULL,
  live INTEGER NOT NULL, expires_at INTEGER NOT NULL, doc BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS sessions_of_user ON sessions (user_id, live, expires_at);
CREATE INDEX IF NOT EXISTS sessions_of_client ON sessions (client_id);
CREATE TABLE IF NOT EXISTS permissions (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
  created_at INTEGER NOT NULL, doc BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS roles (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
  created_at INTEGER NOT NULL, assignable INTEGER NOT NULL, governs INTEGER NOT NULL, permission_keys BLOB NOT NULL,
  doc BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS sign_in_tokens (
  id TEXT PRIMARY KEY, user_id TEXT NOT NULL, organization_id TEXT, expires_at INTEGER NOT NULL, doc BLOB NOT NULL)
  WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS instance (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
# exclusive: a second sandbox on the same folder fails at its start, and reads need no shared memory; what is in the
# write-ahead log has left this process, so only an outage of the machine itself can lose the last commits
_SETUP = f"""PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;
  BEGIN IMMEDIATE;{_SCHEMA}COMMIT;"""
_PATIENCE = 2  # seconds for a sandbox that is just stopping to let go of the file
TABLES = ("users", "emails", "organizations", "memberships", "sessions", "permissions", "roles", "sign_in_tokens")

Row = tuple[Any, ...]


class Store:
    """A connection and its transactions; `version` counts the commits of this process."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.version = 0
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=_PATIENCE, cached_statements=512)
        try:
            self._connection.executescript(_SETUP)
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
