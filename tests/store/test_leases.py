"""One lease holder per Clerk instance, whatever the replicas' clocks say."""

import asyncio
import time

from bridge.store import clock, leases
from bridge.store.database import Database, open_database
from bridge.store.leases import Lease
from scim.ports import Tx

MINUTE = 60_000
HOUR = 60 * MINUTE


async def take(store: Database, holder: str, *, now: int = 0, lasts: int = MINUTE, instance: str = "main") -> Lease | None:
    return await store.write(lambda tx: leases.take(tx, instance, holder, now=now, lasts_ms=lasts))


async def test_the_first_who_asks_holds_the_lease_and_the_others_wait(store: Database) -> None:
    assert await take(store, "a") == Lease("main", "a", MINUTE, 1)
    assert await take(store, "b") is None


async def test_the_holder_renews_and_keeps_its_fence(store: Database) -> None:
    await take(store, "a")
    assert await take(store, "a", now=1000) == Lease("main", "a", 1000 + MINUTE, 1)


async def test_a_lease_that_ran_out_goes_to_the_next_with_a_higher_fence(store: Database) -> None:
    await take(store, "a", lasts=0)
    assert await take(store, "b") == Lease("main", "b", MINUTE, 2)
    assert await take(store, "a") is None


async def test_a_replica_whose_clock_is_ahead_does_not_take_a_lease_that_still_runs(store: Database) -> None:
    await take(store, "a", now=0)
    assert await take(store, "b", now=24 * HOUR) is None


async def test_the_holder_stops_by_its_own_clock_from_before_it_asked(store: Database) -> None:
    taken = await take(store, "a", now=7 * HOUR)
    assert taken is not None
    assert taken.until == 7 * HOUR + MINUTE


async def test_a_lease_given_up_is_free_at_once(store: Database) -> None:
    await take(store, "a")
    await store.write(lambda tx: leases.drop(tx, "main", "b"))  # not its to give up
    assert await take(store, "c") is None
    await store.write(lambda tx: leases.drop(tx, "main", "a"))
    assert await take(store, "c") == Lease("main", "c", MINUTE, 2)


async def test_each_clerk_instance_has_its_own_lease(store: Database) -> None:
    await take(store, "a", instance="main")
    assert await take(store, "b", instance="eu") == Lease("eu", "b", MINUTE, 1)


async def test_of_many_who_ask_at_once_one_gets_it(store: Database, database_url: str) -> None:
    doors = [open_database(database_url) for _ in range(4)]
    results = await asyncio.gather(*[take(door, f"{n}") for n, door in enumerate(doors * 3)])
    assert sum(lease is not None for lease in results) == 1
    for door in doors:
        await door.close()


async def test_the_databases_clock_moves_within_a_transaction(store: Database) -> None:
    def read(tx: Tx) -> tuple[int, int]:
        first = clock.now(tx)
        return first, next(now for now in iter(lambda: clock.now(tx), None) if now > first)

    first, later = await store.write(read)
    assert abs(first - time.time() * 1000) < MINUTE
    assert later > first
