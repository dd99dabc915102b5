"""The one door to the database: `point`, `read` and `write` over SQLite or PostgreSQL.

A store verb is a synchronous, re-runnable ``f(tx)``: it may run more than once, so it has no I/O, clock or ids of its own.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from bridge.errors import BridgeError
from bridge.store.postgresql import PostgresDatabase
from bridge.store.sqlite import SqliteDatabase
from scim.ports import Tx

T = TypeVar("T")


class Database(Protocol):
    """What every room above the store sees of it."""

    engine: str

    async def point(self, read: Callable[[Tx], T]) -> T:
        """A read bounded by an index."""

    async def read(self, read: Callable[[Tx], T]) -> T:
        """A read of any size, in one snapshot."""

    async def write(self, work: Callable[[Tx], T]) -> T:
        """One transaction; returns after the commit."""

    async def close(self) -> None:
        """Finish what is queued and let go."""


def open_database(url: str) -> Database:
    """The door for ``sqlite:///file`` or ``postgresql://…``. Opens files, not connections; run migrations first."""
    kind, _, rest = url.partition("://")
    if kind == "sqlite":
        path = Path(rest.removeprefix("/") if not rest.startswith("//") else rest[1:])
        path.parent.mkdir(parents=True, exist_ok=True)
        return SqliteDatabase(path)
    if kind in {"postgresql", "postgres"}:
        return PostgresDatabase(f"postgresql://{rest}")
    raise BridgeError(
        "database_url_unknown",
        f"The database URL starts with {kind!r}.",
        hint="Use sqlite:///FILE or postgresql://USER@HOST/NAME.",
    )
