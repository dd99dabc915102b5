"""The PostgreSQL door: the same synchronous verbs on raw asyncpg, through SQLAlchemy's greenlet bridge.

READ COMMITTED; what can't be retried by the caller is retried here: deadlocks, serialization failures, keys that another
transaction took meanwhile, and plans that a migration made stale. Deadlines live in the database, because cancelling a
query costs a connection.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import cache, partial
from typing import Any, TypeVar

import asyncpg
from sqlalchemy.dialects.postgresql import asyncpg as dialect
from sqlalchemy.sql import Executable
from sqlalchemy.util import await_only, greenlet_spawn

from bridge.store.connections import Connections
from bridge.store.errors import closed, refuse
from bridge.store.statements import Statements
from scim.ports import Write

T = TypeVar("T")
TRIES = 5
_PARAMETER = re.compile(r"\$(\d+)")
RETRIED = (
    asyncpg.exceptions.DeadlockDetectedError,
    asyncpg.exceptions.SerializationError,
    asyncpg.exceptions.InvalidCachedStatementError,
    asyncpg.exceptions.UniqueViolationError,  # the key was free when it was looked at; run again, its new owner is seen
)
SETTINGS = {
    "application_name": "inferpipe-bridge",
    "statement_timeout": "30000",
    "lock_timeout": "10000",
    "idle_in_transaction_session_timeout": "30000",
}


def statements() -> Statements:
    """The compiler of this engine's statements."""
    return Statements(dialect.dialect(), list)  # type: ignore[no-untyped-call]


class PostgresTx:
    """Statements on one asyncpg connection, called from inside a greenlet."""

    __slots__ = ("_connection", "_statements")

    def __init__(self, connection: Any, statements: Statements) -> None:
        self._connection = connection
        self._statements = statements

    def one(self, statement: Executable, **values: Any) -> Any | None:
        compiled = self._statements(statement)
        return await_only(self._connection.fetchrow(compiled.sql, *compiled.positional(values)))

    def all(self, statement: Executable, **values: Any) -> list[Any]:
        compiled = self._statements(statement)
        rows: list[Any] = await_only(self._connection.fetch(compiled.sql, *compiled.positional(values)))
        return rows

    def run(self, statement: Executable, **values: Any) -> int:
        compiled = self._statements(statement)
        status: str = await_only(self._connection.execute(compiled.sql, *compiled.positional(values)))
        count = status.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    def together(self, *writes: Write) -> list[int]:
        compiled = [(self._statements(statement), values) for statement, values in writes]
        sql = _together(tuple(one.sql for one, _ in compiled))
        values = [value for one, named in compiled for value in one.positional(named)]
        return list(await_only(self._connection.fetchrow(sql, *values)))

    def moment(self) -> object | None:
        return None

    def many(self, statement: Executable, rows: Iterable[Mapping[str, Any]]) -> None:
        compiled = self._statements(statement)
        await_only(self._connection.executemany(compiled.sql, [compiled.positional(row) for row in rows]))


@cache
def _together(parts: tuple[str, ...]) -> str:
    """Several statements as one: each a WITH query, which runs to its end whether it is read or not (PostgreSQL 7.8.4)."""
    queries, taken = [], 0
    for place, sql in enumerate(parts):
        queries.append(f"w{place} AS ({_PARAMETER.sub(partial(_moved, taken), sql)} RETURNING 1)")
        taken += max((int(number) for number in _PARAMETER.findall(sql)), default=0)
    counts = ", ".join(f"(SELECT count(*) FROM w{place}) AS n{place}" for place in range(len(parts)))  # noqa: S608 - numbers
    return f"WITH {', '.join(queries)} SELECT {counts}"


def _moved(taken: int, parameter: re.Match[str]) -> str:
    return f"${int(parameter[1]) + taken}"


class PostgresDatabase:
    """See the module's docstring. `dsn` is a plain ``postgresql://`` address."""

    engine = "postgresql"

    def __init__(self, dsn: str, *, connections: int = 10) -> None:
        self._connections = Connections(dsn, connections, SETTINGS)
        self._statements = statements()
        self._closed = False
        self._writes: set[asyncio.Task[Any]] = set()

    async def point(self, read: Callable[[PostgresTx], T]) -> T:
        """A read bounded by an index."""

        async def plain(connection: Any) -> T:
            result: T = await greenlet_spawn(read, PostgresTx(connection, self._statements))
            return result

        self._open()
        return await self._retried(plain)

    async def read(self, read: Callable[[PostgresTx], T]) -> T:
        """A read of any size in one snapshot."""

        async def snapshot(connection: Any) -> T:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                result: T = await greenlet_spawn(read, PostgresTx(connection, self._statements))
            return result

        self._open()
        return await self._retried(snapshot)

    async def steps(self, step: Callable[[PostgresTx], T | None]) -> AsyncGenerator[T, None]:
        """What `step` gives until None, in one snapshot. Not tried again: what was given out can't be taken back."""
        self._open()
        try:
            async with self._lent() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
                tx = PostgresTx(connection, self._statements)
                while (found := await greenlet_spawn(step, tx)) is not None:
                    yield found
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            refuse(error)

    async def write(self, work: Callable[[PostgresTx], T]) -> T:
        """Run `work` in a transaction; returns after the commit. A cancelled caller doesn't cancel the write."""

        async def transaction(connection: Any) -> T:
            async with connection.transaction():
                result: T = await greenlet_spawn(work, PostgresTx(connection, self._statements))
            return result

        self._open()
        task = asyncio.ensure_future(self._retried(transaction))
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)
        try:
            return await asyncio.shield(task)
        finally:
            del task  # an error knows this frame; if the frame knew it too, both would wait for the garbage collector

    async def close(self) -> None:
        """Finish the writes that were handed in, refuse later ones, and let go of the connections."""
        self._closed = True
        await asyncio.gather(*self._writes, return_exceptions=True)
        await self._connections.close()

    def _open(self) -> None:
        if self._closed:
            raise closed()

    async def _retried(self, attempt: Callable[[Any], Awaitable[T]]) -> T:
        """Each attempt has a connection of its own, so that nobody holds one while waiting for the next try."""
        for tried in range(1, TRIES):
            try:
                return await self._once(attempt)
            except RETRIED:
                await asyncio.sleep(0.01 * 2**tried)
        try:
            return await self._once(attempt)
        except RETRIED as error:
            refuse(error)

    async def _once(self, attempt: Callable[[Any], Awaitable[T]]) -> T:
        try:
            async with self._lent() as connection:
                return await attempt(connection)
        except RETRIED:
            raise
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            refuse(error)

    @asynccontextmanager
    async def _lent(self) -> AsyncGenerator[Any, None]:
        """A connection for a while. Whoever is cancelled may leave a query running on it, so it is not used again."""
        connection = await self._connections.take()
        try:
            yield connection
        except asyncio.CancelledError:
            connection.terminate()
            raise
        finally:
            self._connections.give_back(connection)
