"""POST /webhooks/clerk: a delivery that is Clerk's is kept, in one insert, and acknowledged; it is acted on afterwards.

Svix waits 15 s and repeats what gets no 2xx, so a full or busy database answers 503 in good time, and nothing is lost.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

import orjson
import structlog
from aiohttp import web

from bridge import metrics
from bridge.errors import BridgeError
from bridge.store.errors import StoreError
from bridge.webhooks.event import UNREADABLE, Event, read
from bridge.webhooks.refusals import NotTaken
from bridge.webhooks.signature import Verifier

PATH = "/webhooks/clerk"
LARGEST = 1024 * 1024  # a user's three metadata have at most 8 KB each
_PATIENCE = 8.0  # seconds for the insert
_AGAIN_SECONDS = 30
_QUIET = 60.0  # seconds between two lines in the log about refusals of one kind: anybody may knock
log = structlog.get_logger()


class Door:
    """`verifier` None: no secret is configured. `keep` stores an event and says whether it is new; `clock` gives ms."""

    def __init__(
        self, verifier: Verifier | None, keep: Callable[[Event], Awaitable[bool]], clock: Callable[[], int]
    ) -> None:
        self._verifier = verifier
        self._keep = keep
        self._clock = clock
        self._told: dict[str, float] = {}

    async def take(self, request: web.Request) -> bool:
        """Keep a delivery; False: it came before. NotTaken where it is none, StoreError where it can't be kept."""
        if self._verifier is None:
            hint = "Set CLERK_WEBHOOK_SIGNING_SECRET, or clerk.webhook_signing_secret; docs/webhooks.md says how."
            raise NotTaken(503, "webhook_unconfigured", "No signing secret for Clerk's webhooks is configured.", hint=hint)
        body = await _body(request)
        now = self._clock()
        event = read(self._verifier.verify(request.headers, body, now=now), body, now=now)
        if event.type == UNREADABLE:
            log.error("an event of Clerk's can't be read; it is passed over", id=event.id, problem=event.facts["problem"])
        async with asyncio.timeout(_PATIENCE):
            return await self._keep(event)

    def complain(self, error: BridgeError) -> None:
        """Count every refusal, and log the first of each kind in a while."""
        metrics.webhooks_refused.labels(error.code).inc()
        now = time.monotonic()
        if now - self._told.get(error.code, -_QUIET) >= _QUIET:
            self._told[error.code] = now
            log.warning("a webhook was not taken", code=error.code, sentence=error.sentence, hint=error.hint)


def mount(app: web.Application, door: Door) -> None:
    """Add the endpoint."""

    async def post(request: web.Request) -> web.Response:
        try:
            new = await door.take(request)
        except NotTaken as refused:
            door.complain(refused)
            return _error(refused.status, refused)
        except StoreError as error:
            door.complain(error)
            return _error(503, error)
        except TimeoutError:
            late = NotTaken(503, "webhook_late", "It could not be kept in time; it may be yet. Send it again.")
            door.complain(late)
            return _error(503, late)
        return _json(200, {"status": "kept" if new else "known"})

    async def other(_: web.Request) -> web.Response:
        refused = NotTaken(405, "webhook_method", "Only POST is offered here.")
        return _json(405, refused.as_dict(), {"Allow": "POST"})

    app.router.add_post(PATH, post)
    app.router.add_route("*", PATH, other)


async def _body(request: web.Request) -> bytes:
    read = bytearray()
    async for piece in request.content.iter_any():
        read += piece
        if len(read) > LARGEST:
            raise NotTaken(413, "webhook_too_large", f"The body is larger than {LARGEST} bytes.")
    return bytes(read)


def _error(status: int, error: BridgeError) -> web.Response:
    return _json(status, error.as_dict(), {"Retry-After": str(_AGAIN_SECONDS)} if status == 503 else None)


def _json(status: int, body: dict[str, str | None], headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(body=orjson.dumps(body), status=status, headers=headers, content_type="application/json")
