"""Due marks on persons: nothing is lost, nobody is in two workers' hands, and what waits is found when its time comes."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import text

from bridge.dirty import persons as marks
from bridge.dirty.persons import Claim, Priority
from bridge.store.database import Database, open_database
from bridge.store.schema import person
from scim.ports import Tx

NEW = text("INSERT INTO person (clerk_instance, id) VALUES (:clerk_instance, :id) RETURNING pk")
GET = sa.select(person).where(person.c.pk == sa.bindparam("pk_"))
T = 1_000_000


async def people(store: Database, count: int, instance: str = "main") -> list[int]:
    def work(tx: Tx) -> list[int]:
        rows = [tx.one(NEW, clerk_instance=instance, id=f"{instance}{n}") for n in range(count)]
        return [row["pk"] for row in rows if row]

    return await store.write(work)


async def mark(store: Database, *pks: int, now: int = T, cause: str = "test", **more: Any) -> None:
    await store.write(lambda tx: marks.mark(tx, pks, now=now, cause=cause, **more))


async def claim(store: Database, now: int = T, limit: int = 100, holder: str = "a", instance: str = "main") -> list[Claim]:
    return await store.write(lambda tx: marks.claim(tx, instance, holder, now=now, until=now + 60_000, limit=limit))


async def one(store: Database, pk: int, now: int = T) -> Claim | None:
    return await store.write(lambda tx: marks.claim_one(tx, pk, "sign-in", now=now, until=now + 60_000))


async def finish(store: Database, claimed: Claim, **more: Any) -> bool:
    return await store.write(lambda tx: marks.finish(tx, claimed, **more))


async def release(store: Database, claimed: Claim, *, not_before: int, unknown: bool = False) -> None:
    await store.write(lambda tx: marks.release(tx, claimed, not_before=not_before, unknown=unknown, problem='{"code": "x"}'))


async def due(store: Database, instance: str = "main") -> int | None:
    return await store.point(lambda tx: marks.next_due(tx, instance))


async def row(store: Database, pk: int) -> Any:
    return await store.point(lambda tx: tx.one(GET, pk_=pk))


async def test_a_marked_person_is_claimed_once_and_is_done_when_finished(store: Database) -> None:
    (pk,) = await people(store, 1)
    assert await claim(store) == []
    await mark(store, pk)
    (claimed,) = await claim(store)
    assert claimed == Claim(pk, 1, 1, was_open=False, tries=0)
    assert await claim(store) == []
    assert await finish(store, claimed)
    assert await claim(store, now=T + 10**9) == []
    assert await due(store) is None


async def test_ten_marks_before_the_worker_comes_are_one_claim(store: Database) -> None:
    (pk,) = await people(store, 1)
    for n in range(10):
        await mark(store, pk, now=T + n)
    (claimed,) = await claim(store, now=T + 10)
    assert await finish(store, claimed)
    assert await claim(store, now=T + 11) == []


async def test_a_mark_that_comes_while_a_worker_is_at_it_is_not_lost(store: Database) -> None:
    (pk,) = await people(store, 1)
    await mark(store, pk)
    (claimed,) = await claim(store)
    await mark(store, pk, now=T + 5)
    assert await finish(store, claimed)
    (again,) = await claim(store, now=T + 6)
    assert (again.number, again.wanted, again.was_open) == (2, 2, False)


async def test_a_mark_that_comes_meanwhile_is_due_at_once_even_if_the_worker_wanted_to_look_later(store: Database) -> None:
    (pk,) = await people(store, 1)
    await mark(store, pk)
    (claimed,) = await claim(store)
    await mark(store, pk, now=T + 5)
    await finish(store, claimed, again_at=T + 10_000)
    assert len(await claim(store, now=T + 6)) == 1


async def test_who_settles_is_looked_at_again_at_that_time_and_not_before(store: Database) -> None:
    (pk,) = await people(store, 1)
    await mark(store, pk)
    (claimed,) = await claim(store)
    assert await finish(store, claimed, again_at=T + 10_000)
    assert await due(store) == T + 10_000
    assert await claim(store, now=T + 9_999) == []
    assert len(await claim(store, now=T + 10_000)) == 1


async def test_a_rules_date_is_kept_for_the_timers(store: Database) -> None:
    (pk,) = await people(store, 1)
    await mark(store, pk)
    (claimed,) = await claim(store)
    await finish(store, claimed, next_change_at=T + 5)
    assert (await row(store, pk))["next_change_at"] == T + 5


async def test_a_mark_in_the_future_waits_and_an_earlier_one_brings_it_forward(store: Database) -> None:
    (pk,) = await people(store, 1)
    await mark(store, pk, at=T + 500)
    assert await claim(store, now=T + 499) == []
    await mark(store, pk, at=T + 100)
    await mark(store, pk, at=T + 900)  # does not push it back
    assert await due(store) == T + 100
    assert len(await claim(store, now=T + 100)) == 1


async def test_sign_out_goes_before_everything_else_and_a_lesser_mark_does_not_lower_it(store: Database) -> None:
    first, second, third = await people(store, 3)
    await mark(store, first, now=T, priority=Priority.BULK)
    await mark(store, second, now=T + 1)
    await mark(store, third, now=T + 2, priority=Priority.SIGN_OUT)
    await mark(store, third, now=T + 3, priority=Priority.BULK)
    claims = await claim(store, now=T + 3)
    assert [claimed.person for claimed in claims] == [third, second, first]


async def test_priority_starts_anew_once_a_mark_is_done(store: Database) -> None:
    first, second = await people(store, 2)
    await mark(store, first, priority=Priority.SIGN_OUT)
    (claimed,) = await claim(store)
    await finish(store, claimed)
    await mark(store, second, now=T + 1)
    await mark(store, first, now=T + 2, priority=Priority.BULK)
    assert [claimed.person for claimed in await claim(store, now=T + 3)] == [second, first]


async def test_no_more_than_asked_for_are_claimed(store: Database) -> None:
    pks = await people(store, 5)
    await mark(store, *pks)
    assert [claimed.person for claimed in await claim(store, limit=2)] == pks[:2]
    assert [claimed.person for claimed in await claim(store, limit=9)] == pks[2:]


async def test_a_claim_that_ran_out_is_taken_over_and_its_outcomes_are_unknown(store: Database) -> None:
    (pk,) = await people(store, 1)
    await mark(store, pk)
    (lost,) = await claim(store)
    assert await claim(store, now=T + 59_999) == []
    (taken,) = await claim(store, now=T + 60_000, holder="b")
    assert (taken.number, taken.was_open) == (2, True)
    assert not await store.write(lambda tx: marks.renew(tx, lost, until=T + 999_999))
    assert not await finish(store, lost)
    assert await store.write(lambda tx: marks.renew(tx, taken, until=T + 999_999))
    assert await claim(store, now=T + 120_000) == []
    assert await finish(store, taken)


async def test_a_claim_that_ended_is_not_renewed_by_somebody_late(store: Database) -> None:
    (pk,) = await people(store, 1)
    await mark(store, pk)
    (claimed,) = await claim(store)
    assert await finish(store, claimed)
    assert not await store.write(lambda tx: marks.renew(tx, claimed, until=T + 999_999))
    await mark(store, pk)
    assert [again.person for again in await claim(store)] == [pk]


async def test_who_was_given_back_waits_for_the_backoff_and_remembers_the_problem(store: Database) -> None:
    (pk,) = await people(store, 1)
    await mark(store, pk)
    (claimed,) = await claim(store)
    await release(store, claimed, not_before=T + 500)
    assert (await row(store, pk))["problem"] == '{"code": "x"}'
    assert await due(store) == T + 500
    assert await claim(store, now=T + 499) == []
    (again,) = await claim(store, now=T + 500)
    assert (again.tries, again.was_open) == (1, False)
    await finish(store, again)
    done = await row(store, pk)
    assert (done["problem"], done["tries"]) == (None, 0)


async def test_an_outcome_that_is_unknown_stays_known_as_such(store: Database) -> None:
    (pk,) = await people(store, 1)
    await mark(store, pk)
    (claimed,) = await claim(store)
    await release(store, claimed, not_before=T, unknown=True)
    (again,) = await claim(store)
    assert again.was_open


async def test_a_new_mark_ends_the_backoff(store: Database) -> None:
    (pk,) = await people(store, 1)
    await mark(store, pk)
    (claimed,) = await claim(store)
    await release(store, claimed, not_before=T + 100_000)
    await mark(store, pk, now=T + 7)
    (again,) = await claim(store, now=T + 7)
    assert again.tries == 0


async def test_a_mark_that_came_before_the_release_ends_the_backoff_too(store: Database) -> None:
    (pk,) = await people(store, 1)
    await mark(store, pk)
    (claimed,) = await claim(store)
    await mark(store, pk, now=T + 7)
    await release(store, claimed, not_before=T + 100_000)
    assert len(await claim(store, now=T + 8)) == 1


async def test_the_next_due_time_is_when_somebody_can_be_claimed(store: Database) -> None:
    first, second = await people(store, 2)
    await mark(store, first, now=T)
    await claim(store)
    assert await due(store) == T + 60_000  # the claim's end: it may have crashed
    await mark(store, second, now=T, at=T + 5_000)
    assert await due(store) == T + 5_000


async def test_whoever_can_be_claimed_now_is_the_next_due(store: Database) -> None:
    pks = await people(store, 3)
    await mark(store, *pks)
    assert await store.point(lambda tx: marks.next_due(tx, "main", now=T + 7)) == T + 7
    await claim(store, now=T + 7)
    assert await store.point(lambda tx: marks.next_due(tx, "main", now=T + 7)) == T + 60_007
    assert await store.point(lambda tx: marks.count_due(tx, "main")) == 3


async def test_a_sign_in_takes_a_person_due_or_not_and_nobody_elses(store: Database) -> None:
    (pk,) = await people(store, 1)
    taken = await one(store, pk)
    assert taken is not None
    assert await one(store, pk) is None
    await mark(store, pk)
    assert await claim(store) == []
    assert await finish(store, taken)
    assert len(await claim(store)) == 1  # the mark that came meanwhile
    assert await one(store, pk) is None


async def test_a_sign_in_that_crashes_is_looked_at_again(store: Database) -> None:
    (pk,) = await people(store, 1)
    await one(store, pk)
    (again,) = await claim(store, now=T + 60_000)
    assert again.was_open


async def test_each_clerk_instance_has_its_own_people(store: Database) -> None:
    (here,), (there,) = await people(store, 1, "main"), await people(store, 1, "eu")
    await mark(store, here, there)
    assert [claimed.person for claimed in await claim(store, instance="eu")] == [there]
    assert await due(store, "eu") == T + 60_000
    assert await due(store, "main") == T


async def test_a_small_change_does_not_free_a_person_from_the_judgement_of_a_big_one(store: Database) -> None:
    (pk,) = await people(store, 1)
    await mark(store, pk, batch="big")
    await mark(store, pk, now=T + 1)
    assert (await row(store, pk))["batch"] == "big"
    (claimed,) = await claim(store, now=T + 1)
    await finish(store, claimed)
    await mark(store, pk, now=T + 2)
    assert (await row(store, pk))["batch"] is None


async def test_marking_nobody_is_nothing(store: Database) -> None:
    await mark(store)
    assert await due(store) is None


async def test_two_workers_never_hold_the_same_person(store: Database, database_url: str) -> None:
    pks = await people(store, 200)
    await mark(store, *pks)
    other = open_database(database_url)
    calls = [claim(door, limit=7, holder=str(id(door))) for _ in range(20) for door in (store, other)]
    claims = [claimed for batch in await asyncio.gather(*calls) for claimed in batch]
    claims += await claim(store)  # on PostgreSQL a row that another claim is looking at is skipped, not waited for
    assert sorted(claimed.person for claimed in claims) == pks
    await other.close()


async def test_marks_in_any_order_and_claims_between_them_do_not_collide(store: Database, database_url: str) -> None:
    pks = await people(store, 60)
    other = open_database(database_url)
    orders = [pks, pks[::-1], pks[30:] + pks[:30], pks[1::2] + pks[::2]]
    for _ in range(3):
        work = [mark(door, *order) for door in (store, other) for order in orders]
        await asyncio.gather(*work, claim(store, limit=5), claim(other, limit=5))
    assert {(await row(store, pk))["wanted"] for pk in pks} == {24}
    await other.close()


@pytest.mark.parametrize("crash", ["before finish", "after finish"])
async def test_a_crash_costs_a_claims_time_and_never_the_change(store: Database, crash: str) -> None:
    (pk,) = await people(store, 1)
    await mark(store, pk)
    (claimed,) = await claim(store)
    if crash == "after finish":
        await finish(store, claimed)
    assert len(await claim(store, now=T + 60_000)) == (1 if crash == "before finish" else 0)


async def test_who_is_to_be_looked_at_in_clerk_is_claimed_as_unsure_once(store: Database) -> None:
    (pk,) = await people(store, 1)
    await mark(store, pk, look=True)
    await mark(store, pk)
    (first,) = await claim(store)
    assert first.was_open
    assert await finish(store, first)
    await mark(store, pk)
    (second,) = await claim(store)
    assert not second.was_open


async def test_a_look_that_is_asked_for_during_a_claim_is_left_for_the_next(store: Database) -> None:
    (pk,) = await people(store, 1)
    await mark(store, pk)
    (first,) = await claim(store)
    await mark(store, pk, look=True)
    assert await finish(store, first)
    (second,) = await claim(store)
    assert second.was_open


async def test_nobody_who_is_to_be_looked_at_is_settled_without_a_claim(store: Database) -> None:
    (pk,) = await people(store, 1)
    await mark(store, pk, look=True)
    wanted = (await row(store, pk))["wanted"]
    assert not await store.write(lambda tx: marks.settle(tx, pk, wanted, next_change_at=None, now=T))
