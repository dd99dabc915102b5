"""Who is told of every call of the Backend API and of its answer, as they went over the wire.

The suite holds both against Clerk's own description; whoever rehearses an outage can read what the bridge said in it.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson
from aiohttp import web

from bridge.sandbox.frontend import is_frontend

_BEGINS = b'{"method":'  # every line, and nothing within one: there the quotes are escaped

Watch = Callable[["Exchange"], None]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call and its answer; `path` without its ids, `asked` with them and the query.

    `sent` is kept where the call was granted; status 0 is a connection that ended before an answer.
    """

    method: str
    path: str
    sent: bytes
    status: int
    headers: Mapping[str, str]
    answer: bytes
    asked: str = ""


def watch(app: web.Application, told: Watch) -> None:
    """Tell of every exchange of this sandbox from now on."""

    async def tell(request: web.Request, answer: web.StreamResponse) -> None:
        of_backend = request.path.startswith("/v1/") and not is_frontend(request.path)
        if of_backend and isinstance(answer, web.Response):
            told(await _exchange(request, answer))

    app.on_response_prepare.append(tell)


def recorder(file: Path) -> Watch:
    """Appends a line of JSON for each before it is answered; several sandboxes may share a file. A kill may leave the
    beginning of a line, of an answer that nobody got (`recorded`)."""
    target = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    return lambda exchange: _written(target, _line(exchange))


def recorded(line: bytes) -> Exchange:
    """The exchange of a line, perhaps behind the beginning of one whose sandbox was killed: the kernel breaks off a write
    at the end of a page then."""
    kept = orjson.loads(line[line.rindex(_BEGINS) :])
    return Exchange(**kept | {"sent": kept["sent"].encode(), "answer": kept["answer"].encode()})


async def _exchange(request: web.Request, answer: web.Response) -> Exchange:
    resource = request.match_info.route.resource
    path = resource.canonical if resource else request.path
    sent = await request.read() if 200 <= answer.status < 300 else b""  # the rest may be too large, or never come
    body = answer.body if isinstance(answer.body, bytes) else b""
    return Exchange(request.method, path, sent, answer.status, answer.headers, body, request.path_qs)


def _line(exchange: Exchange) -> bytes:
    facts = {
        "method": exchange.method,
        "path": exchange.path,
        "asked": exchange.asked,
        "sent": exchange.sent.decode(errors="replace"),
        "status": exchange.status,
        "headers": {str(name): value for name, value in exchange.headers.items()},  # aiohttp's names are a str of its own
        "answer": exchange.answer.decode(errors="replace"),
    }
    return orjson.dumps(facts, option=orjson.OPT_APPEND_NEWLINE)


def _written(target: int, line: bytes) -> None:
    os.write(target, line)  # one call, so that lines of several processes do not mix
