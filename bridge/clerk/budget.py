"""Clerk's rate limit as a budget: so many calls in any ten seconds; who is urgent goes first, bulk leaves a reserve.

A leaky bucket would let twice the limit through in the first window, so the calls of the last ten seconds are counted.
"""

import asyncio
import heapq
from collections import deque
from enum import IntEnum

from bridge import metrics

WINDOW = 10.0  # seconds
_RESERVE = 0.1  # of the limit: what ordinary and bulk work leaves to the urgent


class Lane(IntEnum):
    """Lower goes first."""

    URGENT = 0
    NORMAL = 1
    BULK = 2


class Budget:
    """`limit` calls in any ten seconds. One per Clerk instance; its lease holder spends it."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._spent: deque[float] = deque()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = 0
        self._paused_until = 0.0
        self._timer: asyncio.TimerHandle | None = None

    async def spend(self, lane: Lane) -> None:
        """Wait until one more call of this lane is within the limit, and count it."""
        loop = asyncio.get_running_loop()
        if not self._waiting and self._wait(lane, loop.time()) == 0:
            self._spent.append(loop.time())
            return
        began, turn = loop.time(), loop.create_future()
        self._order += 1
        heapq.heappush(self._waiting, (int(lane), self._order, turn))
        self._serve()
        await turn
        metrics.clerk_wait.inc(loop.time() - began)

    def pause(self, seconds: float) -> None:
        """Clerk said 429: nobody calls for so long."""
        self._paused_until = max(self._paused_until, asyncio.get_running_loop().time() + seconds)

    def _serve(self) -> None:
        """Let everybody go whose turn it is; come back when the next may."""
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._waiting:
            lane, _, turn = self._waiting[0]
            wait = 0.0 if turn.done() else self._wait(Lane(lane), loop.time())
            if wait > 0:
                self._timer = loop.call_later(wait, self._serve)
                return
            heapq.heappop(self._waiting)
            if not turn.done():  # a cancelled caller spends nothing
                self._spent.append(loop.time())
                turn.set_result(None)

    def _wait(self, lane: Lane, now: float) -> float:
        while self._spent and self._spent[0] <= now - WINDOW:
            self._spent.popleft()
        if self._paused_until > now:
            return self._paused_until - now
        room = self._limit if lane is Lane.URGENT else self._limit - int(self._limit * _RESERVE)
        over = len(self._spent) - room
        return max(self._spent[over] + WINDOW - now, 0.001) if over >= 0 else 0.0
