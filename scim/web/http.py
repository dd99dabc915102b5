"""Between aiohttp and the operations: a request becomes a `Call`, a `Reply` becomes a response, errors get SCIM bodies."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any

import orjson
from aiohttp import web

from scim.clean import check_text
from scim.dialects import Healing
from scim.discovery import LARGEST_BODY
from scim.errors import InvalidSyntax, MethodNotAllowed, ScimError, TooLarge, UnsupportedMediaType
from scim.web.call import Call, Reply
from scim.web.service import CALLER, HEALED, MEDIA_TYPE, Service

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Operation = Callable[[Call], Awaitable[Reply]]
_TAKEN = {MEDIA_TYPE, "application/json", "application/octet-stream", "text/json"}
_PATIENCE = 60.0  # seconds a client may take for one piece of a big answer: it keeps a snapshot open
_NOTHING: Mapping[str, str] = {}


def handler(service: Service, operation: Operation, *, body: bool = False, new: bool = False) -> Handler:
    """An operation as aiohttp calls it. `body`: it reads one; `new`: it makes a resource and needs an id."""

    async def run(request: web.Request) -> web.StreamResponse:
        try:
            call = call_of(service, request)
            if body:
                call.data = await json_of(request)
            if new:
                call.id = service.new_id()
            reply = await operation(call)
        except ScimError as error:
            reply = refusal(error)
        except web.HTTPRequestEntityTooLarge:
            reply = refusal(TooLarge(f"The body is larger than {LARGEST_BODY} bytes."))
        return await respond(request, reply)

    return run


def route(app: web.Application, path: str, **handlers: Handler) -> None:
    """Register methods on a path; any other method gets a 405 that names these."""
    allowed = ", ".join(sorted(name.upper() for name in handlers))

    async def refuse(request: web.Request) -> web.StreamResponse:
        reply = refusal(MethodNotAllowed(f"{request.method[:20]} is not offered here."))
        reply.headers["Allow"] = allowed
        return await respond(request, reply)

    for name, one in handlers.items():
        app.router.add_route(name.upper(), path, one)
    app.router.add_route("*", path, refuse)


def call_of(service: Service, request: web.Request) -> Call:
    """What every operation needs of a request."""
    caller = request[CALLER]
    options = service.options(caller.connection)
    healing = request[HEALED] = Healing(options.strict)
    headers, query = request.headers, query_of(request)
    return Call(
        caller,
        options,
        healing,
        service.base(caller),
        check_text(request.match_info.get("id", ""), "The id"),
        None,
        query.get("attributes", ""),
        query.get("excludedAttributes", ""),
        headers.get("If-Match"),
        headers.get("If-None-Match"),
    )


def query_of(request: web.Request) -> Mapping[str, str]:
    """The query's parameters; most requests have none, and parsing nothing costs, too."""
    return request.query if request.rel_url.raw_query_string else _NOTHING


async def json_of(request: web.Request) -> Any:
    """The JSON of a request."""
    if request.content_type not in _TAKEN:
        raise UnsupportedMediaType(f"The body must be {MEDIA_TYPE}, not {request.content_type[:80]}.")
    try:
        return orjson.loads(await request.read())
    except web.RequestPayloadError as error:
        raise InvalidSyntax("The body can't be read: it isn't encoded as its headers say.") from error
    except orjson.JSONDecodeError as error:
        raise InvalidSyntax(f"The body is no JSON: {str(error)[:120]}") from error


def refusal(error: ScimError) -> Reply:
    return Reply(error.status, error.body())


async def respond(request: web.Request, reply: Reply) -> web.StreamResponse:
    """The response of a reply, streamed if there is more than its first piece."""
    if reply.more is not None:
        return await _stream(request, reply)
    if reply.body is None:
        return web.Response(status=reply.status, headers=reply.headers)
    return web.Response(body=reply.body, status=reply.status, headers=reply.headers, content_type=MEDIA_TYPE)


async def _stream(request: web.Request, reply: Reply) -> web.StreamResponse:
    assert reply.more is not None
    response = web.StreamResponse(status=reply.status, headers=reply.headers)
    response.content_type = MEDIA_TYPE
    async with aclosing(reply.more) as more:
        await response.prepare(request)
        await asyncio.wait_for(response.write(reply.body or b""), _PATIENCE)
        async for piece in more:
            await asyncio.wait_for(response.write(piece), _PATIENCE)
    await response.write_eof()
    return response
