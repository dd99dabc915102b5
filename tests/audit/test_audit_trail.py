"""The audit trail: what happened stands in its own change, is sealed without gaps, and tampering of any kind shows."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.util import await_only

from bridge.audit import events
from bridge.audit.events import Event
from bridge.audit.seal import Seal, Verified, seal, verify
from bridge.store.database import Database, open_database
from scim.ports import Tx

KEY = b"a key outside the database"
T = 1_700_000_000_000
TAMPERINGS = {
    "the time": "UPDATE audit SET at = at + 1 WHERE n = 2",
    "the actor": "UPDATE audit SET actor = 'cli:mallory' WHERE n = 2",
    "the action": "UPDATE audit SET action = 'user.created' WHERE n = 2",
    "the person": "UPDATE audit SET person = 99 WHERE n = 2",
    "the subject": "UPDATE audit SET subject = 'somebody else' WHERE n = 2",
    "the request": "UPDATE audit SET request_id = 'r99' WHERE n = 2",
    "the facts": "UPDATE audit SET facts = '[2]' WHERE n = 2",
    "facts put back after erasure": "UPDATE audit SET facts = '{}' WHERE n = 2",
    "the facts' digest": "UPDATE audit SET digest = (SELECT digest FROM audit WHERE n = 3) WHERE n = 2",
    "a row removed in the middle": "DELETE FROM audit WHERE n = 2",
    "the first row removed": "DELETE FROM audit WHERE n = 1",
    "a row taken out of the numbering": "UPDATE audit SET n = NULL WHERE n = 2",
    "the order": "UPDATE audit SET n = CASE n WHEN 1 THEN 102 WHEN 2 THEN 101 ELSE n END",
    "a row added": """INSERT INTO audit (connection, at, actor, action, digest, n)
        SELECT connection, at, actor, action, digest, 7 FROM audit WHERE n = 3""",
    "a row moved to another connection": "UPDATE audit SET connection = 'globex' WHERE n = 6",
    "a seal removed at the end": "DELETE FROM audit_seal WHERE n = 6",
    "a seal removed in the middle": "DELETE FROM audit_seal WHERE n = 3",
    "every seal removed": "DELETE FROM audit_seal",
    "a seal's digest": "UPDATE audit_seal SET digest = (SELECT digest FROM audit WHERE n = 1) WHERE n = 3",
    "a seal's time": "UPDATE audit_seal SET at = at + 1 WHERE n = 3",
    "a seal's count": "UPDATE audit_seal SET count = 99 WHERE n = 3",
    "a seal's place": "UPDATE audit_seal SET n = 4 WHERE n = 3",
}
BOTH_ORDERED = "UPDATE audit SET n = n - 100 WHERE n > 100"


async def record(store: Database, *, connection: str = "acme", count: int = 1, first: int = 1, **more: Any) -> None:
    def work(tx: Tx) -> None:
        for n in range(first, first + count):
            facts = {"of": n, "email": f"p{n}@acme.example"}
            values: dict[str, Any] = {"person": n, "subject": f"s{n}", "request_id": f"r{n}", "facts": facts, **more}
            events.record(tx, Event(connection, T + n, "idp:t1", "user.changed", **values))

    await store.write(work)


async def sealed(store: Database, now: int = T, **more: Any) -> list[Seal]:
    return await store.write(lambda tx: seal(tx, KEY, now=now, **more))


async def verified(store: Database, key: bytes = KEY) -> list[Verified]:
    return await store.read(lambda tx: verify(tx, key))


async def execute(store: Database, sql: str) -> int:
    return await store.write(lambda tx: tx.run(text(sql)))


async def three_seals(store: Database) -> None:
    for first in (1, 3, 4):
        await record(store, first=first, count={1: 2, 3: 1, 4: 3}[first])
        await sealed(store, now=T + first)


async def test_events_are_numbered_without_gaps_in_each_connection(store: Database) -> None:
    await record(store, connection="acme", count=3)
    await record(store, connection="globex", count=2)
    await sealed(store)
    await record(store, connection="acme", first=4)
    made = await sealed(store)
    assert [(one.connection, one.n, one.count) for one in made] == [("acme", 4, 1)]
    found = await store.read(lambda tx: events.after(tx, "acme", 0))
    assert [event.n for event in found] == [1, 2, 3, 4]
    assert await verified(store) == [Verified("acme", 4, 2), Verified("globex", 2, 1)]


async def test_nothing_new_makes_no_seal(store: Database) -> None:
    await record(store)
    assert len(await sealed(store)) == 1
    assert await sealed(store) == []


async def test_many_events_are_sealed_in_portions(store: Database) -> None:
    await record(store, count=25)
    assert [[one.n for one in await sealed(store, limit=10)] for _ in range(4)] == [[10], [20], [25], []]
    assert await verified(store) == [Verified("acme", 25, 3)]


@pytest.mark.parametrize("what", TAMPERINGS)
async def test_tampering_shows(store: Database, what: str) -> None:
    await three_seals(store)
    assert await verified(store) == [Verified("acme", 6, 3)]
    assert await execute(store, TAMPERINGS[what]) > 0
    if what == "the order":
        await execute(store, BOTH_ORDERED)
    assert [result for result in await verified(store) if result.connection == "acme" and result.problem]


async def test_a_seal_made_with_another_key_shows(store: Database) -> None:
    await three_seals(store)
    (result,) = await verified(store, b"another key")
    assert result.problem == "the seal at 2 doesn't fit events 1 to 2"


async def test_the_problem_names_the_event(store: Database) -> None:
    await three_seals(store)
    await execute(store, """UPDATE audit SET facts = '{}' WHERE n = 5""")
    (result,) = await verified(store)
    assert (result.events, result.problem) == (3, "the facts of event 5 were changed")


async def test_erased_facts_leave_a_chain_that_still_fits(store: Database) -> None:
    await three_seals(store)
    assert await execute(store, "UPDATE audit SET facts = NULL WHERE person IN (2, 5)") == 2
    assert await verified(store) == [Verified("acme", 6, 3, erased=2)]
    (erased,) = await store.read(lambda tx: events.of_person(tx, 5))
    assert (erased.facts, erased.subject) == ({}, "s5")


async def test_an_event_comes_and_goes_with_its_change(store: Database) -> None:
    def work(tx: Tx) -> None:
        events.record(tx, Event("acme", T, "system", "x"))
        raise LookupError

    with pytest.raises(LookupError):
        await store.write(work)
    assert await store.read(events.last) == []


async def test_an_event_is_read_back_as_it_was_written(store: Database) -> None:
    event = Event("acme", T, "cli:ada", "hold.approved", 7, "h3", "r1", {"people": 3, "why": "Größe", "nested": {"a": [1]}})
    plain = Event("globex", T + 1, "system", "started")
    await store.write(lambda tx: [events.record(tx, one) for one in (event, plain)])
    assert await store.read(events.last) == [event, plain]
    assert await store.read(lambda tx: events.last(tx, "acme")) == [event]
    assert await store.read(lambda tx: events.of_person(tx, 7)) == [event]
    assert await store.read(lambda tx: events.after(tx, "acme", 0)) == []  # not sealed yet
    assert event.as_dict()["facts"] == {"people": 3, "why": "Größe", "nested": {"a": [1]}}


async def test_followers_get_a_page_after_their_cursor(store: Database) -> None:
    await record(store, count=9)
    await sealed(store)
    found = await store.read(lambda tx: events.after(tx, "acme", 3, limit=4))
    assert [event.n for event in found] == [4, 5, 6, 7]


async def test_the_newest_events_come_oldest_first(store: Database) -> None:
    await record(store, count=9)
    found = await store.read(lambda tx: events.last(tx, "acme", limit=3))
    assert [event.person for event in found] == [7, 8, 9]


async def test_two_sealers_at_once_number_every_event_once(store: Database, database_url: str) -> None:
    other = open_database(database_url)
    for round in range(4):
        work: list[Any] = [
            record(store, first=1 + 20 * round, count=20),
            sealed(store),
            sealed(other, limit=7),
            sealed(store),
        ]
        await asyncio.gather(*work)
    while await sealed(other):
        pass
    found = await store.read(lambda tx: events.after(tx, "acme", 0))
    assert [event.n for event in found] == list(range(1, 81))
    (result,) = await verified(store)
    assert (result.events, result.problem) == (80, None)
    await other.close()


async def test_an_event_that_commits_late_is_sealed_late(postgresql_database: str) -> None:
    """On PostgreSQL a row may get its key first and be seen after others with higher keys."""
    store = open_database(postgresql_database)
    written, go_on = asyncio.Event(), asyncio.Event()

    def slow(tx: Tx) -> None:
        events.record(tx, Event("acme", T, "idp:t1", "slow"))
        written.set()
        await_only(go_on.wait())

    late = asyncio.ensure_future(store.write(slow))
    await written.wait()
    await record(store, count=2)
    assert [one.n for one in await sealed(store)] == [2]
    go_on.set()
    await late
    assert [one.n for one in await sealed(store)] == [3]
    found = await store.read(lambda tx: events.after(tx, "acme", 0))
    assert [event.action for event in found] == ["user.changed", "user.changed", "slow"]
    assert await verified(store) == [Verified("acme", 3, 2)]
    await store.close()
