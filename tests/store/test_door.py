"""The door's contract, the same on SQLite and PostgreSQL."""

import asyncio
import gc
import weakref
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.util import await_only

from bridge.errors import BridgeError
from bridge.store.database import Database, open_database
from bridge.store.errors import StoreError
from bridge.store.schema import token, workspace
from scim.ports import Tx
from scim.sql import each, texts, within

ADD = text("INSERT INTO workspace (clerk_instance, reference) VALUES ('main', :reference)")
ADD_NEW = text(
    """INSERT INTO workspace (clerk_instance, reference) VALUES ('main', :reference)
    ON CONFLICT (clerk_instance, reference) DO NOTHING"""
)
BLOCK = text("UPDATE workspace SET blocked_code = :code, blocked_sentence = :code WHERE reference = :name")
BLOCKED = text("SELECT blocked_code FROM workspace ORDER BY reference")
DROP = sa.delete(workspace).where(within(workspace.c.reference, texts("names")))
COUNT = text("SELECT count(*) AS n FROM workspace")
NAMES = text("SELECT reference FROM workspace ORDER BY reference")
WITHIN = (
    sa.select(sa.column("reference"))
    .select_from(sa.table("workspace", sa.column("reference")))
    .where(within(sa.column("reference", sa.Text), texts("wanted")))
    .order_by(sa.column("reference"))
)
EACH = sa.select(each(texts("wanted")).table_valued("value").c.value)
TOKEN = sa.insert(token)
TOKENS = text("SELECT id, digest, label, expires FROM token ORDER BY id")


def add(reference: str) -> Any:
    return lambda tx: tx.run(ADD, reference=reference)


def names(tx: Tx) -> list[str]:
    return [row["reference"] for row in tx.all(NAMES)]


async def test_an_acknowledged_write_is_there_for_everybody(store: Database, database_url: str) -> None:
    assert await store.write(add("a")) == 1
    other = open_database(database_url)
    assert await other.point(names) == ["a"]
    await other.close()


async def test_a_write_that_fails_leaves_nothing_and_tells_its_caller(store: Database) -> None:
    def work(tx: Tx) -> None:
        tx.run(ADD, reference="a")
        raise LookupError("no such user")

    with pytest.raises(LookupError, match="no such user"):
        await store.write(work)
    assert await store.point(names) == []


async def test_failures_among_many_writes_lose_nobody_elses(store: Database) -> None:
    def failing(number: int) -> Any:
        def work(tx: Tx) -> None:
            if number % 2:
                tx.run(ADD, reference=f"failed {number}")
            raise LookupError(number)

        return work

    tasks = [store.write(failing(n) if n % 3 == 0 else add(f"{n:03}")) for n in range(100)]
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(result, LookupError) for result in results] == [n % 3 == 0 for n in range(100)]
    assert await store.point(names) == [f"{n:03}" for n in range(100) if n % 3]


async def test_writes_of_two_processes_on_one_database_all_arrive(store: Database, database_url: str) -> None:
    other = open_database(database_url)
    await asyncio.gather(*[door.write(add(f"{door is store} {n}")) for n in range(60) for door in (store, other)])
    await other.close()
    assert await store.point(lambda tx: tx.one(COUNT)["n"]) == 120


async def test_a_caller_who_goes_away_does_not_take_the_write_along(store: Database) -> None:
    task = asyncio.ensure_future(store.write(add("a")))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await store.write(add("b"))
    await store.close()
    assert task.cancelled()


async def test_what_a_caller_left_behind_is_still_written(store: Database, database_url: str) -> None:
    task = asyncio.ensure_future(store.write(add("a")))
    await asyncio.sleep(0)
    task.cancel()
    await store.close()
    other = open_database(database_url)
    assert await other.point(names) == ["a"]
    await other.close()


async def test_closing_finishes_what_was_handed_in_and_refuses_what_comes_later(store: Database, database_url: str) -> None:
    tasks = [asyncio.ensure_future(store.write(add(f"{n:03}"))) for n in range(70)]
    await asyncio.sleep(0)
    await store.close()
    assert [await task for task in tasks] == [1] * 70
    for late in (store.write(add("late")), store.read(names), store.point(names)):
        with pytest.raises(StoreError, match="stopping"):
            await late
    await store.close()  # twice does no harm
    other = open_database(database_url)
    assert len(await other.point(names)) == 70
    await other.close()


async def test_a_long_read_sees_one_moment(store: Database) -> None:
    loop = asyncio.get_running_loop()

    def write_meanwhile() -> None:
        if store.engine == "sqlite":  # its reads run in a thread, those of PostgreSQL in a greenlet of the loop
            asyncio.run_coroutine_threadsafe(store.write(add("b")), loop).result(10)
        else:
            await_only(store.write(add("b")))

    def read(tx: Tx) -> tuple[list[str], list[str]]:
        before = names(tx)
        write_meanwhile()
        return before, names(tx)

    await store.write(add("a"))
    assert await store.read(read) == (["a"], ["a"])
    assert await store.read(names) == ["a", "b"]


async def test_a_read_that_fails_tells_its_caller_and_blocks_nobody(store: Database) -> None:
    def read(tx: Tx) -> None:
        names(tx)
        raise LookupError

    for _ in range(20):
        with pytest.raises(LookupError):
            await store.read(read)
    await store.write(add("a"))
    assert await store.read(names) == ["a"]


async def test_a_read_can_not_write(store: Database) -> None:
    with pytest.raises(Exception, match=r"read-?only"):
        await store.read(add("a"))
    assert await store.point(names) == []


async def test_a_list_of_any_length_is_one_parameter(store: Database) -> None:
    def read(tx: Tx) -> tuple[list[str], list[str], int]:
        wanted = ["b", "c", *(f"none {n}" for n in range(40_000))]
        few = [row["value"] for row in tx.all(EACH, wanted=["x", "ü", 'a "quote"'])]
        return [row["reference"] for row in tx.all(WITHIN, wanted=wanted)], few, len(tx.all(WITHIN, wanted=[]))

    await store.write(lambda tx: tx.many(ADD, [{"reference": name} for name in "abcd"]))
    assert await store.read(read) == (["b", "c"], ["x", "ü", 'a "quote"'], 0)


async def test_bytes_and_nothing_come_back_as_they_were(store: Database) -> None:
    row = {"id": "t", "connection": "acme", "digest": b"\x00\xff", "created": 2**53, "created_by": "cli", "label": None}
    await store.write(lambda tx: tx.run(TOKEN, **row, expires=None, last_used=None, revoked=None, subject=None))
    found = await store.point(lambda tx: tx.one(TOKENS))
    assert (bytes(found["digest"]), found["label"], found["expires"]) == (b"\x00\xff", None, None)


async def test_the_number_of_touched_rows_comes_back(store: Database) -> None:
    touch = text("UPDATE workspace SET creating = :flag WHERE reference > :after")
    await store.write(lambda tx: tx.many(ADD, [{"reference": name} for name in "abcd"]))
    assert await store.write(lambda tx: tx.run(touch, flag=True, after="b")) == 2
    assert await store.write(lambda tx: tx.run(touch, flag=False, after="z")) == 0


@pytest.mark.parametrize(
    "url", ["mysql://x/y", "bridge.db", "sqlite://", "sqlite:///", "sqlite:///:memory:", "postgresql://"]
)
def test_an_address_that_is_none_is_refused_with_a_hint(url: str) -> None:
    with pytest.raises(BridgeError, match="sqlite:///FILE"):
        open_database(url)


async def test_a_refused_write_keeps_nothing_of_its_request_waiting_for_the_garbage_collector(store: Database) -> None:
    class Body:
        """Of ten megabytes, say."""

    async def refused() -> "weakref.ref[Body]":
        body = Body()

        def work(tx: Tx) -> None:
            raise LookupError(str(body))

        try:
            await store.write(work)
        except LookupError:
            return weakref.ref(body)
        raise AssertionError("it was taken")

    gc.disable()
    try:
        body = await refused()
        async with asyncio.timeout(60):
            while body() is not None:  # noqa: ASYNC110 - the writer's thread may be a moment behind
                await asyncio.sleep(0.001)
    finally:
        gc.enable()


async def test_writes_that_go_together_are_all_done_and_each_tells_how_many_rows_it_touched(store: Database) -> None:
    await store.write(lambda tx: [tx.run(ADD, reference=name) for name in ("a", "b")])
    done = await store.write(
        lambda tx: tx.together(
            (ADD_NEW, {"reference": "c"}),
            (ADD_NEW, {"reference": "a"}),  # there already
            (BLOCK, {"code": "gone", "name": "a"}),
            (DROP, {"names": ["b", "nobody"]}),
        )
    )
    assert done == [1, 0, 1, 1]
    assert await store.point(names) == ["a", "c"]
    assert [row["blocked_code"] for row in await store.point(lambda tx: tx.all(BLOCKED))] == ["gone", None]


async def test_of_writes_that_go_together_none_is_kept_if_their_transaction_fails(store: Database) -> None:
    def work(tx: Tx) -> None:
        assert tx.together((ADD_NEW, {"reference": "a"}), (ADD_NEW, {"reference": "b"})) == [1, 1]
        raise LookupError("no such user")

    with pytest.raises(LookupError):
        await store.write(work)
    assert await store.point(names) == []
