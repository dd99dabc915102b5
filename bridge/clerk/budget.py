"""Clerk's rate limit as a budget: so many calls in any ten seconds; who is urgent goes first.

A leaky bucket alone would let twice the limit through in the first window, so the calls of the last ten seconds are counted.
Counting alone would let bulk work spend a whole window in its first seconds and leave the urgent nothing for the rest of it,
so whoever is not urgent goes at an even pace, and what is left of every second is the urgent's first. That is their reserve,
which the others borrow while nobody is urgent; a small part of it is never lent.
"""

import asyncio
import heapq
from collections import deque
from enum import IntEnum

from bridge import metrics

WINDOW = 10.0  # seconds
_KEPT = 0.03  # of the limit: never lent
_SECOND = 0.1  # of the limit: a second's worth, which is also what may go at once


class Lane(IntEnum):
    """Lower goes first."""

    URGENT = 0
    NORMAL = 1
    BULK = 2


class Budget:
    """`limit` calls in any ten seconds. One per Clerk instance; its lease holder spends it, the others a share of it."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._spent: deque[float] = deque()
        self._pace = _Pace(limit)
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = 0
        self._paused_until = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def limit(self) -> int:
        """Calls in any ten seconds."""
        return self._limit

    def resize(self, limit: int) -> None:
        """From now on it is another share."""
        if limit != self._limit:
            self._limit, self._pace = limit, _Pace(limit)
            self._serve()

    async def spend(self, lane: Lane) -> None:
        """Wait until one more call of this lane is within the limit, and count it."""
        loop = asyncio.get_running_loop()
        if not self._waiting and self._wait(lane, loop.time()) == 0:
            self._count(loop.time())
            return
        began, turn = loop.time(), loop.create_future()
        self._order += 1
        heapq.heappush(self._waiting, (int(lane), self._order, turn))
        self._serve()
        await turn
        metrics.clerk_wait.labels(lane.name.lower()).inc(loop.time() - began)

    def pause(self, seconds: float) -> None:
        """Clerk said 429: nobody calls for so long."""
        self._paused_until = max(self._paused_until, asyncio.get_running_loop().time() + seconds)

    def _serve(self) -> None:
        """Let everybody go whose turn it is; come back when the next may."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._waiting:
            loop = asyncio.get_running_loop()
            lane, _, turn = self._waiting[0]
            wait = 0.0 if turn.done() else self._wait(Lane(lane), loop.time())
            if wait > 0:
                self._timer = loop.call_later(wait, self._serve)
                return
            heapq.heappop(self._waiting)
            if not turn.done():  # a cancelled caller spends nothing
                self._count(loop.time())
                turn.set_result(None)

    def _count(self, now: float) -> None:
        self._spent.append(now)
        self._pace.count(now)

    def _wait(self, lane: Lane, now: float) -> float:
        """Seconds; 0: now."""
        while self._spent and self._spent[0] <= now - WINDOW:
            self._spent.popleft()
        waits = [self._paused_until - now]
        over = len(self._spent) - self._room(lane)
        if over >= 0:
            waits.append(max(self._spent[over] + WINDOW - now, 0.001))
        if lane is not Lane.URGENT:
            waits.append(self._pace.wait(now))
        return max(0.0, *waits)

    def _room(self, lane: Lane) -> int:
        kept = 0 if lane is Lane.URGENT else max(1, int(self._limit * _KEPT))
        return max(1, self._limit - kept)


class _Pace:
    """A second's worth of calls at once, and that much in every second. What the urgent spend is missing to the others."""

    def __init__(self, limit: int) -> None:
        self._rate = limit * _SECOND
        self._most = max(1.0, self._rate)
        self._left = self._most
        self._at = 0.0

    def count(self, now: float) -> None:
        self._fill(now)
        self._left -= 1

    def wait(self, now: float) -> float:
        self._fill(now)
        return 0.0 if self._left >= 1 - 1e-9 else max((1 - self._left) / self._rate, 0.001)

    def _fill(self, now: float) -> None:
        self._left = min(self._most, self._left + (now - self._at) * self._rate)
        self._at = max(self._at, now)


class Objects:
    """Clerk changes one user, organization or membership ten times in ten seconds and no more: who comes after that waits.

    Waiting here spends nothing of the instance's budget.
    """

    _MOST = 10
    _REMEMBERED = 5000

    def __init__(self) -> None:
        self._changed: dict[str, deque[float]] = {}

    async def turn(self, key: str) -> None:
        """Wait until the object of this key may be changed once more, and count it."""
        loop = asyncio.get_running_loop()
        while (wait := self._wait(key, loop.time())) > 0:  # noqa: ASYNC110 - time is what it waits for
            await asyncio.sleep(wait)
        self._changed[key].append(loop.time())

    def _wait(self, key: str, now: float) -> float:
        if len(self._changed) > self._REMEMBERED:
            self._changed = {one: seen for one, seen in self._changed.items() if seen and seen[-1] > now - WINDOW}
        seen = self._changed.setdefault(key, deque())
        while seen and seen[0] <= now - WINDOW:
            seen.popleft()
        return seen[0] + WINDOW - now if len(seen) >= self._MOST else 0.0
