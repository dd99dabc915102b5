"""The PostgreSQL door: the same synchronous verbs on raw asyncpg, through SQLAlchemy's greenlet bridge.

READ COMMITTED; what can't be retried by the caller is retried here: deadlocks, serialization failures, and plans that
a migration made stale. Deadlines live in the database, because cancelling a query drops its connection.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import asyncpg
from sqlalchemy.dialects.postgresql import asyncpg as dialect
from sqlalchemy.sql import Executable
from sqlalchemy.util import await_only, greenlet_spawn

from bridge.store.statements import Statements

T = TypeVar("T")
TRIES = 5
RETRIED = (
    asyncpg.exceptions.DeadlockDetectedError,
    asyncpg.exceptions.SerializationError,
    asyncpg.exceptions.InvalidCachedStatementError,
)


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
        return await_only(self._connection.fetch(compiled.sql, *compiled.positional(values)))  # type: ignore[no-any-return]

    def run(self, statement: Executable, **values: Any) -> int:
        compiled = self._statements(statement)
        status: str = await_only(self._connection.execute(compiled.sql, *compiled.positional(values)))
        count = status.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    def many(self, statement: Executable, rows: Iterable[Mapping[str, Any]]) -> None:
        compiled = self._statements(statement)
        await_only(self._connection.executemany(compiled.sql, [compiled.positional(row) for row in rows]))


class PostgresDatabase:
    """See the module's docstring. `dsn` is a plain ``postgresql://`` address."""

    engine = "postgresql"

    def __init__(self, dsn: str, *, connections: int = 10) -> None:
        self._dsn = dsn
        self._connections = connections
        self._statements = Statements(dialect.dialect(), list)  # type: ignore[no-untyped-call]
        self._pool: Any = None
        self._opening = asyncio.Lock()

    async def point(self, read: Callable[[PostgresTx], T]) -> T:
        """A read bounded by an index."""
        async with (await self._connected()).acquire() as connection:
            return await self._retried(lambda: greenlet_spawn(read, PostgresTx(connection, self._statements)))

    async def read(self, read: Callable[[PostgresTx], T]) -> T:
        """A read of any size in one snapshot."""

        async def snapshot(connection: Any) -> T:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                return await greenlet_spawn(read, PostgresTx(connection, self._statements))

        async with (await self._connected()).acquire() as connection:
            return await self._retried(lambda: snapshot(connection))

    async def write(self, work: Callable[[PostgresTx], T]) -> T:
        """Run `work` in a transaction; returns after the commit. A cancelled caller doesn't cancel the write."""
        return await asyncio.shield(asyncio.ensure_future(self._write(work)))

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()

    async def _write(self, work: Callable[[PostgresTx], T]) -> T:
        async def transaction(connection: Any) -> T:
            async with connection.transaction():
                return await greenlet_spawn(work, PostgresTx(connection, self._statements))

        async with (await self._connected()).acquire() as connection:
            return await self._retried(lambda: transaction(connection))

    async def _retried(self, attempt: Callable[[], Any]) -> Any:
        for tried in range(1, TRIES + 1):
            try:
                return await attempt()
            except RETRIED:
                if tried == TRIES:
                    raise
                await asyncio.sleep(0.01 * 2**tried)
        raise AssertionError("unreachable")

    async def _connected(self) -> Any:
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._dsn,
                    min_size=1,
                    max_size=self._connections,
                    server_settings={
                        "application_name": "inferpipe-bridge",
                        "statement_timeout": "30000",
                        "lock_timeout": "10000",
                        "idle_in_transaction_session_timeout": "30000",
                    },
                )
        return self._pool
