"""What only the SQLite door does: many writes in one commit, and what happens to the others when one fails."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bridge.store.errors import StoreError
from bridge.store.sqlite import SqliteDatabase
from scim.ports import Tx

ADD = text("INSERT INTO thing (name) VALUES (:name)")
NAMES = text("SELECT name FROM thing ORDER BY rowid")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "things.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE thing (name TEXT UNIQUE)")
        connection.execute("CREATE TABLE part (of TEXT REFERENCES thing (name))")
    connection.close()
    return path


@pytest.fixture
async def door(path: Path) -> AsyncIterator[SqliteDatabase]:
    door = SqliteDatabase(path, busy_seconds=0.05)
    yield door
    await door.close()


class Counted:
    """Work that adds a row, or fails before or after it did; counts how often it ran."""

    def __init__(self, name: str, *, fails: str | None = None, error: BaseException | None = None) -> None:
        self.name, self.fails, self.error, self.runs = name, fails, error or LookupError(name), 0

    def __call__(self, tx: Tx) -> str:
        self.runs += 1
        if self.fails == "before":
            raise self.error
        tx.run(ADD, name=self.name)
        if self.fails == "after":
            raise self.error
        return self.name


async def in_one_group(door: SqliteDatabase, works: list[Any]) -> list[Any]:
    """The results of writes that the writer thread finds waiting together."""
    gate, busy, loop = threading.Event(), asyncio.Event(), asyncio.get_running_loop()

    def occupy(tx: Tx) -> None:
        loop.call_soon_threadsafe(busy.set)
        gate.wait(10)

    first = asyncio.ensure_future(door.write(occupy))
    await busy.wait()
    rest = [asyncio.ensure_future(door.write(work)) for work in works]
    await asyncio.sleep(0)
    gate.set()
    await first
    return await asyncio.gather(*rest, return_exceptions=True)


async def names(door: SqliteDatabase) -> list[str]:
    return [row["name"] for row in await door.point(lambda tx: tx.all(NAMES))]


async def test_writes_that_wait_together_share_a_commit(door: SqliteDatabase) -> None:
    commits: list[str] = []
    door._writing.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None)
    await in_one_group(door, [Counted(f"{n:02}") for n in range(60)])
    assert await names(door) == [f"{n:02}" for n in range(60)]
    assert len(commits) == 2  # the gate's own and one for all


async def test_work_that_fails_before_it_wrote_costs_the_others_nothing(door: SqliteDatabase) -> None:
    works = [Counted(f"{n:02}", fails="before" if n % 5 == 0 else None) for n in range(60)]
    results = await in_one_group(door, works)
    assert [work.runs for work in works] == [1] * 60
    assert [isinstance(result, LookupError) for result in results] == [n % 5 == 0 for n in range(60)]
    assert await names(door) == [f"{n:02}" for n in range(60) if n % 5]


async def test_work_that_fails_after_it_wrote_is_undone_alone(door: SqliteDatabase) -> None:
    works = [Counted(f"{n:02}", fails="after" if n in {7, 30} else None) for n in range(60)]
    commits: list[str] = []
    door._writing.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None)
    results = await in_one_group(door, works)
    assert [n for n, result in enumerate(results) if isinstance(result, LookupError)] == [7, 30]
    assert await names(door) == [f"{n:02}" for n in range(60) if n not in {7, 30}]
    assert max(work.runs for work in works) == 2
    assert len(commits) == 1 + 3  # the gate's own, and the three stretches between the failures


async def test_a_group_in_which_all_fail_ends_with_an_error_for_each(door: SqliteDatabase) -> None:
    works = [Counted(f"{n:02}", fails="after") for n in range(64)]
    results = await in_one_group(door, works)
    assert all(isinstance(result, LookupError) for result in results)
    assert max(work.runs for work in works) <= 2
    assert await names(door) == []


async def test_a_row_that_exists_already_is_the_error_of_its_own_writer(door: SqliteDatabase) -> None:
    results = await in_one_group(door, [Counted("a"), Counted("a"), Counted("b")])
    assert [type(result) for result in results] == [str, sqlite3.IntegrityError, str]
    assert await names(door) == ["a", "b"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1), GeneratorExit(), MemoryError()])
async def test_an_interruption_inside_work_reaches_its_caller_and_the_door_lives_on(
    door: SqliteDatabase, error: BaseException
) -> None:
    with pytest.raises(type(error)):
        await door.write(Counted("a", fails="after", error=error))
    await door.write(Counted("b"))
    assert await names(door) == ["b"]


async def test_a_stop_iteration_inside_work_does_not_hang_its_caller(door: SqliteDatabase) -> None:
    with pytest.raises(RuntimeError, match="StopIteration"):
        await door.write(lambda tx: next(iter(tx.all(NAMES))))


async def test_a_commit_that_fails_is_an_error_for_each_of_the_group(door: SqliteDatabase) -> None:
    door._writing.execute("PRAGMA foreign_keys=ON")

    def orphan(tx: Tx) -> None:
        tx.run(text("PRAGMA defer_foreign_keys=ON"))
        tx.run(text("INSERT INTO part (of) VALUES ('nothing')"))

    results = await in_one_group(door, [Counted("a"), orphan, Counted("b", fails="before")])
    assert [type(result) for result in results] == [sqlite3.IntegrityError] * 3
    await door.write(Counted("c"))
    assert await names(door) == ["c"]


async def test_a_full_disk_is_a_store_error_and_writing_goes_on_when_there_is_room(door: SqliteDatabase) -> None:
    pages = door._writing.execute("PRAGMA page_count").fetchone()[0]
    door._writing.execute(f"PRAGMA max_page_count={pages}")
    big = Counted("x" * 100_000)
    results = await in_one_group(door, [Counted("a"), big, Counted("b")])
    assert results[0] == "a"
    assert results[2] == "b"
    assert isinstance(results[1], StoreError)
    assert results[1].code == "database_full"
    door._writing.execute("PRAGMA max_page_count=1073741823")
    await door.write(big)


async def test_a_lock_that_another_process_keeps_is_waited_for_once_and_an_error_for_each(
    door: SqliteDatabase, path: Path
) -> None:
    begun: list[str] = []
    door._writing.set_trace_callback(lambda sql: begun.append(sql) if sql.startswith("BEGIN") else None)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    results = await asyncio.gather(*[door.write(Counted(f"{n}")) for n in range(40)], return_exceptions=True)
    other.execute("ROLLBACK")
    other.close()
    assert {getattr(result, "code", None) for result in results} == {"database_busy"}
    assert len(begun) <= 2  # whoever came first, and all that came while it waited
    await door.write(Counted("after"))
    assert await names(door) == ["after"]


async def test_the_disk_has_an_answered_write(door: SqliteDatabase) -> None:
    def level(tx: Tx) -> tuple[int, str]:
        return tx.one(text("PRAGMA synchronous"))["synchronous"], tx.one(text("PRAGMA journal_mode"))["journal_mode"]

    assert await door.write(level) == (2, "wal")  # FULL


async def test_a_folder_that_can_not_be_opened_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="can't be opened"):
        SqliteDatabase(tmp_path / "missing" / "bridge.db")
