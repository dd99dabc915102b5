"""PURE: what is known of a person's sessions at Clerk, which of them are over, and when to look again.

A session's age is known from one look for good, so its end needs no other. Only a session that began since, or one that
may have been used since, is worth a look. A ticket of ours says itself when its session can begin, so one look after that
is enough, and it has time until the session must be over. Times are epoch ms, by Clerk's clock and ours alike.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import orjson

MARGIN = 60_000  # by less do Clerk's clock and ours differ
Why = Literal["max_age", "idle", "idp", "logout"]


@dataclass(frozen=True, slots=True)
class Limit:
    """A span in ms, and the connection that sets it."""

    ms: int
    connection: str


@dataclass(frozen=True, slots=True)
class Cap:
    """Whatever session began from `first` to `last` is over `at`: a ticket of `connection`'s may have opened it."""

    first: int
    last: int
    at: int
    connection: str
    why: Why


@dataclass(frozen=True, slots=True)
class Limits:
    """What holds for one person: the strictest of their connections, None where none sets any; and their tickets' ends.
    `coming`: nothing may hold yet, but a grant of a connection that sets some is under way."""

    max_age: Limit | None = None
    idle: Limit | None = None
    caps: tuple[Cap, ...] = ()
    coming: bool = False

    def __bool__(self) -> bool:
        return self.lasting or bool(self.caps)

    @property
    def lasting(self) -> bool:
        """Whether they hold for whatever session comes, so that each new one is news."""
        return self.max_age is not None or self.idle is not None

    @property
    def period(self) -> int:
        """No session that nobody knows of may be older than this, ms."""
        return min(limit.ms for limit in (self.max_age, self.idle) if limit is not None)


@dataclass(frozen=True, slots=True)
class Seen:
    """A live session as it was at the last look; `expires`: when Clerk ends it by itself."""

    id: str
    created: int
    active: int
    expires: int


@dataclass(frozen=True, slots=True)
class End:
    """A session that is over, by which limit; `ms`: how old it was, or how long it had rested."""

    session: str
    why: Why
    limit: Limit
    ms: int


@dataclass(frozen=True, slots=True)
class Watch:
    """`looked`: when; 0: never yet. `told`: since when there may be a session that no look has seen; None: there is none.
    `last`: when such a one may have begun at the latest; a look that was on its way then did not see it.

    A new one knows nothing: there may be sessions from long ago.
    """

    looked: int = 0
    told: int | None = 0
    live: tuple[Seen, ...] = ()
    last: int | None = None


def parse(text: str | None) -> Watch:
    """What `written` wrote."""
    if text is None:
        return Watch()
    data: dict[str, Any] = orjson.loads(text)
    return Watch(data["looked"], data["told"], tuple(Seen(**one) for one in data["live"]), data.get("last"))


def written(watch: Watch) -> str:
    return orjson.dumps(asdict(watch)).decode()


def told(watch: Watch, at: int) -> Watch:
    """A session began at `at`, or may have."""
    first = at if watch.told is None else min(watch.told, at)
    return replace(watch, told=first, last=at if watch.last is None else max(watch.last, at))


def signed_in(watch: Watch, at: int | None) -> Watch:
    """The person is active, and signed in last at `at`: that concerns us as far as no look saw it. Who was never looked at
    may have sessions from long ago, beside the one that a ticket may open yet."""
    if watch.looked == 0:
        return Watch(last=watch.last)
    return told(watch, at) if at is not None and at > watch.looked - MARGIN else watch


def looked(watch: Watch, live: Sequence[Seen], at: int) -> Watch:
    """The live sessions at `at`. What began about then may be missing from the answer, so it still counts as told."""
    if watch.told is None or max(watch.told, watch.last or 0) <= at - MARGIN:
        return Watch(at, None, tuple(live))
    return Watch(at, max(watch.told, at - MARGIN), tuple(live), watch.last)


def without(watch: Watch, session: str) -> Watch:
    """One session is over."""
    return replace(watch, live=tuple(one for one in watch.live if one.id != session))


def unfollowed(watch: Watch) -> Watch:
    """Nobody keeps account of new sessions of somebody without lasting limits; so if they get one, all is to be learned."""
    return replace(watch, told=0)


def needs_look(watch: Watch, limits: Limits, now: int) -> bool:
    """Whether something may be over that only a look can tell."""
    return any(at <= now for at in _looks(watch, limits, now))


def unseen(watch: Watch, limits: Limits, now: int) -> bool:
    """Whether a session may be there that is over already, and that no look has shown: its ticket is good even now."""
    return any(cap.at <= now and watch.looked < cap.last for cap in limits.caps)


def cap_of(one: Seen, limits: Limits) -> Cap | None:
    """The earliest end of all tickets that may have opened it: nobody knows which of two that were good at once it was."""
    caps = [cap for cap in limits.caps if cap.first <= one.created <= cap.last]
    return min(caps, key=lambda cap: cap.at, default=None)


def over(watch: Watch, limits: Limits, now: int) -> list[End]:
    """What is to be ended. Age counts until `now`; rest only until the look, because nobody knows what was used since."""
    ends: list[End] = []
    for one in _alive(watch, now):
        cap = cap_of(one, limits)
        if cap is not None and cap.at <= now:
            ends.append(End(one.id, cap.why, Limit(max(0, cap.at - one.created), cap.connection), now - one.created))
        elif limits.max_age is not None and one.created + limits.max_age.ms <= now:
            ends.append(End(one.id, "max_age", limits.max_age, now - one.created))
        elif limits.idle is not None and one.active + limits.idle.ms <= watch.looked:
            ends.append(End(one.id, "idle", limits.idle, watch.looked - one.active))
    return ends


def next_at(watch: Watch, limits: Limits, now: int) -> int | None:
    """When to come back, for a look or an end; None: nobody is signed in as far as is known."""
    moments = list(_looks(watch, limits, now))
    if limits.max_age is not None:
        moments += [one.created + limits.max_age.ms for one in _alive(watch, now)]
    moments += [cap.at for one in _alive(watch, now) if (cap := cap_of(one, limits)) is not None]
    return min(moments, default=None)


def _looks(watch: Watch, limits: Limits, now: int) -> Iterator[int]:
    """When a look is due. None comes within a period after the last but for a session that had rested for a while, or for
    a ticket that nobody looked after since it was good."""
    live = _alive(watch, now)
    yield from (max(cap.at, cap.last) for cap in limits.caps if watch.looked < cap.last)
    if not limits.lasting:
        return
    if watch.told is not None:
        yield max(watch.told, watch.looked) + limits.period
    if live:
        yield watch.looked + limits.period
    if limits.idle is not None:
        yield from (_rested_at(one, watch.looked, limits.idle.ms) for one in live)


def _rested_at(one: Seen, looked_at: int, idle: int) -> int:
    """When this session has rested for `idle`. Somebody at work was active a moment before any look: a rest of less than
    an eighth counts as none, so that they cost one look a period, and the end may be late by that."""
    return (one.active if looked_at - one.active > idle // 8 else looked_at) + idle


def _alive(watch: Watch, now: int) -> list[Seen]:
    return [one for one in watch.live if one.expires > now]
