"""One key for all replicas on one database, another for each purpose."""

import asyncio

from bridge.store.database import Database, open_database
from bridge.store.shared_key import shared_key


async def test_replicas_that_ask_at_once_get_one_key(database_url: str) -> None:
    replicas = [open_database(database_url) for _ in range(4)]
    keys = await asyncio.gather(*(shared_key(replica, "cursors") for replica in replicas))
    for replica in replicas:
        await replica.close()
    assert len(set(keys)) == 1
    assert len(keys[0]) == 32


async def test_a_key_is_the_same_after_a_restart(database_url: str) -> None:
    found = []
    for _ in range(2):
        database = open_database(database_url)
        found.append(await shared_key(database, "cursors"))
        await database.close()
    assert found[0] == found[1]


async def test_each_purpose_has_a_key_of_its_own(store: Database) -> None:
    assert await shared_key(store, "cursors") != await shared_key(store, "tickets")
