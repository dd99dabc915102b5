"""What is known of sessions, in the rows of both engines: nobody's word is lost, and who is due is found in order."""

from dataclasses import replace
from functools import partial

import sqlalchemy as sa
from sqlalchemy import text

from bridge.people import persons
from bridge.provisioning.sessions import due, watch
from bridge.provisioning.sessions.watch import Cap, Limit, Limits, Seen, Watch
from bridge.store.database import Database
from bridge.store.schema import person
from scim.ports import Tx

T, HOUR = 10**12, 3_600_000
AGE = Limits(max_age=Limit(12 * HOUR, "acme"))
ROW = sa.select(person.c.sessions_due, person.c.session_watch).where(person.c.pk == sa.bindparam("pk_"))
LINK = text("UPDATE person SET clerk_user = :user WHERE pk = :pk")


async def somebody(store: Database, name: str = "mia") -> int:
    def work(tx: Tx) -> int:
        pk = persons.new(tx, "main", name, now=T)
        tx.run(LINK, pk=pk, user=f"user_{name}")
        return pk

    return await store.write(work)


async def row(store: Database, pk: int) -> tuple[int | None, Watch | None]:
    found = await store.point(lambda tx: tx.one(ROW, pk_=pk))
    assert found is not None
    return found["sessions_due"], watch.parse(found["session_watch"]) if found["session_watch"] else None


async def judged(store: Database, pk: int, live: list[Seen], at: int = T) -> None:
    await store.write(lambda tx: due.update(tx, pk, partial(watch.looked, live=live, at=at), lambda: AGE, now=at))


async def test_whoever_is_told_of_is_due_at_once_and_their_first_sign_in_counts(store: Database) -> None:
    pk = await somebody(store)
    await store.write(lambda tx: due.seen(tx, pk, T + 5))
    await store.write(lambda tx: due.seen(tx, pk, T))
    assert await row(store, pk) == (T, Watch(told=T, last=T + 5))
    assert await store.point(lambda tx: due.due(tx, "main", now=T, limit=10)) == [pk]


async def test_a_sign_in_while_a_look_is_on_its_way_is_not_lost(store: Database) -> None:
    pk = await somebody(store)
    await judged(store, pk, [])
    assert await row(store, pk) == (None, Watch(T, None))
    await store.write(lambda tx: due.seen(tx, pk, T + 14 * HOUR))  # the look was sent at T + 14 h and shows nobody
    await judged(store, pk, [], at=T + 14 * HOUR)
    assert await row(store, pk) == (T + 26 * HOUR, Watch(T + 14 * HOUR, T + 14 * HOUR, last=T + 14 * HOUR))


async def test_nor_is_it_where_an_earlier_one_was_told_of_that_the_look_shows(store: Database) -> None:
    pk = await somebody(store)
    earlier = Seen("sess_1", T, T, T + 99 * HOUR)
    await store.write(lambda tx: due.seen(tx, pk, T))
    await store.write(lambda tx: due.seen(tx, pk, T + HOUR))  # the look was sent just before and shows the first alone
    await judged(store, pk, [earlier], at=T + HOUR)
    _, known = await row(store, pk)
    assert (known.told, known.last, known.live) == (T + HOUR - watch.MARGIN, T + HOUR, (earlier,))
    await judged(store, pk, [], at=T + 2 * HOUR)
    assert await row(store, pk) == (None, Watch(T + 2 * HOUR, None))


async def test_to_whom_a_grant_is_coming_is_not_forgotten_once_their_ticket_was_seen_to(store: Database) -> None:
    pk = await somebody(store)
    await store.write(lambda tx: due.seen(tx, pk, T))
    rule = Limits(caps=(Cap(T, T + 1, T + 2, "acme", "idp"),), coming=True)
    look = partial(watch.looked, live=[], at=T + HOUR)
    await store.write(lambda tx: due.update(tx, pk, look, lambda: rule, now=T + HOUR))
    assert await row(store, pk) == (None, Watch(T + HOUR, told=0))  # whoever is due by that grant is looked at
    await store.write(lambda tx: due.update(tx, pk, look, lambda: replace(rule, coming=False), now=T + HOUR))
    assert await row(store, pk) == (None, None)


async def test_a_session_that_is_over_is_dropped_and_the_rest_is_kept(store: Database) -> None:
    pk = await somebody(store)
    one, other = Seen("sess_1", T, T, T + 99 * HOUR), Seen("sess_2", T + 5, T + 5, T + 99 * HOUR)
    await judged(store, pk, [one, other], at=T + 10)
    await store.write(lambda tx: due.ended(tx, pk, ["sess_1", "sess_3"]))
    assert await row(store, pk) == (T + 12 * HOUR, Watch(T + 10, None, (other,)))


async def test_what_ends_of_somebody_who_is_not_watched_makes_nobody_due(store: Database) -> None:
    pk = await somebody(store)
    await store.write(lambda tx: due.ended(tx, pk, ["sess_1"]))
    assert await row(store, pk) == (None, None)


async def test_being_active_is_written_once(store: Database) -> None:
    pk = await somebody(store)
    await store.write(lambda tx: due.active(tx, pk, T, now=T))
    assert await row(store, pk) == (T, Watch())
    await judged(store, pk, [], at=T + 1)
    await store.write(lambda tx: due.active(tx, pk, T - HOUR, now=T + HOUR))
    assert await row(store, pk) == (None, Watch(T + 1, None))
    await store.write(lambda tx: due.active(tx, pk, T + HOUR, now=T + HOUR))
    assert await row(store, pk) == (T + HOUR, Watch(T + 1, T + HOUR, last=T + HOUR))


async def test_limits_that_changed_make_those_due_who_have_a_user_at_clerk(store: Database) -> None:
    first, second = await somebody(store), await somebody(store, "ben")
    third = await store.write(lambda tx: persons.new(tx, "main", "eve", now=T))
    await store.write(lambda tx: due.look_at(tx, [first, second, third], now=T))
    assert await store.point(lambda tx: due.due(tx, "main", now=T, limit=10)) == [first, second]
    assert (await row(store, third))[0] is None


async def test_the_longest_due_come_first_and_no_more_than_asked_for(store: Database) -> None:
    pks = [await somebody(store, f"p{number}") for number in range(5)]
    for pk in pks:
        await store.write(lambda tx, pk=pk: due.seen(tx, pk, T - pk))  # type: ignore[misc]
    assert await store.point(lambda tx: due.due(tx, "main", now=T, limit=3)) == pks[:-4:-1]


async def test_whom_clerk_refuses_comes_back_later_and_whom_we_let_go_does_not(store: Database) -> None:
    one, other = await somebody(store), await somebody(store, "ben")
    for pk in (one, other):
        await store.write(lambda tx, pk=pk: due.seen(tx, pk, T))  # type: ignore[misc]
    await store.write(lambda tx: due.forget(tx, other))
    await store.write(lambda tx: due.postpone(tx, one, until=T + HOUR))
    await store.write(lambda tx: due.postpone(tx, other, until=T + HOUR))
    assert [(await row(store, pk))[0] for pk in (one, other)] == [T + HOUR, None]


async def test_whoever_has_no_limit_is_let_go_with_all_that_was_known(store: Database) -> None:
    pk = await somebody(store)
    await judged(store, pk, [Seen("sess_1", T, T, T + 99 * HOUR)])
    await store.write(lambda tx: due.update(tx, pk, lambda known: known, Limits, now=T))
    assert await row(store, pk) == (None, None)
