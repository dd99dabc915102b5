"""One person's sessions, now: look if something may be over that only a look can tell, end what is over, write when to come
back.

No claim on the person: to end a session twice is to end it, and what is known is merged with what others learn meanwhile.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bridge import metrics
from bridge.audit import events
from bridge.audit.events import Event
from bridge.clerk import sessions
from bridge.clerk.budget import Lane
from bridge.clerk.sessions import Session
from bridge.people import persons
from bridge.people.persons import Person
from bridge.provisioning.sessions import due, limits, watch
from bridge.provisioning.sessions.watch import End, Limits, Seen, Watch
from bridge.provisioning.tools import Tools
from scim.ports import Tx


@dataclass(frozen=True, slots=True)
class Judged:
    """`asked`: Clerk was, and answered. `ended`: ids of the sessions that were alive until then."""

    asked: bool
    ended: tuple[str, ...] = ()


class Judge:
    """Called for somebody; ClerkError where Clerk can't be had or won't, and then they stay due."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def __call__(self, pk: int) -> Judged:
        """As the rows have it, after everything urgent."""
        async with self._tools.sessions.alone(pk):
            return await self._judge(pk, watch.needs_look, Lane.NORMAL)

    async def at_once(self, pk: int) -> Judged:
        """Somebody signs out and waits for it, maybe while their ticket is still good: then there is one more look later."""
        async with self._tools.sessions.alone(pk):
            return await self._judge(pk, _looks_now, Lane.URGENT)

    async def _judge(self, pk: int, needs_look: Callable[[Watch, Limits, int], bool], lane: Lane) -> Judged:
        now, database = self._tools.clock(), self._tools.database
        person, known, rule = await database.point(partial(self._load, pk=pk))
        if person is None:
            return Judged(False)
        look = bool(rule) and needs_look(known, rule, now)
        change: Callable[[Watch], Watch] = _same
        if look and person.clerk_user is not None:
            live = await sessions.live(self._tools.clerk, person.clerk_user, lane=lane)
            metrics.session_looks.inc()
            change = partial(watch.looked, live=[_seen(one) for one in live], at=now)
        known, rule = await database.write(lambda tx: self._settled(tx, pk, change, now))
        ends = watch.over(known, rule, now)
        ended = [end.session for end in ends if await self._end(person, end, now, lane)]
        return Judged(look or bool(ends), tuple(ended))

    def _load(self, tx: Tx, pk: int) -> tuple[Person | None, Watch, Limits]:
        """The person, what is known, and what holds for them."""
        return persons.get(tx, pk), due.known(tx, pk), self._limits(tx, pk)

    def _limits(self, tx: Tx, pk: int) -> Limits:
        return limits.of_person(tx, self._tools.settings.connections, pk)

    def _settled(self, tx: Tx, pk: int, change: Callable[[Watch], Watch], now: int) -> tuple[Watch, Limits]:
        return due.update(tx, pk, change, lambda: self._limits(tx, pk), now=now)

    async def _end(self, person: Person, end: End, now: int, lane: Lane) -> bool:
        """The call, then its record: a crash between leaves a session to be ended that is over. False: it was over."""
        was_live = await sessions.revoke(self._tools.clerk, end.session, lane=lane)
        if await self._tools.database.write(lambda tx: self._ended(tx, person, end, now, was_live)):
            metrics.sessions_expired.labels(end.why).inc()
        return was_live

    def _ended(self, tx: Tx, person: Person, end: End, now: int, was_live: bool) -> bool:
        """Whether it goes on record: Clerk says the same to two who end it at once, and one of them tells."""
        there = due.holds(tx, person.pk, end.session)
        self._settled(tx, person.pk, partial(watch.without, session=end.session), now)
        if was_live and there:
            events.record(tx, _told(person, end, now))
        return was_live and there


def _told(person: Person, end: End, now: int) -> Event:
    """Whoever signed out had no limit to reach."""
    action = "session.revoked" if end.why == "logout" else "session.expired"
    facts = {"session": end.session, "why": end.why, "rested" if end.why == "idle" else "age": end.ms // 1000}
    limit = {} if end.why == "logout" else {"limit": end.limit.ms // 1000}
    return Event(end.limit.connection, now, "system", action, person=person.pk, subject=person.id, facts={**facts, **limit})


def _looks_now(known: Watch, rule: Limits, now: int) -> bool:
    return watch.needs_look(known, rule, now) or watch.unseen(known, rule, now)


def _seen(one: Session) -> Seen:
    return Seen(one.id, one.created, one.active, one.expires)


def _same(known: Watch) -> Watch:
    return known
