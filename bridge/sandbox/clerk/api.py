"""The Backend API as an aiohttp application, to be mounted under /v1: every call passes one gate.

The gate checks the key and the API version before the path is looked at, as Clerk does; counts the call, plays a fault
where one is set, and says which API version answers.
"""

import logging
import time
from collections.abc import Awaitable, Callable
from hmac import compare_digest
from typing import Any

import orjson
from aiohttp import web

from bridge.sandbox.answers import answered, cut, refused_answer
from bridge.sandbox.clerk import (
    directories,
    domains,
    email_addresses,
    enterprise_connections,
    errors,
    instance,
    invitation_lists,
    invitations,
    jwt_templates,
    keys,
    membership_lists,
    memberships,
    organization_domains,
    organization_settings,
    organizations,
    permission_changes,
    permissions,
    restrictions,
    role_set_changes,
    role_sets,
    roles,
    sessions,
    sign_in_tokens,
    tokens,
    user_lists,
    user_states,
    users,
)
from bridge.sandbox.clerk.call import Call, Route
from bridge.sandbox.clerk.errors import Refused
from bridge.sandbox.faults import Fault
from bridge.sandbox.peer import PEER, Peer

MOST_BYTES = 1024 * 1024  # of a body; more is refused
SECRET_KEY = "sk_test_sandbox"  # noqa: S105 - the documented key of a stand-in that holds no secrets

_LOG = logging.getLogger(__name__)
_VERSIONS = ("2021-02-05", "2024-10-01", "2025-03-12", "2025-04-10", "2025-11-10", "2026-05-12")
_VERSION = web.RequestKey("version", str)
_NOUNS = (
    user_lists,
    user_states,
    users,
    email_addresses,
    organizations,
    memberships,
    membership_lists,
    invitations,
    invitation_lists,
    organization_domains,
    sessions,
    tokens,
    sign_in_tokens,
    roles,
    permissions,
    permission_changes,
    role_sets,
    role_set_changes,
    jwt_templates,
    keys,
    instance,
    organization_settings,
    restrictions,
    enterprise_connections,
    directories,
    domains,
)
ROUTES: tuple[Route, ...] = tuple(route for noun in _NOUNS for route in noun.ROUTES)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def backend_api(peer: Peer) -> web.Application:
    """The application of this peer."""
    app = web.Application(middlewares=[_gate], client_max_size=MOST_BYTES)
    app[PEER] = peer
    for route in ROUTES:
        app.router.add_route(route.method, route.path, _handler(route))
    return app


@web.middleware
async def _gate(request: web.Request, handler: Handler) -> web.StreamResponse:
    peer = request.app[PEER]
    name = _name(request)
    try:
        answer = await _played(request, handler, peer.faults.take(name, f"{request.method} {request.path}"))
    except ConnectionResetError:  # whoever called died in the middle of the body: it had no effect, and nobody waits
        answer = cut(request)
    peer.calls.add(name, answer.status)
    return answer


async def _played(request: web.Request, handler: Handler, fault: Fault | None) -> web.StreamResponse:
    if fault is None:
        return await _checked(request, handler)
    return await fault.play(request, lambda: _checked(request, handler))


async def _checked(request: web.Request, handler: Handler) -> web.StreamResponse:
    version = _VERSIONS[-1]
    try:
        _authenticate(request)
        version = request[_VERSION] = _version(request)
        answer = await handler(request)
    except Refused as refused:
        answer = refused_answer(refused)
    except web.HTTPRequestEntityTooLarge:
        answer = refused_answer(errors.BODY_TOO_LARGE(size=MOST_BYTES))
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
        answer = refused_answer(errors.RESOURCE_NOT_FOUND())
    answer.headers["clerk-api-version"] = version
    return answer


def _handler(route: Route) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        peer = request.app[PEER]
        _spend(peer, route, request)
        body: Any = {} if route.reads else _parsed(request, await request.read(), list if route.listed else dict)
        call = Call(
            store=peer.store,
            options=peer.options,
            path=request.match_info,
            query=request.query,
            body={} if route.listed else body,
            items=body if route.listed else [],
            headers=request.headers,
            address=request.remote or "",
            version=request[_VERSION],
            origin=peer.options.url or f"{request.scheme}://{request.host}",
            now=time.time_ns() // 1_000_000,
        )
        return answered(_served(peer, route, call), route.status)

    return handle


def _served(peer: Peer, route: Route, call: Call) -> bytes:
    """The verb's answer; a write is committed when this returns."""
    try:
        if route.reads:
            return route.serve(call)
        with peer.store.transaction():
            answer = route.serve(call)
    except Refused:
        raise
    except Exception as error:
        _LOG.exception("%s %s failed in the sandbox itself", route.method, route.path)
        raise errors.UNEXPECTED() from error
    peer.news.extend((call.now, sentence) for sentence in call.news)
    return answer


def _authenticate(request: web.Request) -> None:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise errors.AUTHORIZATION_FORMAT()
    if not compare_digest(key.encode(errors="replace"), SECRET_KEY.encode()):
        raise errors.KEY_INVALID()


def _version(request: web.Request) -> str:
    header, parameter = request.headers.get("Clerk-API-Version"), request.query.get("__clerk_api_version")
    if header is not None and parameter is not None:
        raise errors.API_VERSION(reason="it is given both as a header and as a query parameter")
    version = header or parameter or _VERSIONS[0]
    if version not in _VERSIONS:
        raise errors.API_VERSION(reason=f"{version!a} is not a known version")
    return version


def _spend(peer: Peer, route: Route, request: web.Request) -> None:
    if route.unlimited:
        return
    changed = route.limited(request.match_info) if route.limited else None
    wait = peer.limits.spend(time.monotonic(), changed)
    if wait is not None:
        raise errors.too_many_requests(wait)


def _parsed(request: web.Request, data: bytes, kind: type) -> Any:
    if not data:
        return kind()
    if request.content_type != "application/json":
        raise errors.CONTENT_TYPE(actual=request.content_type, expected="application/json")
    try:
        body = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise errors.BODY_INVALID() from error
    if not isinstance(body, kind):
        raise errors.BODY_INVALID()
    return body


def _name(request: web.Request) -> str:
    """`POST /v1/users/{user_id}/ban`: the call without its ids."""
    resource = request.match_info.route.resource
    return f"{request.method} {resource.canonical if resource else '(unknown path)'}"
