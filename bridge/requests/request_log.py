"""The request log of a running service: `note` on the way out of each request, a flush each second beside it.

A flush is one transaction of bounded size, apart from those that SCIM waits for. What the database refuses is kept and
tried again with what came meanwhile, within the same bounds.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress

import structlog

from bridge.requests import entries
from bridge.requests.entries import Row
from bridge.requests.noted import Noted, Waiting
from bridge.store.database import Database
from bridge.store.errors import StoreError

FLUSH_SECONDS = 1.0
LARGEST = 1000  # rows; one connection more may begin below it
log = structlog.get_logger()


class RequestLog:
    """`keep` requests per connection (0: none are noted), bodies in up to `body` characters (0: no content at all)."""

    def __init__(self, database: Database, connections: Collection[str], *, keep: int, body: int) -> None:
        self._database = database
        self._connections = frozenset(connections)
        self._noted = self._connections if keep else frozenset[str]()
        self._keep = keep
        self._body = body
        self._waiting: dict[str, Waiting] = {}
        self._stopping = asyncio.Event()
        self._flushing = asyncio.Lock()

    def wants(self, connection: str) -> bool:
        """Whether to gather anything: a name that is no connection is nobody's business."""
        return connection in self._noted

    def note(self, connection: str, noted: Noted) -> None:
        """Keep the raw pieces in memory."""
        waiting = self._waiting.get(connection)
        if waiting is None:
            waiting = self._waiting[connection] = Waiting()
        waiting.add(noted)

    async def run(self) -> None:
        """Flush each second until `stop`, and then what is left, if the database takes it."""
        await _quietly(self.tidy)
        while not self._stopping.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_SECONDS):
                    await self._stopping.wait()
            await _quietly(self.flush)
        while self._waiting and await _quietly(self.flush):
            pass

    def stop(self) -> None:
        self._stopping.set()

    async def tidy(self) -> None:
        """What an earlier configuration kept beyond this one goes."""
        await self._database.write(lambda tx: entries.tidy(tx, self._connections, self._keep))

    async def flush(self) -> None:
        """Write what waits, the longest waiting first; the work of it is done in a thread. One at a time: what was noted
        before stands there when it ends, also where another one had just begun with it."""
        async with self._flushing:
            taken = self._take()
            if not taken:
                return
            try:
                made = await asyncio.to_thread(self._rows, taken)
                await self._database.write(lambda tx: entries.add(tx, made, self._keep))
            except StoreError:
                self._give_back(taken)
                raise

    def _take(self) -> dict[str, Waiting]:
        taken: dict[str, Waiting] = {}
        size = 0
        while self._waiting and size < LARGEST:
            name = next(iter(self._waiting))
            taken[name] = self._waiting.pop(name)
            size += len(taken[name].entries)
        return taken

    def _give_back(self, taken: dict[str, Waiting]) -> None:
        for name, waiting in taken.items():
            later = self._waiting.get(name)
            if later is not None:
                waiting.absorb(later)
            self._waiting[name] = waiting

    def _rows(self, taken: dict[str, Waiting]) -> list[Row]:
        return [
            row
            for name, waiting in taken.items()
            for row in entries.rows(name, waiting.entries, waiting.dropped, self._body)
        ]


async def _quietly(work: Callable[[], Awaitable[None]]) -> bool:
    """Whether it went well. A log that can't be written is no reason to stop; the next flush tries again."""
    try:
        await work()
        return True
    except StoreError as error:
        log.warning("the request log could not be written", code=error.code)
    except Exception:
        log.exception("some requests could not be written to the request log")
    return False
