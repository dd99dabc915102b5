"""What is remembered of an answered SCIM request: it is counted, logged if it wrote or failed, and noted for operators.

On the path of every request, so metrics are looked up once per set of labels, and the request log gets raw pieces.
"""

from collections.abc import Callable, Iterable
from functools import cache

import structlog
from aiohttp import hdrs, web
from prometheus_client import Counter, Histogram

from bridge import metrics
from bridge.requests.noted import KEPT, Noted
from bridge.requests.request_log import RequestLog
from scim.web.routes import CALLER, HEALED

log = structlog.get_logger()


class Notes:
    """`clock` gives epoch milliseconds."""

    def __init__(self, requests: RequestLog, clock: Callable[[], int]) -> None:
        self._requests = requests
        self._clock = clock

    async def take(
        self, request: web.Request, answer: web.StreamResponse, connection: str, seconds: float, request_id: str
    ) -> None:
        """Remember one. `connection` is the one in the address, whether or not somebody may call it."""
        healed = _healed(request)
        _count(request, answer.status, healed, seconds)
        if request.method != "GET" or answer.status >= 400:
            _log(request, answer.status, healed, seconds, request_id)
        if self._requests.wants(connection):
            self._requests.note(connection, await self._noted(request, answer, healed, seconds, request_id))

    async def _noted(
        self,
        request: web.Request,
        answer: web.StreamResponse,
        healed: Iterable[str],
        seconds: float,
        request_id: str,
    ) -> Noted:
        caller, headers = request.get(CALLER), request.headers
        body = await _body(request) if caller is not None else b""
        return Noted(
            at=self._clock(),
            method=request.method,
            target=request.raw_path,
            status=answer.status,
            answer=_refusal(answer) if answer.status >= 400 else b"",
            healers=healed,
            seconds=seconds,
            actor=caller.actor if caller is not None else None,
            request_id=request_id,
            agent=headers.get("User-Agent"),
            peer=request.remote,
            forwarded=headers.get("X-Forwarded-For"),
            body=body[:KEPT],
            size=len(body),
        )


def _healed(request: web.Request) -> Iterable[str]:
    """The healers that acted."""
    found: Iterable[str] = request.get(HEALED, ())
    return found


def _count(request: web.Request, status: int, healed: Iterable[str], seconds: float) -> None:
    caller = request.get(CALLER)
    connection = caller.connection if caller is not None else "-"
    method = request.method if request.method in hdrs.METH_ALL else "other"  # what a client invents is no label
    _requests(connection, method, status).inc()
    _seconds(method).observe(seconds)
    for healer in healed:
        _healings(connection, healer).inc()


def _log(request: web.Request, status: int, healed: Iterable[str], seconds: float, request_id: str) -> None:
    """A read that went well is counted, not logged."""
    caller = request.get(CALLER)
    log.info(
        "scim",
        connection=caller.connection if caller is not None else "-",
        method=request.method,
        path=request.path,
        status=status,
        ms=round(seconds * 1000, 1),
        request_id=request_id,
        healed=sorted(healed),
    )


async def _body(request: web.Request) -> bytes:
    """The body if it was read to its end; what was refused unread is not waited for."""
    return await request.read() if request.body_exists and not request.can_read_body else b""


def _refusal(answer: web.StreamResponse) -> bytes:
    body = answer.body if isinstance(answer, web.Response) else None
    return body if isinstance(body, bytes) else b""


@cache
def _requests(connection: str, method: str, status: int) -> Counter:
    return metrics.scim_requests.labels(connection, method, str(status))


@cache
def _seconds(method: str) -> Histogram:
    return metrics.scim_seconds.labels(method)


@cache
def _healings(connection: str, healer: str) -> Counter:
    return metrics.scim_healed.labels(connection, healer)
