"""One mark for a whole group or connection, and the batches that the brake judges whole."""

from typing import Any

from sqlalchemy import text

from bridge.dirty import persons, scopes
from bridge.dirty.persons import Priority
from bridge.dirty.scopes import BATCH_MS, Batch, ScopeMark
from bridge.store.database import Database
from scim.ports import Tx

CONNECT = text("INSERT INTO connection (name, clerk_instance) VALUES (:name, :instance)")
NEW = text("INSERT INTO person (clerk_instance, id) VALUES (:clerk_instance, :id) RETURNING pk")
T = 1_000_000


async def connect(store: Database, name: str, instance: str = "main") -> None:
    await store.write(lambda tx: tx.run(CONNECT, name=name, instance=instance))


async def mark(store: Database, id: str, *, connection: str = "acme", now: int = T, **more: Any) -> None:
    values: dict[str, Any] = {"cause": "renamed", "batch": "b1", **more}
    await store.write(lambda tx: scopes.mark(tx, "group", connection, id, now=now, **values))


async def pending(store: Database, instance: str = "main", now: int = T) -> list[ScopeMark]:
    return await store.point(lambda tx: scopes.pending(tx, instance, now=now))


async def test_a_group_is_marked_once_however_often_it_changes(store: Database) -> None:
    await connect(store, "acme")
    await mark(store, "g1")
    await mark(store, "g1", cause="deleted", batch="b2")
    (found,) = await pending(store)
    assert found == ScopeMark("group", "acme", "g1", 2, "deleted", "b2", Priority.NORMAL)
    assert await store.write(lambda tx: scopes.finish(tx, found))
    assert await pending(store) == []


async def test_a_group_that_is_marked_while_it_is_expanded_stays(store: Database) -> None:
    await connect(store, "acme")
    await mark(store, "g1")
    (found,) = await pending(store)
    await mark(store, "g1")
    assert not await store.write(lambda tx: scopes.finish(tx, found))
    assert [left.version for left in await pending(store)] == [2]


async def test_the_most_urgent_scope_comes_first_and_the_earliest_time_is_kept(store: Database) -> None:
    await connect(store, "acme")
    await mark(store, "g1", now=T, priority=Priority.BULK)
    await mark(store, "g2", now=T + 5)
    await mark(store, "g3", now=T + 9, priority=Priority.SIGN_OUT)
    await mark(store, "g1", now=T + 50, priority=Priority.BULK)
    assert [found.id for found in await pending(store, now=T + 9)] == ["g3", "g2", "g1"]
    assert [found.id for found in await pending(store, now=T)] == ["g1"]


async def test_scopes_of_another_instance_or_connection_are_not_mixed_in(store: Database) -> None:
    await connect(store, "acme")
    await connect(store, "globex", "eu")
    await mark(store, "g1", connection="acme")
    await mark(store, "g1", connection="globex")
    assert [found.connection for found in await pending(store, "eu")] == ["globex"]
    (here,) = await pending(store, "main")
    assert await store.write(lambda tx: scopes.finish(tx, here))
    assert len(await pending(store, "eu")) == 1


async def test_a_batch_counts_its_people_and_keeps_its_verdict(store: Database) -> None:
    def work(tx: Tx) -> Batch | None:
        scopes.open_batch(tx, "b1", "acme", "group deleted", 40, now=T)
        scopes.open_batch(tx, "b1", "acme", "group deleted", 2, now=T + 1)
        scopes.settle_batch(tx, "b1", "hold")
        return scopes.batch(tx, "b1")

    assert await store.write(work) == Batch("b1", "acme", "group deleted", 42, "hold")
    assert await store.point(lambda tx: scopes.batch(tx, "other")) is None


async def test_a_batch_has_those_who_are_not_done_yet(store: Database) -> None:
    def work(tx: Tx) -> tuple[list[int], list[int], list[int]]:
        pks = [tx.one(NEW, clerk_instance="main", id=name)["pk"] for name in "abc"]
        persons.mark(tx, pks, now=T, cause="deleted", batch="b1")
        before = scopes.members(tx, "b1")
        (first,) = persons.claim(tx, "main", "w", now=T, until=T + 1, limit=1)
        persons.finish(tx, first)
        return pks, before, scopes.members(tx, "b1")

    pks, before, after = await store.write(work)
    assert before == pks
    assert after == pks[1:]


async def test_old_batches_are_forgotten_unless_their_scope_still_waits(store: Database) -> None:
    await connect(store, "acme")

    def work(tx: Tx) -> int:
        for name, at in (("old", T), ("waits", T), ("new", T + 2)):
            scopes.open_batch(tx, name, "acme", "x", 1, now=at)
        scopes.mark(tx, "group", "acme", "g1", now=T, cause="x", batch="waits")
        return scopes.forget(tx, now=T + 1 + BATCH_MS)

    assert await store.write(work) == 1
    found = [name for name in ("old", "waits", "new") if await store.point(lambda tx, name=name: scopes.batch(tx, name))]
    assert found == ["waits", "new"]
