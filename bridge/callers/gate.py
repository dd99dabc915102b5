"""Which connection a bearer token speaks for, asked on every SCIM request; when each was used last, written now and then.

A known token is believed for a second, so that a busy connector costs no look-up; a revoked one is out within that.
"""

import asyncio
from collections.abc import Callable

import structlog

from bridge.callers import tokens
from bridge.store.database import Database
from scim.ports import Tx

BELIEVED_MS = 1_000
NOTED_SECONDS = 5.0
_MOST = 1_000  # tokens remembered
log = structlog.get_logger()


class Gate:
    """`clock` gives epoch milliseconds."""

    def __init__(self, database: Database, clock: Callable[[], int]) -> None:
        self._database = database
        self._clock = clock
        self._known: dict[bytes, tuple[int, str, str]] = {}
        self._used: dict[str, int] = {}

    async def caller(self, authorization: str) -> tuple[str, str] | None:
        """(token id, connection) of an Authorization header; None: refuse."""
        scheme, _, secret = authorization.partition(" ")
        secret = secret.strip()
        if scheme.lower() != "bearer" or not secret.startswith(tokens.PREFIX):
            return None
        now, digest = self._clock(), tokens.digest(secret)
        known = self._known.get(digest)
        if known is None or known[0] <= now:
            found = await self._database.point(lambda tx: tokens.holder(tx, digest, now=now))
            if found is None:
                self._known.pop(digest, None)
                return None
            if len(self._known) >= _MOST:
                self._known.clear()
            known = self._known[digest] = (now + BELIEVED_MS, *found)
        self._used[known[1]] = now
        return known[1], known[2]

    async def keep_notes(self) -> None:
        """Write uses now and then, for ever; a database that refuses is asked again."""
        while True:
            await asyncio.sleep(NOTED_SECONDS)
            try:
                await self.note_uses()
            except Exception:
                log.exception("last uses of tokens could not be written")

    async def note_uses(self) -> None:
        """Write what was used since the last time."""
        if not self._used:
            return
        used, self._used = self._used, {}

        def work(tx: Tx) -> None:
            for id, at in sorted(used.items()):
                tokens.used(tx, id, at)

        await self._database.write(work)
