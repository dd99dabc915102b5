"""An answered request as raw pieces, and those that wait to be written: bounded, and what fell out is counted.

Noting stands on the path of every request, so nothing here parses, formats or redacts (bridge/requests/entries.py does).
"""

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

KEPT = 16 * 1024  # bytes of a body, from which the background makes what is stored
FINE, FAILED, REFUSED = 0, 1, 2
ROOM = (100, 60, 20)  # of each kind, per connection and flush: a flood of one kind leaves the others their place


class Noted(NamedTuple):
    """`at`: epoch ms when it was answered. `target`: path and query as sent. `answer`: the body of a refusal.

    `body` is cut to `KEPT`, `size` is its whole length. Without an `actor` nobody was recognised. A tuple, because making
    a frozen dataclass costs several times as much.
    """

    at: int
    method: str
    target: str
    status: int
    answer: bytes
    healers: Iterable[str]
    seconds: float
    actor: str | None
    request_id: str
    agent: str | None
    peer: str | None
    forwarded: str | None
    body: bytes
    size: int


class Waiting:
    """What waits for one connection: the newest of each kind."""

    __slots__ = ("_counted", "_lanes")

    def __init__(self) -> None:
        self._lanes: tuple[deque[Noted], ...] = tuple(deque(maxlen=room) for room in ROOM)
        self._counted = 0

    def add(self, noted: Noted) -> None:
        kind = REFUSED if noted.actor is None else FAILED if noted.status >= 400 else FINE
        self._lanes[kind].append(noted)
        self._counted += 1

    def absorb(self, later: "Waiting") -> None:
        """Take in what came while this could not be written."""
        for mine, others in zip(self._lanes, later._lanes, strict=True):
            mine.extend(others)
        self._counted += later._counted

    @property
    def entries(self) -> list[Noted]:
        """Oldest first."""
        return sorted((noted for lane in self._lanes for noted in lane), key=lambda noted: noted.at)

    @property
    def dropped(self) -> int:
        """How many fell out."""
        return self._counted - sum(map(len, self._lanes))
