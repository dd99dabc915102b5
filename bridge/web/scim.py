"""The SCIM mount: who calls, under which request id, and an answer in SCIM's own words whatever happens."""

import time
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from bridge.callers.gate import Gate
from bridge.callers.jwks import KeysUnreached
from bridge.callers.visitor import Refusal, Visitor
from bridge.store.errors import StoreError
from bridge.web.notes import Notes
from bridge.web.request_ids import id_of
from scim.errors import error_body
from scim.ports import Caller
from scim.web import CALLER, MEDIA_TYPE

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_LEFT = 499  # by nginx's custom: nobody reads it, but metrics and the request log show that it was not us
_OF_ONESELF = {"Me", "ServiceProviderConfig", "ResourceTypes", "Schemas"}
log = structlog.get_logger()


def guarded(gate: Gate, notes: Notes, address: Callable[[web.Request], str], handler: Handler) -> Handler:
    """`handler`, behind us; no middleware, which every request would pay for twice. `address`: counted if it fails."""

    async def scim(request: web.Request) -> web.StreamResponse:
        began, request_id = time.perf_counter(), id_of(request)
        connection = request.match_info["connection"]
        answer = await _answered(gate, address, request, handler, connection, request_id)
        answer.headers["X-Request-Id"] = request_id
        await notes.take(request, answer, connection, time.perf_counter() - began, request_id)
        return answer

    return scim


async def _answered(
    gate: Gate,
    address: Callable[[web.Request], str],
    request: web.Request,
    handler: Handler,
    connection: str,
    request_id: str,
) -> web.StreamResponse:
    try:
        authorization = request.headers.get("Authorization", "")
        visitor = gate.known(authorization, connection) or await gate.caller(authorization, connection)
        refused = _refused(gate, address, request, connection, visitor)
        if refused is not None:
            return refused
        assert isinstance(visitor, Visitor)
        request[CALLER] = Caller(connection, f"idp:{visitor.id}", request_id, visitor.subject)
        return await handler(request)
    except web.HTTPException as error:
        return _scim(error.status, error.reason)
    except ConnectionResetError:
        return _scim(_LEFT, "The connection ended before the whole request had arrived.")
    except (KeysUnreached, StoreError) as error:
        return _later(error, connection, request_id)
    except Exception:
        log.exception("scim request failed", connection=connection, request_id=request_id, method=request.method)
        return _scim(500, f"The request could not be answered. Its id is {request_id}.")


def _later(error: KeysUnreached | StoreError, connection: str, request_id: str) -> web.Response:
    if isinstance(error, KeysUnreached):
        log.warning("a caller can't be judged now", connection=connection, request_id=request_id, code=error.code)
        seconds, why = "10", "The keys of your token's issuer can't be had now, so it can't be checked. Send it again."
    else:
        log.error("the database refuses", connection=connection, request_id=request_id, code=error.code)
        seconds, why = "5", f"{error.sentence} The request was not carried out; send it again."
    answer = _scim(503, why)
    answer.headers["Retry-After"] = seconds
    return answer


def _refused(
    gate: Gate,
    address: Callable[[web.Request], str],
    request: web.Request,
    connection: str,
    visitor: Visitor | Refusal,
) -> web.Response | None:
    """The answer for who may not do this; None for who may."""
    if isinstance(visitor, Refusal):
        return _unauthorized(visitor, gate.failed(address(request), connection, visitor))
    if visitor.subject is not None and not _of_oneself(request):
        return _scim(403, "This token belongs to a user, who may read /Me and what the service offers.")
    return None


def _of_oneself(request: web.Request) -> bool:
    """Roles follow from what the directory says of a person, so nobody writes that of themselves."""
    place = request.match_info["tail"][1:].partition("/")[0]
    return request.method == "GET" and place in _OF_ONESELF


def _unauthorized(refusal: Refusal, wait: int | None) -> web.Response:
    """Why is for the audit trail alone. RFC 6750 §3.1: no error code for who presented nothing."""
    if wait is not None:
        answer = _scim(429, "Too many failed authentications from your address. A valid token is let in at any time.")
        answer.headers["Retry-After"] = str(wait)  # Okta reads whole seconds only
        return answer
    answer = _scim(401, "A valid token of this connection is needed.")
    nothing = refusal.reason == "no_credentials"
    answer.headers["WWW-Authenticate"] = 'Bearer realm="scim"' + ("" if nothing else ', error="invalid_token"')
    return answer


def _scim(status: int, detail: str) -> web.Response:
    return web.Response(body=error_body(status, detail), status=status, content_type=MEDIA_TYPE)
