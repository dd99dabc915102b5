"""Connections to PostgreSQL are lent, come back, and are replaced when they are of no use any more."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bridge.store import connections
from bridge.store.connections import Connections

PID = "SELECT pg_backend_pid()"


@pytest.fixture
async def two(postgresql_database: str) -> AsyncIterator[Connections]:
    lender = Connections(postgresql_database, 2, {"application_name": "lent"})
    yield lender
    await lender.close()


async def test_the_one_that_came_back_last_is_lent_first(two: Connections) -> None:
    first, second = await two.take(), await two.take()
    two.give_back(first)
    two.give_back(second)
    again = await two.take()
    assert again is second
    assert await again.fetchval("SHOW application_name") == "lent"
    two.give_back(again)


async def test_who_comes_while_all_are_lent_waits_for_one(two: Connections) -> None:
    first, second = await two.take(), await two.take()
    waiting = asyncio.ensure_future(two.take())
    await asyncio.sleep(0)
    assert not waiting.done()
    two.give_back(first)
    assert await waiting is first
    two.give_back(first)
    two.give_back(second)


async def test_one_that_was_torn_out_of_a_transaction_is_not_lent_again(two: Connections) -> None:
    torn = await two.take()
    await torn.execute("BEGIN")
    two.give_back(torn)
    fresh = await two.take()
    assert fresh is not torn
    assert await fresh.fetchval(PID) > 0
    two.give_back(fresh)


async def test_one_that_rested_too_long_is_not_trusted(two: Connections, monkeypatch: pytest.MonkeyPatch) -> None:
    old = await two.take()
    two.give_back(old)
    monkeypatch.setattr(connections, "LONGEST_REST", -1.0)
    fresh = await two.take()
    assert old.is_closed()
    assert await fresh.fetchval(PID) > 0
    two.give_back(fresh)


async def test_one_that_is_closed_makes_room_for_another(two: Connections) -> None:
    for _ in range(3):
        ended = await two.take()
        ended.terminate()
        two.give_back(ended)
    fresh = await two.take()
    assert await fresh.fetchval(PID) > 0
    two.give_back(fresh)


async def test_a_server_that_cannot_be_had_keeps_no_slot() -> None:
    lender = Connections("postgresql://nobody@127.0.0.1:1/nothing", 1, {})
    for _ in range(2):
        with pytest.raises(ConnectionRefusedError):
            await lender.take()
    await lender.close()
