"""The SQLite door: one writer thread that groups commits, reads of one row on the loop's own thread.

WAL with synchronous=FULL: an answer leaves only after the commit is on disk; up to 64 writes share one fsync. A group
that fails is rolled back and rerun one by one, so one caller's conflict costs nobody else their write.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy.dialects import sqlite
from sqlalchemy.sql import Executable

from bridge.store.statements import Statements, as_json_text

T = TypeVar("T")
GROUP = 64
BUSY_SECONDS = 30.0


class SqliteTx:
    """Statements on one raw sqlite3 connection; every result is fetched to its end."""

    __slots__ = ("_connection", "_statements")

    def __init__(self, connection: sqlite3.Connection, statements: Statements) -> None:
        self._connection = connection
        self._statements = statements

    def one(self, statement: Executable, **values: Any) -> Any | None:
        rows = self.all(statement, **values)
        return rows[0] if rows else None

    def all(self, statement: Executable, **values: Any) -> list[Any]:
        compiled = self._statements(statement)
        return self._connection.execute(compiled.sql, compiled.named(values)).fetchall()

    def run(self, statement: Executable, **values: Any) -> int:
        compiled = self._statements(statement)
        return self._connection.execute(compiled.sql, compiled.named(values)).rowcount

    def many(self, statement: Executable, rows: Iterable[Mapping[str, Any]]) -> None:
        compiled = self._statements(statement)
        self._connection.executemany(compiled.sql, [compiled.named(row) for row in rows])


@dataclass(slots=True)
class _Write:
    work: Callable[[SqliteTx], Any]
    done: "asyncio.Future[Any]"
    loop: asyncio.AbstractEventLoop
    result: Any = None
    error: BaseException | None = None


class SqliteDatabase:
    """See the module's docstring. `path` is the database file; its folder must exist."""

    engine = "sqlite"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._statements = Statements(sqlite.dialect(paramstyle="named"), as_json_text)  # type: ignore[no-untyped-call]
        self._reading: list[sqlite3.Connection] = []
        self._point = SqliteTx(self._connect(reading=True), self._statements)
        self._writes: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._serve, name="sqlite-writer", daemon=True)
        self._readers = ThreadPoolExecutor(2, "sqlite-reader")
        self._local = threading.local()
        self._writer.start()

    async def point(self, read: Callable[[SqliteTx], T]) -> T:
        """A read bounded by an index: on this thread, microseconds."""
        return read(self._point)

    async def read(self, read: Callable[[SqliteTx], T]) -> T:
        """A read of any size in one snapshot, in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._snapshot, read)

    async def write(self, work: Callable[[SqliteTx], T]) -> T:
        """Run `work` in a transaction; returns once it is durable. A cancelled caller doesn't cancel the write."""
        loop = asyncio.get_running_loop()
        item = _Write(work, loop.create_future(), loop)
        self._writes.put(item)
        return await asyncio.shield(item.done)  # type: ignore[no-any-return]

    async def close(self) -> None:
        self._writes.put(None)
        await asyncio.get_running_loop().run_in_executor(None, self._writer.join)
        self._readers.shutdown(wait=True)
        for connection in self._reading:
            connection.close()

    def _connect(self, *, reading: bool) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=512
        )
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA temp_store=MEMORY")
        if reading:
            connection.execute("PRAGMA query_only=ON")
            self._reading.append(connection)
        return connection

    def _snapshot(self, read: Callable[[SqliteTx], T]) -> T:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect(reading=True)
        connection.execute("BEGIN")
        try:
            return read(SqliteTx(connection, self._statements))
        finally:
            connection.execute("COMMIT")

    def _serve(self) -> None:
        connection = self._connect(reading=False)
        tx = SqliteTx(connection, self._statements)
        stopping = False
        while not stopping:
            first = self._writes.get()
            group = [] if first is None else [first]
            stopping = first is None
            while len(group) < GROUP and not stopping:
                try:
                    item = self._writes.get_nowait()
                except queue.Empty:
                    break
                stopping = item is None
                if item is not None:
                    group.append(item)
            if group:
                self._commit(connection, tx, group)
                _answer(group)
        connection.close()

    def _commit(self, connection: sqlite3.Connection, tx: SqliteTx, group: list[_Write]) -> None:
        try:
            connection.execute("BEGIN IMMEDIATE")
            for item in group:
                item.result = item.work(tx)
            connection.execute("COMMIT")
        except BaseException as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if len(group) == 1:
                group[0].error = error
                return
            for item in group:
                self._commit(connection, tx, [item])


def _answer(group: list[_Write]) -> None:
    """Wake each loop once for all of its writes."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Write]] = {}
    for item in group:
        by_loop.setdefault(item.loop, []).append(item)
    for loop, items in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_settle, items)


def _settle(items: list[_Write]) -> None:
    for item in items:
        if item.done.done():
            continue
        if item.error is not None:
            item.done.set_exception(item.error)
        else:
            item.done.set_result(item.result)
