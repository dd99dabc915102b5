"""Seals the audit trail every second or so, and logs each digest: whoever rewrites the tables can't rewrite the logs."""

from collections.abc import Callable

import structlog

from bridge.audit import seal
from bridge.store.database import Database

log = structlog.get_logger()


class Sealer:
    """`every` in seconds; `clock` gives epoch milliseconds."""

    def __init__(self, database: Database, key: bytes, every: int, clock: Callable[[], int]) -> None:
        self._database = database
        self._key = key
        self._every_ms = every * 1000
        self._clock = clock
        self._next = 0

    async def tick(self) -> None:
        """Seal, if it is time again."""
        now = self._clock()
        if now >= self._next:
            self._next = now + self._every_ms
            await seal_all(self._database, self._key, now=now)


async def seal_all(database: Database, key: bytes, *, now: int) -> int:
    """Seal whatever is not sealed yet; returns how many events."""
    total = 0
    while True:
        seals = await database.write(lambda tx: seal.seal(tx, key, now=now))
        for one in seals:
            log.info("audit sealed", connection=one.connection, n=one.n, count=one.count, digest=one.digest.hex())
        if not seals:
            return total
        total += sum(one.count for one in seals)
