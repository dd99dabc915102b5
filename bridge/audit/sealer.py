"""Seals the audit trail every second or so, and logs each digest: whoever rewrites the tables can't rewrite the logs."""

import structlog

from bridge.audit import seal
from bridge.store.database import Database

log = structlog.get_logger()


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
