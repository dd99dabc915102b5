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
from scim.web import CALLER, HEALED

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
        caller, status, healed = request.get(CALLER), answer.status, _healed(request)
        known = caller.connection if caller is not None else "-"
        _count(known, request.method, status, healed, seconds)
        if request.method != "GET" or status >= 400:
            _log(known, request, status, healed, seconds, request_id)
        if self._requests.wants(connection):
            body = await request.read() if caller is not None and _is_read(request) else b""
            headers = request.headers
            noted = Noted(
                self._clock(),
                request.method,
                request.raw_path,
                status,
                _refusal(answer) if status >= 400 else b"",
                healed,
                seconds,
                caller.actor if caller is not None else None,
                request_id,
                headers.get(hdrs.USER_AGENT),
                request.remote,
                headers.get(hdrs.X_FORWARDED_FOR),
                body[:KEPT],
                len(body),
            )
            self._requests.note(connection, noted)


def _healed(request: web.Request) -> Iterable[str]:
    """The healers that acted."""
    healing = request.get(HEALED)
    return healing.acted if healing is not None else ()


def _count(connection: str, method: str, status: int, healed: Iterable[str], seconds: float) -> None:
    label = method if method in hdrs.METH_ALL else "other"  # what a client invents is no label
    _requests(connection, label, status).inc()
    _seconds(label).observe(seconds)
    for healer in healed:
        _healings(connection, healer).inc()


def _log(connection: str, request: web.Request, status: int, healed: Iterable[str], seconds: float, request_id: str) -> None:
    """A read that went well is counted, not logged."""
    log.info(
        "scim",
        connection=connection,
        method=request.method,
        path=request.path,
        status=status,
        ms=round(seconds * 1000, 1),
        request_id=request_id,
        healed=sorted(healed),
    )


def _is_read(request: web.Request) -> bool:
    """There is a body and somebody read it to its end; what was refused unread is not waited for."""
    return request.body_exists and not request.can_read_body


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
