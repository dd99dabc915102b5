"""One at a time in a workspace: owner losses (rule R8) and the making of its organization, on whatever replica.

Whoever has the turn keeps it for as long as they are at it, however long Clerk lets them wait; a process that died has it
for `TURN_MS`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from bridge.people import workspaces
from bridge.provisioning.acting.run import Busy, Run
from bridge.store.errors import StoreError

TURN_MS = 10_000
KEPT_EVERY = 2.0  # seconds


class Turn:
    """Somebody's turn in one workspace, until `_until`: nobody else's ends at that moment."""

    def __init__(self, run: Run, workspace: int) -> None:
        self._run = run
        self._workspace = workspace
        self._until = 0
        self._keeping = asyncio.Lock()  # each renewal goes by what the one before it wrote

    async def take(self) -> None:
        """Busy while somebody else has it."""
        now, pk = self._run.tools.clock(), self._workspace
        until = now + TURN_MS
        if not await self._run.tools.database.write(lambda tx: workspaces.take_turn(tx, pk, now=now, until=until)):
            raise Busy
        self._until = until

    async def keep(self) -> None:
        """For longer. Busy: it ran out, and somebody else may have it."""
        async with self._keeping:
            until, held, pk = self._run.tools.clock() + TURN_MS, self._until, self._workspace
            if not await self._run.tools.database.write(lambda tx: workspaces.keep_turn(tx, pk, held=held, until=until)):
                raise Busy
            self._until = until

    async def drop(self) -> None:
        """The next one may have it at once."""
        held, pk = self._until, self._workspace
        await self._run.tools.database.write(lambda tx: workspaces.drop_turn(tx, pk, held=held))


@asynccontextmanager
async def turn(run: Run, workspace: int) -> AsyncIterator[Turn]:
    """Within it nobody else has the turn. Before what must not overlap: `keep`, for a process may have stood still."""
    mine, over = Turn(run, workspace), asyncio.Event()
    await mine.take()
    keeper = asyncio.create_task(_kept(mine, over))
    try:
        yield mine
    finally:
        over.set()
        await keeper
        await mine.drop()


async def _kept(mine: Turn, over: asyncio.Event) -> None:
    """Never cancelled: a renewal that is half known would keep the turn from everybody."""
    while not over.is_set():
        with suppress(TimeoutError):
            async with asyncio.timeout(KEPT_EVERY):
                await over.wait()
            return
        with suppress(Busy, StoreError):  # whoever has it finds out by `keep`
            await mine.keep()
