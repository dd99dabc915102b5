"""Answers as Clerk gives them: JSON bytes, a trace id in the header and, for a refusal, in the body as well; or none."""

import os

import orjson
from aiohttp import web

from bridge.sandbox.clerk.errors import Refused

# exactly this: Clerk's own JavaScript client takes nothing else for JSON, not even with a charset behind it
_JSON = "application/json"


def answered(body: bytes, status: int = 200) -> web.Response:
    """This JSON, or nothing with 204."""
    headers = {"x-clerk-trace-id": _trace()}
    if status == 204:
        return web.Response(status=status, headers=headers)
    return web.Response(body=body, status=status, content_type=_JSON, headers=headers)


def refused_answer(refused: Refused) -> web.Response:
    """The refusal as Clerk words it."""
    trace = _trace()
    body = orjson.dumps({"errors": refused.errors, "clerk_trace_id": trace})
    headers = {"x-clerk-trace-id": trace} | refused.headers
    return web.Response(body=body, status=refused.status, content_type=_JSON, headers=headers)


def cut(request: web.Request) -> web.Response:
    """The connection ends without an answer; status 0 stands for that wherever answers are counted or recorded."""
    if request.transport is not None:
        request.transport.abort()
    answer = web.Response()
    answer.set_status(0)
    return answer


def _trace() -> str:
    return os.urandom(16).hex()
