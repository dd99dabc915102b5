"""Each assertion has one turn, whoever is first, on both engines."""

import asyncio

from bridge.saml import replay
from bridge.store.database import Database

IDP = "https://idp.acme.test"


async def first(store: Database, id: str, idp: str = IDP, *, until: int = 1000) -> bool:
    return await store.write(lambda tx: replay.first_time(tx, idp, id, until=until))


async def test_the_second_of_an_id_is_late(store: Database) -> None:
    assert await first(store, "_a")
    assert not await first(store, "_a")
    assert not await first(store, "_a", until=9000)
    assert await first(store, "_b")


async def test_ids_belong_to_their_idp(store: Database) -> None:
    assert await first(store, "_a")
    assert await first(store, "_a", "https://idp.beta.test")
    assert await first(store, "b_a", "https://idp.acme.testa")
    assert await first(store, "_a", "https://idp.acme.testab")


async def test_of_many_at_once_one_is_first(store: Database) -> None:
    found = await asyncio.gather(*(first(store, "_race") for _ in range(20)))
    assert sorted(found) == [False] * 19 + [True]


async def test_they_are_forgotten_once_their_age_refuses_them(store: Database) -> None:
    await first(store, "_a", until=1000)
    await first(store, "_b", until=2000)
    assert await store.write(lambda tx: replay.forget(tx, now=1000)) == 0
    assert await store.write(lambda tx: replay.forget(tx, now=1001)) == 1
    assert not await first(store, "_b")
    assert await first(store, "_a")
