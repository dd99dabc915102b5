"""Failed authentications, counted per address and minute: how many an address may have, and what the audit trail learns.

A minute is one table that is thrown away with it, of bounded size: what no longer fits is counted under one name. Nothing
here stands before a right credential: the count is asked only after one was refused.
"""

from collections import Counter, deque
from dataclasses import dataclass, field

from bridge.callers.visitor import Refusal

A_MINUTE = 30  # failures of one address that are answered with 401
MOST = 1_000  # addresses of one minute that are told apart
ELSEWHERE = "elsewhere"
_MINUTE_MS = 60_000


@dataclass(slots=True)
class Failed:
    """What one address failed at within one minute, at one connection ("-": at none that exists)."""

    minute: int
    address: str
    connection: str
    reasons: Counter[str] = field(default_factory=Counter)
    about: str = ""

    @property
    def at(self) -> int:
        """Epoch ms of the minute's begin."""
        return self.minute * _MINUTE_MS


class Throttle:
    """Counts; `now` in epoch milliseconds."""

    def __init__(self) -> None:
        self._minute = 0
        self._counts: Counter[str] = Counter()
        self._rows: dict[tuple[str, str], Failed] = {}
        self._over: deque[Failed] = deque(maxlen=4 * MOST)  # while the database refuses them

    def failed(self, address: str, connection: str | None, refusal: Refusal, now: int) -> int | None:
        """Count one more; the seconds to wait where that was too many, for Retry-After."""
        self._turn(now)
        counted = address if address in self._counts or len(self._counts) < MOST else ELSEWHERE
        self._counts[counted] += 1
        self._row(counted, connection or "-", refusal)
        if self._counts[counted] <= A_MINUTE:
            return None
        return -((now % _MINUTE_MS - _MINUTE_MS) // 1000)  # whole seconds, rounded up

    def over(self, now: int, *, all: bool = False) -> list[Failed]:
        """Take out the minutes that are over; with `all` the present one too."""
        self._turn(now)
        if all:
            self._end()
        found = list(self._over)
        self._over.clear()
        return found

    def put_back(self, rows: list[Failed]) -> None:
        """They could not be written; the oldest go when there are too many."""
        self._over = deque([*rows, *self._over], self._over.maxlen)

    def _row(self, address: str, connection: str, refusal: Refusal) -> None:
        key = (address, connection)
        if key not in self._rows:
            key = key if len(self._rows) < MOST else (ELSEWHERE, connection)
        row = self._rows.setdefault(key, Failed(self._minute, *key))
        row.reasons[refusal.reason] += 1
        row.about = row.about or refusal.about

    def _turn(self, now: int) -> None:
        if now // _MINUTE_MS != self._minute:
            self._end()
            self._counts.clear()
            self._minute = now // _MINUTE_MS

    def _end(self) -> None:
        """The counts go on to the end of the minute, the rows go out."""
        self._over.extend(self._rows.values())
        self._rows = {}
