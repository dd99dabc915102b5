"""What scim needs from its host, as protocols.

scim hands out verbs ``f(tx, connection, …)``; the host opens the transaction, keeps the clock and the ids, and learns
from the returned `Change` what a write did. So the same verbs run on SQLite and PostgreSQL, behind any host.
"""

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from sqlalchemy.sql import Executable

from scim.change import Change

T = TypeVar("T")
Row = Mapping[str, Any]
Write = tuple[Executable, Mapping[str, Any]]
"""A statement that changes rows and returns none, and its values: to be run with others (`Tx.together`)."""


class Tx(Protocol):
    """One open transaction. Statements are module-level SQLAlchemy Core objects; rows answer ``row["column"]``."""

    def one(self, statement: Executable, **values: Any) -> Any | None:
        """The only row, or None."""

    def all(self, statement: Executable, **values: Any) -> list[Any]:
        """Every row, fetched to the end."""

    def run(self, statement: Executable, **values: Any) -> int:
        """Execute; returns the number of rows touched."""

    def together(self, *writes: Write) -> list[int]:
        """Execute all of them in one round trip; returns how many rows each of them touched. In no order: none may write
        or rest on a row that another writes."""

    def moment(self) -> object | None:
        """Equal for two reads between which nothing was written, anywhere; None where the engine can't tell."""

    def many(self, statement: Executable, rows: Iterable[Mapping[str, Any]]) -> None:
        """Execute once per row of values."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, for which connection, and under which request id. `subject`: the id of the user that the caller is."""

    connection: str
    actor: str
    request_id: str
    subject: str | None = None


class Door(Protocol):
    """The way to the database. Each callable may run more than once, so it does no I/O and has no clock or ids."""

    async def point(self, read: Callable[[Tx], T]) -> T:
        """A read bounded by an index."""

    async def read(self, read: Callable[[Tx], T]) -> T:
        """A read that may touch many rows."""

    def steps(self, step: Callable[[Tx], T | None]) -> AsyncGenerator[T, None]:
        """What `step` gives, one after the other, until None: in one snapshot, without holding more than one in memory."""

    async def change(self, caller: Caller, verb: Callable[[Tx], tuple[T, Change | None]]) -> T:
        """Run `verb` and record its `Change` in ONE transaction; returns after the commit."""
