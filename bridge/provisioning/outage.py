"""While Clerk is out of reach one person at a time finds out whether it is back; nobody else burns work on it."""

import asyncio

_FIRST, _LONGEST, _KEY_WRONG = 0.25, 5.0, 30.0  # seconds


class Outages:
    """Doubles the wait with each failure in a row; the first success ends it."""

    def __init__(self) -> None:
        self._streak = 0
        self._until = 0.0

    def began(self, *, long: bool = False) -> None:
        """A call found Clerk away. `long`: it will stay so until somebody acts. Failures of one moment count once."""
        now = asyncio.get_running_loop().time()
        if now < self._until:
            return
        self._streak += 1
        self._until = now + (_KEY_WRONG if long else min(_FIRST * 2 ** (self._streak - 1), _LONGEST))

    def over(self) -> None:
        """Somebody was brought to the end."""
        self._streak = 0
        self._until = 0.0

    def admits(self, slots: int) -> int:
        """How many may be in work now."""
        if self.wait() > 0:
            return 0
        return 1 if self._streak else slots

    def wait(self) -> float:
        """Seconds until the next may try; 0: now."""
        return max(0.0, self._until - asyncio.get_running_loop().time())
