"""Whose sessions are to be judged, and what is known of them: two columns of `person`.

Level-triggered: whoever learns something writes what it is and makes the person due; the judge writes when it must come
back. It costs no call to be judged, so being due once too often does no harm.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import reduce

import sqlalchemy as sa
from sqlalchemy import bindparam, text

from bridge.people import tickets
from bridge.provisioning.sessions import watch as watching
from bridge.provisioning.sessions.watch import Limits, Watch
from bridge.store.schema import person
from scim.ports import Tx
from scim.sql import integers, within

_KNOWN = text("SELECT session_watch FROM person WHERE pk = :pk")
_DUE = text(
    """SELECT pk FROM person WHERE clerk_instance = :instance AND sessions_due <= :now
    ORDER BY sessions_due, pk LIMIT :limit"""
)
_ROW = sa.select(person.c.session_watch, person.c.sessions_due).where(person.c.pk == bindparam("pk_")).with_for_update()
_PUT = text("UPDATE person SET session_watch = :watch, sessions_due = :due WHERE pk = :pk")
_POSTPONE = text("UPDATE person SET sessions_due = :at WHERE pk = :pk AND sessions_due IS NOT NULL")
_SOONER = sa.or_(person.c.sessions_due.is_(None), person.c.sessions_due > bindparam("at"))
_LINKED = sa.and_(person.c.clerk_user.is_not(None), within(person.c.pk, integers("pks")))
_ALL = sa.update(person).where(_LINKED, _SOONER).values(sessions_due=bindparam("at"))


def seen(tx: Tx, person: int, at: int) -> None:
    """A session of this person began at `at` (epoch ms), or a ticket was made that may begin one. For anybody we know: who
    has no limit is let go again at no cost."""
    row = tx.one(_ROW, pk_=person)
    if row is None:
        return
    first = Watch(told=at, last=at) if row["session_watch"] is None else None
    now_known = first or watching.told(watching.parse(row["session_watch"]), at)
    due = at if row["sessions_due"] is None else min(row["sessions_due"], at)
    tx.run(_PUT, pk=person, watch=watching.written(now_known), due=due)


def active(tx: Tx, person: int, signed_in: int | None, *, now: int) -> None:
    """Clerk says that this person is active, and when they signed in last. Nothing is written if that is no news."""
    row = tx.one(_ROW, pk_=person)
    if row is None:
        return
    known = watching.parse(row["session_watch"])
    news = watching.signed_in(known, signed_in)
    if row["session_watch"] is None or news != known:
        tx.run(_PUT, pk=person, watch=watching.written(news), due=now)


def ended(tx: Tx, person: int, ids: Iterable[str]) -> None:
    """These sessions are over, by whatever: nobody needs to end them. Who is watched still is."""
    row = tx.one(_ROW, pk_=person)
    if row is None or row["session_watch"] is None:
        return
    known = reduce(watching.without, ids, watching.parse(row["session_watch"]))
    tx.run(_PUT, pk=person, watch=watching.written(known), due=row["sessions_due"])


def look_at(tx: Tx, people: Sequence[int], *, now: int) -> None:
    """Judge these people now, whether anybody told of a session of theirs or not: limits changed."""
    tx.run(_ALL, pks=people, at=now)


def due(tx: Tx, instance: str, *, now: int, limit: int) -> list[int]:
    """Who is to be judged, longest due first."""
    return [row["pk"] for row in tx.all(_DUE, instance=instance, now=now, limit=limit)]


def known(tx: Tx, person: int) -> Watch:
    """What is known of a person's sessions."""
    row = tx.one(_KNOWN, pk=person)
    return watching.parse(row["session_watch"] if row else None)


def holds(tx: Tx, person: int, session: str) -> bool:
    """Whether this session is among those known, for whoever says so first: the row is locked."""
    row = tx.one(_ROW, pk_=person)
    known = watching.parse(row["session_watch"]) if row and row["session_watch"] else Watch(told=None)
    return any(one.id == session for one in known.live)


def update(
    tx: Tx, person: int, change: Callable[[Watch], Watch], limits: Callable[[], Limits], *, now: int
) -> tuple[Watch, Limits]:
    """What is known now, with what others learned meanwhile, and when to come back. `limits` are read behind the lock: a
    grant that is written at this moment either counts already, or makes the person due again, for somebody to whom one is
    coming is not forgotten."""
    row = tx.one(_ROW, pk_=person)
    rule = limits()
    known = watching.parse(row["session_watch"] if row else None)
    if not rule:
        if rule.coming:
            tx.run(_PUT, pk=person, watch=watching.written(known), due=None)
        else:
            forget(tx, person)
        return Watch(told=None), rule
    known = change(known)
    at = watching.next_at(known, rule, now)
    if at is None and not rule.lasting and not rule.coming:
        forget(tx, person)
        return known, rule
    kept = known if rule.lasting else watching.unfollowed(known)
    tx.run(_PUT, pk=person, watch=watching.written(kept), due=at)
    return known, rule


def forget(tx: Tx, person: int) -> None:
    """Nothing of this person is ours to end, or not any more."""
    tickets.over(tx, person)
    tx.run(_PUT, pk=person, watch=None, due=None)


def postpone(tx: Tx, person: int, *, until: int) -> None:
    """Clerk refused something about this person: not at once again."""
    tx.run(_POSTPONE, pk=person, at=until)
