"""Whose sessions this process has in hand: the patrol and somebody who signs out come to one person in turn, so that the
second finds what the first did. Other processes may be at it as well: to end a session twice is to end it.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class InHand:
    """By the person's key; nothing is kept of whom nobody has in hand."""

    def __init__(self) -> None:
        self._locks: dict[int, asyncio.Lock] = {}
        self._wanted: Counter[int] = Counter()

    @asynccontextmanager
    async def alone(self, person: int) -> AsyncIterator[None]:
        """Wait for whoever has this person in hand."""
        self._wanted[person] += 1
        try:
            async with self._locks.setdefault(person, asyncio.Lock()):
                yield
        finally:
            self._wanted[person] -= 1
            if not self._wanted[person]:
                del self._wanted[person], self._locks[person]
