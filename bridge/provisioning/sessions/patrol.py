"""The lease holder's round of people whose sessions are due, each judged as `judge` does it.

While Clerk is away everybody stays due, and one tries.
"""

import asyncio
from collections.abc import Callable
from functools import partial

import structlog

from bridge.clerk.errors import ClerkError, KeyRefused, NotNow
from bridge.provisioning.outage import Outages
from bridge.provisioning.sessions import due
from bridge.provisioning.sessions.judge import Judge
from bridge.provisioning.sessions.sweep import Sweep
from bridge.provisioning.tools import Tools

SLOTS = 4  # people in work at once
PAGE = 100
EVERY = 1.0  # seconds between rounds
REFUSED_MS = 600_000

log = structlog.get_logger()


class Patrol:
    """`leads` tells whether this process holds the lease of the Clerk instance."""

    def __init__(self, tools: Tools, leads: Callable[[], bool]) -> None:
        self._tools = tools
        self._leads = leads
        self._judge = Judge(tools)
        self._sweep = Sweep(tools)
        self._outages = Outages()
        self._slots = asyncio.Semaphore(SLOTS)

    async def run(self) -> None:
        """Until cancelled. What is not done stays due."""
        while True:
            try:
                await self._round()
            except ClerkError as error:
                self._away(error)
            except Exception:
                log.exception("a round of sessions failed")
            await asyncio.sleep(EVERY)

    async def _round(self) -> None:
        if self._leads() and self._outages.admits(1):
            await self._swept()
        while people := await self._due():
            await asyncio.gather(*map(self._handle, people))

    async def _swept(self) -> None:
        """Where Clerk won't say who was active, whose sessions are known still end in time."""
        try:
            await self._sweep.tick()
        except NotNow:
            raise
        except ClerkError as error:
            self._sweep.put_off()
            log.warning("clerk won't say who was active", code=error.code, sentence=error.sentence, trace=error.trace)

    async def _due(self) -> list[int]:
        """The next page; while Clerk is away one person, to see whether it is back."""
        limit = self._outages.admits(PAGE) if self._leads() else 0
        now, instance = self._tools.clock(), self._tools.instance
        return await self._tools.database.point(lambda tx: due.due(tx, instance, now=now, limit=limit)) if limit else []

    async def _handle(self, pk: int) -> None:
        async with self._slots:
            if self._outages.wait() > 0:
                return
            try:
                if (await self._judge(pk)).asked:
                    self._outages.over()
            except NotNow as error:
                self._away(error)
            except ClerkError as error:
                log.warning("clerk refused", person=pk, code=error.code, sentence=error.sentence, trace=error.trace)
                await self._postpone(pk)
            except Exception:
                log.exception("a person's sessions could not be judged", person=pk)
                await self._postpone(pk)

    async def _postpone(self, pk: int) -> None:
        until = self._tools.clock() + REFUSED_MS
        await self._tools.database.write(partial(due.postpone, person=pk, until=until))

    def _away(self, error: ClerkError) -> None:
        if self._outages.wait() == 0:
            log.warning("clerk is out of reach; sessions wait", code=error.code, sentence=error.sentence, trace=error.trace)
        self._outages.began(long=isinstance(error, KeyRefused))
