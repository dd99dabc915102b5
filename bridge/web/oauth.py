"""POST /oauth2/token: RFC 6749 over HTTP. Nothing it answers may be kept by anybody (§5.1), and it reads forms only."""

from collections.abc import Callable
from urllib.parse import parse_qsl

import orjson
import structlog
from aiohttp import web

from bridge.callers.gate import Gate
from bridge.callers.jwks import KeysUnreached
from bridge.callers.oauth import SCOPE, Refused, TokenEndpoint
from bridge.store.errors import StoreError

PATH = "/oauth2/token"
LARGEST = 32 * 1024
_NOT_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_AGAIN_SECONDS = 10
log = structlog.get_logger()


def mount(app: web.Application, endpoint: TokenEndpoint, gate: Gate, address: Callable[[web.Request], str]) -> None:
    """Add the endpoint. `gate` counts the failures, per `address`."""

    async def token(request: web.Request) -> web.Response:
        try:
            granted = await endpoint.grant(await _form(request), request.headers.get("Authorization"))
        except Refused as refused:
            return _refused(refused, request, gate, address)
        except (KeysUnreached, StoreError) as error:
            log.warning("no access token can be given now", code=error.code, problem=error.sentence)
            return _error(503, "temporarily_unavailable", "Try again later.", {"Retry-After": str(_AGAIN_SECONDS)})
        except ConnectionResetError:  # who left in the middle of a form reads no answer
            raise
        except Exception:
            log.exception("token request failed")
            return _error(500, "server_error", "The request could not be answered.")
        log.info("access token given", connection=granted.connection, client=granted.client)
        body = {"access_token": granted.token, "token_type": "Bearer", "expires_in": granted.lasts, "scope": SCOPE}
        return _json(200, body)

    async def other(_: web.Request) -> web.Response:
        return _error(405, "invalid_request", "Only POST is offered here.", {"Allow": "POST"})

    app.router.add_post(PATH, token)
    app.router.add_route("*", PATH, other)


async def _form(request: web.Request) -> dict[str, str]:
    """The parameters of the body, each once (§3.2); one without a value counts as absent."""
    if request.query_string:
        raise Refused("invalid_request", "Parameters belong in the body, where no log keeps them.")
    if request.content_type != "application/x-www-form-urlencoded":
        raise Refused("invalid_request", "The body must be application/x-www-form-urlencoded.")
    text = await _body(request)
    try:
        pairs = parse_qsl(text.decode(), keep_blank_values=True, max_num_fields=50, errors="strict")
    except ValueError as error:
        raise Refused("invalid_request", "The body is no form.") from error
    if len({name for name, _ in pairs}) != len(pairs):
        raise Refused("invalid_request", "A parameter stands there twice.")
    return {name: value for name, value in pairs if value}


async def _body(request: web.Request) -> bytes:
    read = bytearray()
    async for piece in request.content.iter_any():
        read += piece
        if len(read) > LARGEST:
            raise Refused("invalid_request", f"The body is larger than {LARGEST} bytes.")
    return bytes(read)


def _refused(refused: Refused, request: web.Request, gate: Gate, address: Callable[[web.Request], str]) -> web.Response:
    """Only failed proofs are counted; too many of one address are told to wait."""
    if refused.refusal is None:
        return _error(400, refused.error, refused.description)
    wait = gate.failed(address(request), refused.connection, refused.refusal)
    if wait is not None:
        return _error(429, refused.error, "Too many failed authentications.", {"Retry-After": str(wait)})
    return _error(401, refused.error, refused.description, {"WWW-Authenticate": 'Basic realm="oauth2", charset="UTF-8"'})


def _error(status: int, error: str, description: str, headers: dict[str, str] | None = None) -> web.Response:
    return _json(status, {"error": error, "error_description": description}, headers)


def _json(status: int, body: dict[str, object], headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(
        body=orjson.dumps(body), status=status, headers={**_NOT_KEPT, **(headers or {})}, content_type="application/json"
    )
