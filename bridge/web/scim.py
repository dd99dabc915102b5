"""The SCIM mount: who calls, under which request id, and an answer in SCIM's own words whatever happens."""

import time
import uuid
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware

from bridge import metrics
from bridge.callers.gate import Gate
from bridge.store.errors import StoreError
from bridge.web.notes import Notes
from scim.errors import error_body
from scim.ports import Caller
from scim.web.routes import CALLER, MEDIA_TYPE

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ROOT = "/scim/v2/"
log = structlog.get_logger()


def middleware(gate: Gate, notes: Notes) -> Middleware:
    """The middleware of everything under /scim/v2; other paths pass."""

    @web.middleware
    async def scim(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(ROOT):
            return await handler(request)
        began, request_id = time.perf_counter(), _request_id(request)
        connection = request.path[len(ROOT) :].partition("/")[0]
        answer = await _answered(gate, request, handler, connection, request_id)
        answer.headers["X-Request-Id"] = request_id
        await notes.take(request, answer, connection, time.perf_counter() - began, request_id)
        return answer

    return scim


async def _answered(
    gate: Gate, request: web.Request, handler: Handler, connection: str, request_id: str
) -> web.StreamResponse:
    try:
        found = await gate.caller(request.headers.get("Authorization", ""))
        if found is None or found[1] != connection:
            return _unauthorized()
        request[CALLER] = Caller(connection, f"idp:{found[0]}", request_id)
        return await handler(request)
    except web.HTTPException as error:
        return _scim(error.status, error.reason)
    except StoreError as error:
        log.error("the database refuses", connection=connection, request_id=request_id, code=error.code)
        answer = _scim(503, f"{error.sentence} The request was not carried out; send it again.")
        answer.headers["Retry-After"] = "5"
        return answer
    except Exception:
        log.exception("scim request failed", connection=connection, request_id=request_id, method=request.method)
        return _scim(500, f"The request could not be answered. Its id is {request_id}.")


def _unauthorized() -> web.Response:
    metrics.authentication_failures.inc()
    answer = _scim(401, "A valid bearer token of this connection is needed.")
    answer.headers["WWW-Authenticate"] = 'Bearer realm="scim"'
    return answer


def _scim(status: int, detail: str) -> web.Response:
    return web.Response(body=error_body(status, detail), status=status, content_type=MEDIA_TYPE)


def _request_id(request: web.Request) -> str:
    """The client's own, if it is a modest word; else a new one."""
    given = request.headers.get("X-Request-Id", "")
    return given if 0 < len(given) <= 64 and given.replace("-", "").isalnum() and given.isascii() else uuid.uuid4().hex
