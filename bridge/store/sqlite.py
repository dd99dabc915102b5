"""The SQLite door: one writer thread that groups commits, reads of one row on the loop's own thread.

WAL with synchronous=FULL: an answer leaves only after the commit is on disk; up to 64 writes share one fsync. Work that
fails before it wrote anything costs the others nothing; after it wrote, the group is rolled back and rerun around it.
"""

import asyncio
import queue
import sqlite3
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy.dialects import sqlite
from sqlalchemy.sql import Executable

from bridge.store.errors import closed, refuse, translated
from bridge.store.statements import Statements, as_json_text
from scim.ports import Write

T = TypeVar("T")
GROUP = 64
IDLE = 4  # connections kept for those who read on in one snapshot
BUSY_SECONDS = 30.0  # the CLI may write beside a running service


def statements() -> Statements:
    """The compiler of this engine's statements."""
    return Statements(sqlite.dialect(paramstyle="named"), as_json_text)


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

    def together(self, *writes: Write) -> list[int]:
        return [self.run(statement, **values) for statement, values in writes]

    def moment(self) -> object | None:
        """Changes when anybody else commits; a connection counts for itself, so it belongs to the value."""
        return id(self._connection), self._connection.execute("PRAGMA data_version").fetchone()[0]

    def many(self, statement: Executable, rows: Iterable[Mapping[str, Any]]) -> None:
        compiled = self._statements(statement)
        self._connection.executemany(compiled.sql, [compiled.named(row) for row in rows])


@dataclass(slots=True)
class _Write:
    work: Callable[[SqliteTx], Any]
    done: "asyncio.Future[Any] | None"
    loop: asyncio.AbstractEventLoop
    result: Any = None
    error: BaseException | None = None


class _Failed(Exception):
    """Work number `place` of a group failed after it had written."""

    def __init__(self, place: int) -> None:
        super().__init__(place)
        self.place = place


class SqliteDatabase:
    """See the module's docstring. `path` is the database file; its folder must exist."""

    engine = "sqlite"

    def __init__(self, path: Path, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self._path = path
        self._busy_seconds = busy_seconds
        self._statements = statements()
        self._closed = False
        self._reading: list[sqlite3.Connection] = []
        self._idle: deque[sqlite3.Connection] = deque()
        self._point = SqliteTx(self._connect(reading=True), self._statements)
        self._writes: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._writing = self._connect(reading=False)
        self._writer = threading.Thread(target=self._serve, name="sqlite-writer", daemon=True)
        self._readers = ThreadPoolExecutor(2, "sqlite-reader")
        self._local = threading.local()
        self._writer.start()

    async def point(self, read: Callable[[SqliteTx], T]) -> T:
        """A read bounded by an index: on this thread, microseconds."""
        self._open()
        try:
            return read(self._point)
        except sqlite3.OperationalError as error:
            refuse(error)

    async def read(self, read: Callable[[SqliteTx], T]) -> T:
        """A read of any size in one snapshot, in a thread."""
        self._open()
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._snapshot, read)

    async def steps(self, step: Callable[[SqliteTx], T | None]) -> AsyncGenerator[T, None]:
        """What `step` gives until None, each asked for in a thread; one connection keeps the snapshot for all."""
        self._open()
        loop = asyncio.get_running_loop()
        connection = await loop.run_in_executor(self._readers, self._begun)
        tx = SqliteTx(connection, self._statements)
        asked: asyncio.Future[T | None] | None = None
        try:
            while True:
                asked = loop.run_in_executor(self._readers, step, tx)
                found = await asyncio.shield(asked)
                if found is None:
                    return
                yield found
        except sqlite3.OperationalError as error:
            refuse(error)
        finally:
            if asked is None or asked.done():
                self._put_back(connection)
            else:  # we were cancelled, and a thread still reads
                asked.add_done_callback(lambda _: self._put_back(connection))

    async def write(self, work: Callable[[SqliteTx], T]) -> T:
        """Run `work` in a transaction; returns once it is durable. A cancelled caller doesn't cancel the write."""
        self._open()
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._writes.put(_Write(work, done, loop))
        try:
            return await asyncio.shield(done)
        finally:
            del done  # an error knows this frame; if the frame knew it too, both would wait for the garbage collector

    async def close(self) -> None:
        """Finish the writes that were handed in, refuse later ones, and let go of the file."""
        if self._closed:
            return
        self._closed = True
        self._writes.put(None)
        await asyncio.get_running_loop().run_in_executor(None, self._writer.join)
        self._readers.shutdown(wait=True)
        for connection in self._reading:
            connection.close()

    def _open(self) -> None:
        if self._closed:
            raise closed()

    def _connect(self, *, reading: bool) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(
                self._path,
                timeout=self._busy_seconds,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=64 if reading else 128,  # filters of clients are among those that read
            )
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA temp_store=MEMORY")
        except sqlite3.OperationalError as error:
            refuse(error)
        if reading:
            connection.execute("PRAGMA query_only=ON")
            self._reading.append(connection)
        return connection

    def _put_back(self, connection: sqlite3.Connection) -> None:
        if self._closed:
            return  # `close` lets go of every connection
        _roll_back(connection)
        if len(self._idle) < IDLE:
            self._idle.append(connection)
        else:
            self._reading.remove(connection)
            connection.close()

    def _begun(self) -> sqlite3.Connection:
        """A connection with a snapshot of its own, for as long as somebody reads on."""
        connection = self._idle.pop() if self._idle else self._connect(reading=True)
        connection.execute("BEGIN")
        return connection

    def _snapshot(self, read: Callable[[SqliteTx], T]) -> T:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect(reading=True)
        connection.execute("BEGIN")
        try:
            return read(SqliteTx(connection, self._statements))
        except sqlite3.OperationalError as error:
            refuse(error)
        finally:
            _roll_back(connection)

    def _serve(self) -> None:
        """The writer thread, until the last write before `close`."""
        while self._next_group():
            pass
        self._writing.close()

    def _next_group(self) -> bool:
        """Take what waits, commit it as one, answer. A frame of its own, so that nothing of a write outlives its answer."""
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
            self._commit(group)
            _answer(group)
        return not stopping

    def _commit(self, group: list[_Write]) -> None:
        """Never raises: whatever goes wrong is the error of those it concerns, so nobody waits for ever."""
        try:
            self._attempt(group)
        except _Failed as failed:
            _roll_back(self._writing)
            parts = group[: failed.place], [group[failed.place]], group[failed.place + 1 :]
            for part in parts if len(group) > 1 else ():
                if part:
                    self._commit(part)
        except BaseException as error:
            _roll_back(self._writing)
            for item in group:
                item.result, item.error = None, translated(error)

    def _attempt(self, group: list[_Write]) -> None:
        connection = self._writing
        tx = SqliteTx(connection, self._statements)
        connection.execute("BEGIN IMMEDIATE")
        for place, item in enumerate(group):
            item.result = item.error = None
            untouched = connection.total_changes
            try:
                item.result = item.work(tx)
            except BaseException as error:
                item.error = _deliverable(translated(error))
                if connection.total_changes != untouched or not connection.in_transaction:
                    raise _Failed(place) from error
        connection.execute("COMMIT")


def _roll_back(connection: sqlite3.Connection) -> None:
    """End a transaction that is to leave nothing; some errors have ended it already."""
    if connection.in_transaction:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")


def _deliverable(error: BaseException) -> BaseException:
    """A future refuses StopIteration, which would leave its caller waiting."""
    if not isinstance(error, StopIteration):
        return error
    wrapped = RuntimeError("a store verb let StopIteration escape")
    wrapped.__cause__ = error
    return wrapped


def _answer(group: list[_Write]) -> None:
    """Wake each loop once for all of its writes; a loop that is gone has nobody waiting."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Write]] = {}
    for item in group:
        by_loop.setdefault(item.loop, []).append(item)
    for loop, items in by_loop.items():
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_settle, items)


def _settle(items: list[_Write]) -> None:
    """Each item lets go of what it hands over: an error's frames know the item, and whatever its request was about."""
    for item in items:
        done, item.done, error, item.error = item.done, None, item.error, None
        if done is None or done.done():
            continue
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(item.result)
