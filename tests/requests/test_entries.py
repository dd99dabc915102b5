"""The table, on SQLite and on PostgreSQL: what is written, found, and pruned."""

from typing import Any

import orjson

from bridge.requests import entries
from bridge.requests.entries import Wanted
from bridge.store.database import Database
from scim.errors import error_body
from tests.requests.test_waiting import noted


async def write(store: Database, connection: str, *what: Any, keep: int = 500, dropped: int = 0, body: int = 2000) -> None:
    made = list(entries.rows(connection, what, dropped, body))
    await store.write(lambda tx: entries.add(tx, made, keep))


async def times(store: Database, connection: str, wanted: Wanted = entries.ANY, limit: int = 1000) -> list[int]:
    return [one.at for one in await store.read(lambda tx: entries.last(tx, connection, wanted, limit))]


async def test_the_last_so_many_of_each_connection_stay(store: Database) -> None:
    await write(store, "acme", *(noted(at) for at in range(30)), keep=10)
    await write(store, "other", noted(99), keep=10)
    assert await times(store, "acme") == list(range(20, 30))
    await write(store, "acme", *(noted(at) for at in range(30, 35)), keep=10)
    assert await times(store, "acme") == list(range(25, 35))
    assert await times(store, "other") == [99]


async def test_strangers_push_nobody_out_and_are_kept_to_a_tenth(store: Database) -> None:
    await write(store, "acme", *(noted(at) for at in range(20)), keep=20)
    await write(store, "acme", *(noted(at, 401, None) for at in range(100, 200)), keep=20)
    assert await times(store, "acme") == [*range(20), 198, 199]


async def test_entries_are_found_by_status_method_and_healing(store: Database) -> None:
    await write(
        store,
        "acme",
        noted(1),
        noted(2, 404),
        noted(3, 409)._replace(method="POST"),
        noted(4)._replace(healers={"text-boolean", "capital-op"}),
    )
    assert await times(store, "acme", Wanted(400, 499)) == [2, 3]
    assert await times(store, "acme", Wanted(409, 409)) == [3]
    assert await times(store, "acme", Wanted(method="POST")) == [3]
    assert await times(store, "acme", Wanted(healed=True)) == [4]
    assert await times(store, "acme", limit=2) == [3, 4]
    found = await store.read(lambda tx: entries.last(tx, "acme"))
    assert found[-1].healers == ("capital-op", "text-boolean")


async def test_an_entry_has_everything_that_an_operator_asks_for(store: Database) -> None:
    body = orjson.dumps({"userName": "mia@acme.example", "password": "hunter2"})
    raw = noted(1_790_000_000_000, 409, body=body)._replace(
        method="POST",
        target="/scim/v2/acme/Users?attributes=userName",
        answer=error_body(409, "Another user has this userName.", "uniqueness"),
        seconds=0.0034567,
        agent="Okta SCIM Client 1.0.0",
        peer="127.0.0.1",
        forwarded="198.51.100.1, 203.0.113.7",
    )
    await write(store, "acme", raw, dropped=17)
    (one,) = await store.read(lambda tx: entries.last(tx, "acme"))
    assert one.as_dict() == {
        "connection": "acme",
        "at": 1_790_000_000_000,
        "method": "POST",
        "path": "/Users?attributes=userName",
        "status": 409,
        "scim_type": "uniqueness",
        "detail": "Another user has this userName.",
        "healers": [],
        "ms": 3.457,
        "actor": "idp:tok_1",
        "request_id": "r1790000000000",
        "agent": "Okta SCIM Client 1.0.0",
        "address": "203.0.113.7 via 127.0.0.1",
        "body": '{"userName":"mia@acme.example","password":"[redacted]"}',
        "size": len(body),
        "dropped": 17,
    }


async def test_without_bodies_no_content_is_kept_at_all(store: Database) -> None:
    raw = noted(1, 400, body=b'{"userName": "mia"}')._replace(
        target="/scim/v2/acme/Users?filter=userName+eq+%22mia%22", answer=error_body(400, "mia is odd", "invalidValue")
    )
    await write(store, "acme", raw, body=0)
    (one,) = await store.read(lambda tx: entries.last(tx, "acme"))
    assert "mia" not in orjson.dumps(one.as_dict()).decode()
    assert (one.scim_type, one.size) == ("invalidValue", 19)


async def test_who_follows_sees_what_was_written_after(store: Database) -> None:
    await write(store, "acme", noted(1), noted(2))
    newest = await store.read(lambda tx: entries.newest(tx, "acme"))
    await write(store, "other", noted(3))
    await write(store, "acme", noted(4), noted(5, 404))
    found = await store.read(lambda tx: entries.after(tx, "acme", newest))
    assert [one.at for one in found] == [4, 5]
    found = await store.read(lambda tx: entries.after(tx, "acme", newest, Wanted(400, 499)))
    assert [one.at for one in found] == [5]


async def test_tidying_takes_what_a_smaller_number_or_a_connection_that_went_leaves_over(store: Database) -> None:
    for name in ("acme", "gone"):
        await write(store, name, *(noted(at) for at in range(8)))
    await store.write(lambda tx: entries.tidy(tx, ["acme", "new"], 3))
    assert (await times(store, "acme"), await times(store, "gone")) == ([5, 6, 7], [])
    await store.write(lambda tx: entries.tidy(tx, ["acme"], 0))
    assert await times(store, "acme") == []


async def test_an_answer_that_is_no_scim_error_has_no_detail(store: Database) -> None:
    await write(store, "acme", noted(1, 502)._replace(answer=b"<html>"), noted(2, 500)._replace(answer=b"[1]"))
    found = await store.read(lambda tx: entries.last(tx, "acme"))
    assert [(one.detail, one.scim_type) for one in found] == [(None, None)] * 2
