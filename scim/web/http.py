"""Between aiohttp and the operations: a request becomes a `Call`, a `Reply` becomes a response, errors get SCIM bodies."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import hdrs, web
from multidict import CIMultiDict

from scim.clean import check_text
from scim.dialects import Healing
from scim.discovery import LARGEST_BODY
from scim.errors import InvalidSyntax, MethodNotAllowed, ScimError, TooLarge, UnsupportedMediaType
from scim.web.call import Call, Operation, Reply
from scim.web.service import CALLER, HEALED, MEDIA_TYPE, Service

_TAKEN = {MEDIA_TYPE, "application/json", "application/octet-stream", "text/json"}
_PATIENCE = 60.0  # seconds a client may take for one piece of a big answer: it keeps a snapshot open
_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What answers one method at one place. `body`: it reads one; `new`: it makes a resource and needs an id."""

    operation: Operation
    body: bool = False
    new: bool = False


async def carried_out(service: Service, request: web.Request, endpoint: Endpoint, id: str) -> web.StreamResponse:
    """The response of an endpoint, whatever happens to the request."""
    try:
        call = _call(service, request, id)
        if endpoint.body:
            call.data = await _json(request)
        if endpoint.new:
            call.id = service.new_id()
        reply = await endpoint.operation(call)
    except ScimError as error:
        reply = refusal(error)
    except web.HTTPRequestEntityTooLarge:
        reply = refusal(TooLarge(f"The body is larger than {LARGEST_BODY} bytes."))
    return await respond(request, reply)


def _call(service: Service, request: web.Request, id: str) -> Call:
    """What every operation needs of a request. Most have no query, and parsing nothing costs, too."""
    caller = request[CALLER]
    options = service.options(caller.connection)
    healing = request[HEALED] = Healing(options.strict)
    headers = request.headers
    query: Mapping[str, str] = request.query if request.rel_url.raw_query_string else _NOTHING
    call = Call(
        caller,
        options,
        healing,
        service.base(caller),
        check_text(id, "The id"),
        query,
        None,
        if_match=headers.get("If-Match"),
        if_none_match=headers.get("If-None-Match"),
    )
    if query:
        call.attributes, call.excluded = query.get("attributes", ""), query.get("excludedAttributes", "")
    return call


async def _json(request: web.Request) -> Any:
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


def not_allowed(method: str, offered: Iterable[str]) -> Reply:
    """405, and the methods that are offered."""
    reply = refusal(MethodNotAllowed(f"{method[:20]} is not offered here."))
    reply.headers["Allow"] = ", ".join(sorted(offered))
    return reply


async def respond(request: web.Request, reply: Reply) -> web.StreamResponse:
    """The response of a reply, streamed if there is more than its first piece."""
    if reply.more is not None:
        return await _stream(request, reply)
    headers = CIMultiDict(reply.headers)  # the form that aiohttp keeps them in
    if reply.body is not None:
        headers[hdrs.CONTENT_TYPE] = MEDIA_TYPE
    return web.Response(body=reply.body, status=reply.status, headers=headers)


async def _stream(request: web.Request, reply: Reply) -> web.StreamResponse:
    """Piece by piece. What ends early must not look whole, so the connection ends then without the last chunk."""
    assert reply.more is not None
    response = web.StreamResponse(status=reply.status, headers=reply.headers)
    response.headers["X-Request-Id"] = request[CALLER].request_id  # what the host adds later is too late here
    response.content_type = MEDIA_TYPE
    try:
        async with aclosing(reply.more) as more:
            await response.prepare(request)
            async with asyncio.timeout(_PATIENCE):
                await response.write(reply.body or b"")
            async for piece in more:
                async with asyncio.timeout(_PATIENCE):
                    await response.write(piece)
        await response.write_eof()
    except (ConnectionError, TimeoutError):  # the client went away, or reads no more
        _abort(request)
    except BaseException:
        _abort(request)
        raise
    return response


def _abort(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
