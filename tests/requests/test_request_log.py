"""Requests of the running service end up in its log: beside the answers, in one transaction a flush, bounded."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bridge.requests import entries
from bridge.requests.entries import Entry
from bridge.requests.noted import FINE, ROOM
from bridge.requests.request_log import RequestLog
from bridge.store.database import Database
from bridge.store.errors import StoreError
from tests.requests.test_waiting import noted
from tests.support.house import USER, House

Houses = Callable[..., Awaitable[House]]


async def last(house: House, connection: str = "acme") -> list[Entry]:
    await house.parts.requests.flush()
    return await house.parts.database.read(lambda tx: entries.last(tx, connection, limit=1000))


async def test_each_request_is_noted_with_its_answer(houses: Houses) -> None:
    house = await houses()
    mia = await house.user("mia", password="hunter2-secret")
    await house.scim("GET", f"/Users/{mia}")
    await house.scim("POST", "/Users", {"schemas": [USER], "userName": "mia@acme.example"})
    made, seen, refused = await last(house)
    assert (made.method, made.path, made.status, made.healers) == ("POST", "/Users", 201, ("password-dropped",))
    assert "mia@acme.example" in (made.body or "")
    assert "hunter2" not in repr(made)
    assert (made.actor or "").startswith("idp:tok_")
    assert made.address == "127.0.0.1"
    assert made.ms > 0
    assert (seen.method, seen.path, seen.body) == ("GET", f"/Users/{mia}", None)
    assert (refused.status, refused.scim_type) == (409, "uniqueness")
    assert "userName" in (refused.detail or "")


async def test_a_request_nobody_vouches_for_is_noted_without_its_body(houses: Houses) -> None:
    house = await houses()
    await house.scim("POST", "/Users", {"userName": "mia@acme.example"}, secret="brg_wrong")
    (one,) = await last(house)
    assert (one.status, one.actor, one.body, one.size) == (401, None, None, 0)
    assert "brg_wrong" not in repr(one)


async def test_a_name_that_is_no_connection_leaves_no_trace(houses: Houses) -> None:
    house = await houses()
    await house.scim("GET", "/Users", connection="nowhere", secret="brg_wrong")
    assert await last(house, "nowhere") == []


async def test_the_body_of_a_malformed_request_is_there_to_be_looked_at(houses: Houses) -> None:
    house = await houses()
    assert house._session is not None
    headers = {"Authorization": f"Bearer {house.secrets['acme']}", "Content-Type": "application/scim+json"}
    url = f"{house.url}/scim/v2/acme/Users"
    async with house._session.post(url, data=b'{"active": tre,', headers=headers) as answer:
        assert answer.status == 400
    (one,) = await last(house)
    assert (one.scim_type, one.body) == ("invalidSyntax", '{"active": tre,')


async def test_the_log_is_written_by_itself_and_at_the_end(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.requests.request_log.FLUSH_SECONDS", 0.01)
    house = await houses()
    await house.scim("GET", "/Users")

    async def written() -> bool:
        return bool(await house.parts.database.read(lambda tx: entries.last(tx, "acme")))

    await house.until(written)


async def test_what_waits_is_written_when_the_log_stops(store: Database) -> None:
    log = RequestLog(store, ["acme"], keep=5, body=100)
    running = asyncio.create_task(log.run())
    await asyncio.sleep(0)
    log.note("acme", noted(1))
    log.stop()
    await running
    assert [one.at for one in await store.read(lambda tx: entries.last(tx, "acme"))] == [1]


async def test_a_flush_that_meets_another_one_ends_when_both_are_written(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = RequestLog(store, ["acme"], keep=5, body=100)
    goes_on, write = asyncio.Event(), store.write

    async def held(work: Callable[[Any], Any]) -> Any:
        await goes_on.wait()
        return await write(work)

    monkeypatch.setattr(store, "write", held)
    log.note("acme", noted(1))
    first = asyncio.create_task(log.flush())
    await asyncio.sleep(0)  # it took what waits, and has written nothing yet
    second = asyncio.create_task(log.flush())
    await asyncio.sleep(0)
    assert not second.done()
    goes_on.set()
    await second
    assert [one.at for one in await store.read(lambda tx: entries.last(tx, "acme"))] == [1]
    await first


async def test_a_burst_is_one_bounded_transaction_and_the_rest_is_counted(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = RequestLog(store, ["acme", "other"], keep=500, body=100)
    for at in range(5000):
        log.note("acme", noted(at))
    log.note("other", noted(1))
    writes, write = [], store.write

    async def counted(work: Callable[[Any], Any]) -> Any:
        writes.append(work)
        return await write(work)

    monkeypatch.setattr(store, "write", counted)
    await log.flush()
    assert len(writes) == 1
    found = await store.read(lambda tx: entries.last(tx, "acme", limit=1000))
    assert len(found) == ROOM[FINE]
    assert [one.dropped for one in found] == [5000 - ROOM[FINE], *[0] * (ROOM[FINE] - 1)]
    await log.flush()
    assert len(writes) == 1


async def test_more_connections_than_fit_into_one_flush_wait_for_the_next(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.requests.request_log.LARGEST", 4)
    names = [f"c{number}" for number in range(6)]
    log = RequestLog(store, names, keep=5, body=100)
    for name in names:
        log.note(name, noted(1))
    written = []
    for _ in range(2):
        await log.flush()
        written.append([bool(await store.read(lambda tx, name=name: entries.last(tx, name))) for name in names])  # type: ignore[misc]
    assert written == [[True] * 4 + [False] * 2, [True] * 6]


async def test_what_the_database_refused_is_written_later(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    log = RequestLog(store, ["acme"], keep=500, body=100)

    async def refuse(_: Any) -> None:
        log.note("acme", noted(2))
        raise StoreError("database_busy", "Another process kept the database locked for too long.")

    log.note("acme", noted(1))
    with monkeypatch.context() as patch:
        patch.setattr(store, "write", refuse)
        with pytest.raises(StoreError):
            await log.flush()
    await log.flush()
    assert [one.at for one in await store.read(lambda tx: entries.last(tx, "acme"))] == [1, 2]


async def test_zero_switches_it_off_and_takes_what_was_kept(store: Database) -> None:
    log = RequestLog(store, ["acme"], keep=5, body=100)
    log.note("acme", noted(1))
    await log.flush()
    silent = RequestLog(store, ["acme"], keep=0, body=100)
    assert not silent.wants("acme")
    await silent.tidy()
    assert await store.read(lambda tx: entries.last(tx, "acme")) == []
