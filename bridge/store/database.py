"""The one door to the database: `point`, `read` and `write` over SQLite or PostgreSQL.

A store verb is a synchronous, re-runnable ``f(tx)``: it may run more than once, so it has no I/O, clock or ids of its own.
"""

from collections.abc import AsyncGenerator, Callable
from typing import Protocol, TypeVar

from bridge.store.postgresql import PostgresDatabase
from bridge.store.sqlite import SqliteDatabase
from bridge.store.url import sqlite_file
from scim.ports import Tx

T = TypeVar("T")


class Database(Protocol):
    """What every room above the store sees of it. What the database refuses is a `StoreError`."""

    engine: str

    async def point(self, read: Callable[[Tx], T]) -> T:
        """A read bounded by an index."""

    async def read(self, read: Callable[[Tx], T]) -> T:
        """A read of any size, in one snapshot."""

    def steps(self, step: Callable[[Tx], T | None]) -> AsyncGenerator[T, None]:
        """What `step` gives, one after the other until None, in one snapshot; close the generator to let go of it."""

    async def write(self, work: Callable[[Tx], T]) -> T:
        """One transaction; returns after the commit. A cancelled caller doesn't cancel it."""

    async def close(self) -> None:
        """Finish what is queued and let go."""


def open_database(url: str) -> Database:
    """The door for ``sqlite:///file`` or ``postgresql://…``. Opens files, not connections; run migrations first."""
    path = sqlite_file(url)
    if path is None:
        return PostgresDatabase(url)
    path.parent.mkdir(parents=True, exist_ok=True)
    return SqliteDatabase(path)
