"""What only the PostgreSQL door does: trying again, deadlines in the database, a pool that outlives its callers."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.util import await_only

from bridge.store.errors import StoreError
from bridge.store.postgresql import PostgresDatabase
from scim.ports import Tx

SETUP = "CREATE TABLE thing (name TEXT PRIMARY KEY, n BIGINT NOT NULL DEFAULT 0)"
ADD = text("INSERT INTO thing (name) VALUES (:name)")
RAISE = text("UPDATE thing SET n = n + 1 WHERE name = :name")
ALL = text("SELECT * FROM thing ORDER BY name")
SLEEP = text("SELECT pg_sleep(30)")
PATIENCE = text("SET LOCAL deadlock_timeout = '5ms'")
DEADLINE = text("SET LOCAL statement_timeout = '20ms'")


@pytest.fixture
async def address(postgresql_database: str) -> str:
    connection = await asyncpg.connect(postgresql_database)
    await connection.execute(SETUP)
    await connection.execute("INSERT INTO thing (name) VALUES ('a'), ('b')")
    await connection.close()
    return postgresql_database


@pytest.fixture
async def door(address: str) -> AsyncIterator[PostgresDatabase]:
    door = PostgresDatabase(address, connections=4)
    yield door
    await door.close()


async def test_two_writes_that_deadlock_both_succeed(door: PostgresDatabase) -> None:
    both = asyncio.Barrier(2)
    runs: list[str] = []

    def work(first: str, second: str) -> Any:
        def run(tx: Tx) -> None:
            runs.append(first)
            tx.run(PATIENCE)
            tx.run(RAISE, name=first)
            if len(runs) <= 2:
                await_only(both.wait())
            tx.run(RAISE, name=second)

        return run

    await asyncio.gather(door.write(work("a", "b")), door.write(work("b", "a")))
    assert len(runs) == 3
    assert [row["n"] for row in await door.point(lambda tx: tx.all(ALL))] == [2, 2]


async def test_a_serialization_failure_is_tried_again(door: PostgresDatabase) -> None:
    runs: list[int] = []

    def work(tx: Tx) -> None:
        runs.append(1)
        tx.run(RAISE, name="a")
        if len(runs) < 3:
            raise asyncpg.exceptions.SerializationError("could not serialize access")

    await door.write(work)
    assert [row["n"] for row in await door.point(lambda tx: tx.all(ALL))] == [1, 0]


async def test_what_never_succeeds_ends_as_a_store_error(door: PostgresDatabase) -> None:
    def work(tx: Tx) -> None:
        raise asyncpg.exceptions.DeadlockDetectedError("deadlock detected")

    with pytest.raises(StoreError) as caught:
        await door.write(work)
    assert caught.value.code == "database_busy"


async def test_a_retry_waits_without_a_connection(address: str) -> None:
    door = PostgresDatabase(address, connections=1)
    runs: list[str] = []

    def failing(tx: Tx) -> None:
        runs.append("failing")
        if len(runs) == 1:
            raise asyncpg.exceptions.SerializationError("could not serialize access")

    failed = asyncio.ensure_future(door.write(failing))
    await asyncio.gather(failed, door.write(lambda tx: runs.append("other")))
    assert runs == ["failing", "other", "failing"]
    await door.close()


async def test_a_plan_that_a_migration_made_stale_is_made_anew(door: PostgresDatabase, address: str) -> None:
    async def everywhere() -> None:
        await asyncio.gather(*[door.point(lambda tx: tx.all(ALL)) for _ in range(8)])
        await door.write(lambda tx: tx.all(ALL))

    await everywhere()
    connection = await asyncpg.connect(address)
    await connection.execute("ALTER TABLE thing ADD COLUMN extra TEXT")
    await connection.close()
    await everywhere()


async def test_the_database_ends_what_takes_too_long(door: PostgresDatabase) -> None:
    def work(tx: Tx) -> None:
        tx.run(DEADLINE)
        tx.all(SLEEP)

    with pytest.raises(StoreError) as caught:
        await door.write(work)
    assert caught.value.code == "database_busy"
    settings = await door.point(
        lambda tx: tx.one(text("SELECT current_setting('statement_timeout') AS s, current_setting('lock_timeout') AS l"))
    )
    assert (settings["s"], settings["l"]) == ("30s", "10s")


async def test_callers_who_go_away_leave_the_pool_whole(door: PostgresDatabase) -> None:
    begun: asyncio.Queue[None] = asyncio.Queue()

    def slow(tx: Tx) -> None:
        begun.put_nowait(None)
        tx.all(SLEEP)

    waiting = [asyncio.ensure_future(door.read(slow)) for _ in range(12)]
    for _ in range(4):  # as many as the pool has
        await begun.get()
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    results = await asyncio.gather(*[door.write(lambda tx: tx.run(RAISE, name="a")) for _ in range(12)])
    assert results == [1] * 12


async def test_a_write_goes_on_while_its_caller_is_gone(door: PostgresDatabase) -> None:
    gate, entered = asyncio.Event(), asyncio.Event()

    def work(tx: Tx) -> None:
        entered.set()
        await_only(gate.wait())
        tx.run(ADD, name="c")

    task = asyncio.ensure_future(door.write(work))
    await entered.wait()
    task.cancel()
    gate.set()
    await door.close()
    assert task.cancelled()


async def test_a_constraint_is_the_bug_of_its_writer_and_keeps_its_name(door: PostgresDatabase) -> None:
    with pytest.raises(asyncpg.UniqueViolationError):
        await door.write(lambda tx: tx.run(ADD, name="a"))


async def test_a_server_that_does_not_answer_is_a_store_error(unused_tcp_port: int) -> None:
    door = PostgresDatabase(f"postgresql://nobody@127.0.0.1:{unused_tcp_port}/nothing")
    with pytest.raises(StoreError) as caught:
        await door.point(lambda tx: tx.one(ALL))
    assert caught.value.code == "database_unreachable"
    await door.close()


async def test_a_database_that_does_not_exist_is_a_store_error(address: str) -> None:
    door = PostgresDatabase(address.replace("/t_", "/missing_t_"))
    with pytest.raises(StoreError) as caught:
        await door.point(lambda tx: tx.one(ALL))
    assert caught.value.code == "database_refused"
