"""Sessions that must be over at a certain moment, because of the ticket that opened them: judged without clock or Clerk."""

from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from bridge.people import tickets
from bridge.people.tickets import KEPT_MS, SLACK_MS, Ending
from bridge.provisioning.sessions import due, watch
from bridge.provisioning.sessions.from_idp import LEAST_MS, cap
from bridge.provisioning.sessions.limits import limits, of_person
from bridge.provisioning.sessions.watch import Cap, Limit, Limits, Seen, Watch
from bridge.settings.values import SignIn
from bridge.store.database import Database
from scim.ports import Tx
from tests.sessions.test_due import somebody
from tests.support.examples import examples

T, MIN, HOUR = 10**12, 60_000, 3_600_000
FAR = 10**15


def caps(*ends: Ending) -> Limits:
    return limits({}, [], ends)


def ticket(until: int, created: int = T, *, connection: str = "acme", signed_out: bool = False) -> Ending:
    return Ending(created, created + MIN, until, connection, signed_out)


def session(id: str, created: int) -> Seen:
    return Seen(id, created, created, FAR)


def followed(rule: Limits, sessions: list[Seen], start: int) -> tuple[list[int], dict[str, int]]:
    """(when it was looked, when each session ended), for whoever comes back exactly when `next_at` says."""
    known, now = Watch(), start
    looks: list[int] = []
    ended: dict[str, int] = {}
    while True:
        if watch.needs_look(known, rule, now):
            looks.append(now)
            there = [one for one in sessions if one.created <= now and one.id not in ended]
            known = watch.looked(known, there, now)
        for end in watch.over(known, rule, now):
            ended[end.session] = now
            known = watch.without(known, end.session)
        after = watch.next_at(known, rule, now)
        if after is None:
            return looks, ended
        assert after > now, "who is judged is not due any more"
        now = after


@given(st.integers(2 * MIN, 99 * HOUR), st.integers(-SLACK_MS, MIN + SLACK_MS))
@examples(200)
def test_a_tickets_session_ends_at_its_very_moment_after_one_look(span: int, after: int) -> None:
    rule = caps(ticket(T + span))
    assert followed(rule, [session("hers", T + after), session("older", T - HOUR), session("newer", T + HOUR)], T) == (
        [T + span],
        {"hers": T + span},
    )


def test_a_ticket_that_nobody_used_costs_one_look() -> None:
    assert followed(caps(ticket(T + HOUR)), [], T) == ([T + HOUR], {})


def test_an_end_within_the_tickets_own_life_waits_until_the_ticket_is_good_no_more() -> None:
    last = T + MIN + SLACK_MS
    assert followed(caps(ticket(T + 1000)), [session("late", T + MIN)], T) == ([last], {"late": last})


def test_of_two_tickets_that_may_have_opened_a_session_the_earlier_end_counts() -> None:
    rule = caps(ticket(T + 8 * HOUR), ticket(T + 2 * HOUR, created=T + 1000, connection="other"))
    looks, ended = followed(rule, [session("hers", T + 5000)], T)
    assert ended == {"hers": T + 2 * HOUR}
    assert looks == [T + 2 * HOUR]
    known = watch.looked(Watch(), [session("hers", T + 5000)], T + 2 * HOUR)
    (end,) = watch.over(known, rule, T + 2 * HOUR)
    assert (end.why, end.limit.connection) == ("idp", "other")


def test_where_a_look_came_by_already_the_end_needs_none() -> None:
    rule = replace(caps(ticket(T + 8 * HOUR)), idle=Limit(4 * HOUR, "acme"))
    known = watch.looked(Watch(), [Seen("hers", T, T + 7 * HOUR, FAR)], T + 7 * HOUR)
    assert watch.next_at(known, rule, T + 7 * HOUR) == T + 8 * HOUR
    assert not watch.needs_look(known, rule, T + 8 * HOUR)
    assert [end.why for end in watch.over(known, rule, T + 8 * HOUR)] == ["idp"]


def test_whichever_of_an_age_and_an_end_by_the_idp_comes_first_counts() -> None:
    for until, why in ((T + HOUR, "idp"), (T + 3 * HOUR, "max_age")):
        rule = replace(caps(ticket(until)), max_age=Limit(2 * HOUR, "acme"))
        known = watch.looked(watch.told(Watch(told=None), T), [session("hers", T)], T + MIN + SLACK_MS)
        at = watch.next_at(known, rule, T + 2 * MIN)
        assert at == min(until, T + 2 * HOUR)
        assert [end.why for end in watch.over(known, rule, at)] == [why]


def test_who_signs_out_is_looked_at_while_the_ticket_is_good_and_once_more_when_it_is_not() -> None:
    rule = caps(ticket(T + 10_000, signed_out=True))
    assert not watch.needs_look(Watch(), rule, T + 10_000)
    assert watch.unseen(Watch(), rule, T + 10_000)
    known = watch.looked(Watch(), [session("hers", T + 2000)], T + 10_000)
    assert [end.why for end in watch.over(known, rule, T + 10_000)] == ["logout"]
    assert watch.next_at(watch.without(known, "hers"), rule, T + 10_000) == T + MIN + SLACK_MS


# --- whether the IdP's word counts


@pytest.mark.parametrize(
    ("word", "left", "counts"),
    [
        ("long", LEAST_MS, True),
        ("long", LEAST_MS - 1, False),
        ("long", 5 * MIN, False),  # PingOne
        ("always", 5 * MIN, True),
        ("never", 8 * HOUR, False),
    ],
)
def test_a_quarter_of_an_hour_is_the_least_unless_the_connection_says_otherwise(word: Any, left: int, counts: bool) -> None:
    connection: Any = SimpleNamespace(sign_in=SignIn(from_idp=word))
    assert cap(T, T + left, connection) == (T + left if counts else None)
    assert cap(T, None, connection) is None


# --- in the rows of both engines


async def given(store: Database, pk: int, until: int | None, *, created: int = T, id: str = "sit_1") -> None:
    def work(tx: Tx) -> None:
        tx.together(tickets.remembering(id, pk, "acme", created=created, expires=created + MIN, until=until))
        due.seen(tx, pk, created)

    await store.write(work)


async def judged(store: Database, pk: int, at: int, live: list[Seen] | None = None) -> int | None:
    """Judged with, or without, a look; when they are due next."""

    def work(tx: Tx) -> None:
        change = partial(watch.looked, live=live, at=at) if live is not None else lambda known: known
        due.update(tx, pk, change, lambda: of_person(tx, {}, pk), now=at)

    await store.write(work)
    found = await store.point(lambda tx: tx.one(text("SELECT sessions_due FROM person WHERE pk = :pk"), pk=pk))
    assert found is not None
    return None if found["sessions_due"] is None else int(found["sessions_due"])


async def test_somebody_without_a_limit_is_watched_for_their_ticket_and_let_go_after_it(store: Database) -> None:
    pk = await somebody(store)
    await given(store, pk, T + 8 * HOUR)
    assert await judged(store, pk, T) == T + 8 * HOUR
    assert await judged(store, pk, T + 8 * HOUR, [session("hers", T + 2)]) == T + 8 * HOUR
    assert await judged(store, pk, T + 8 * HOUR, []) is None
    assert await store.point(lambda tx: due.known(tx, pk)) == Watch()
    assert await store.point(lambda tx: tickets.endings(tx, pk)) == []


async def test_a_ticket_without_an_end_makes_nobody_watched(store: Database) -> None:
    pk = await somebody(store)
    await given(store, pk, None)
    assert await judged(store, pk, T) is None


async def test_a_limit_that_comes_later_finds_sessions_from_before_the_ticket(store: Database) -> None:
    pk = await somebody(store)
    await given(store, pk, T + 8 * HOUR)
    await judged(store, pk, T)
    known = await store.point(lambda tx: due.known(tx, pk))
    assert watch.needs_look(known, Limits(max_age=Limit(12 * HOUR, "acme")), T + HOUR)


async def test_an_earlier_end_of_a_ticket_counts_and_a_later_one_does_not(store: Database) -> None:
    pk = await somebody(store)
    await given(store, pk, T + 8 * HOUR)
    await given(store, pk, None, id="sit_2", created=T + HOUR)
    for at in (T + 2 * HOUR, T + 3 * HOUR):
        await store.write(lambda tx, at=at: tickets.end(tx, ["sit_1", "sit_2", "sit_3"], at=at))  # type: ignore[misc]
    found = await store.point(lambda tx: tickets.endings(tx, pk))
    assert [(one.created, one.until, one.signed_out) for one in found] == [
        (T, T + 2 * HOUR, False),
        (T + HOUR, T + 2 * HOUR, False),
    ]


async def test_a_ticket_is_kept_as_long_as_its_session_may_have_to_end(store: Database) -> None:
    pk = await somebody(store)
    await given(store, pk, T + 30 * 24 * HOUR)
    await given(store, pk, None, id="sit_2")
    await store.write(lambda tx: tickets.forget(tx, now=T + KEPT_MS + 1))
    rows = await store.point(lambda tx: tx.all(text("SELECT id FROM ticket")))
    assert [row["id"] for row in rows] == ["sit_1"]
    await store.write(lambda tx: tickets.forget(tx, now=T + 30 * 24 * HOUR + KEPT_MS + 1))
    assert await store.point(lambda tx: tx.all(text("SELECT id FROM ticket"))) == []


def test_a_cap_says_from_when_to_when_its_session_may_begin() -> None:
    assert caps(ticket(T + HOUR)).caps == (Cap(T - SLACK_MS, T + MIN + SLACK_MS, T + HOUR, "acme", "idp"),)
