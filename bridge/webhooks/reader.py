"""The lease holder reads what came in, oldest first and in pages, and makes those due who must be looked at in Clerk.

Our own calls are told of, too, and their news may come before their outcome is written, or before the news of the next
call: so whoever is at work is left for later, and what differs rests for a moment.
"""

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial

import structlog

from bridge import metrics
from bridge.provisioning.situation import role_keys
from bridge.provisioning.tools import Tools
from bridge.store.errors import StoreError
from bridge.webhooks import inbox, organizations, sign_ins
from bridge.webhooks.act import Acted, Terms, act, pass_over
from bridge.webhooks.event import Event
from bridge.webhooks.inbox import START, Position

PAGE = 200
AGAIN = 0.25  # seconds until what was left is read again
POLL = 0.5  # seconds: other replicas take webhooks, too
FORGET = 3600.0  # seconds
log = structlog.get_logger()


class Reader:
    """`leads`: do we hold the instance's lease? `due`: called when somebody was made due."""

    def __init__(self, tools: Tools, leads: Callable[[], bool], due: Callable[[], None]) -> None:
        self._tools = tools
        self._leads = leads
        self._due = due
        self._ranks = role_keys(tools.settings)
        self._came = asyncio.Event()
        self._forget_at = 0.0

    async def keep(self, event: Event) -> bool:
        """Take an event in, to be read at once; False: it came before."""
        instance, now = self._tools.instance, self._tools.clock()
        new = await self._tools.database.write(lambda tx: inbox.put(tx, instance, event, now=now))
        if new:
            self._came.set()
        return new

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._came.clear()
            wait = POLL
            try:
                if self._leads():
                    wait = AGAIN if await self.read() else POLL
                    await self._forget_hourly()
            except Exception:
                log.exception("webhooks could not be read; they wait")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._came.wait()

    async def read(self) -> int:
        """Act on everything that can be acted on now; returns how many events are left for later."""
        instance = self._tools.instance
        oldest = await self._tools.database.point(lambda tx: inbox.oldest(tx, instance))
        metrics.webhooks_oldest.set(0 if oldest is None else max(0, self._tools.clock() - oldest) / 1000)
        asked = await organizations.asked(self._tools) if oldest is not None else frozenset()
        after, left = START, 0
        while oldest is not None:
            page = await self._page(after, asked)
            left += page.left
            if page.after is None:
                break
            after = page.after
        return left

    async def _page(self, after: Position, asked: frozenset[str]) -> Acted:
        """A broken event doesn't stop the others: where a page fails, its first event is acted on alone, or given up."""
        for limit in (PAGE, 1):
            try:
                return await self._written(partial(act, after=after, limit=limit), asked)
            except StoreError:
                raise
            except Exception:
                log.exception("webhooks could not be acted on", events=limit)
        return await self._written(partial(pass_over, after=after), asked)

    async def _written(self, work: Callable[..., Acted], asked: frozenset[str]) -> Acted:
        settings, now = self._tools.settings, self._tools.clock()
        terms = Terms(self._tools.instance, settings.connections, self._ranks, asked, now)
        acted = await self._tools.database.write(lambda tx: work(tx, terms))
        for (noun, outcome), count in acted.outcomes.items():
            metrics.webhook_events.labels(noun, outcome).inc(count)
        for event, person, connections in acted.alarms:
            sign_ins.alarm(event, person, connections)
        if acted.look or acted.bar:
            self._due()
        return acted

    async def _forget_hourly(self) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._forget_at:
            self._forget_at = now + FORGET
            await self._tools.database.write(lambda tx: inbox.forget(tx, now=self._tools.clock()))
