"""The service with a watch on its event loop: `python -m bench.loopwatch` is `serve` and two routes more.

    GET /bench/watch   from now on every callback is timed
    GET /bench/held    {"cpu": …, "wall": …}: the longest that one of them held the loop, ms; and nothing is timed any more

`cpu` is what the loop's own thread used in it; `wall` also counts when the machine gave that thread no core.
"""

import asyncio.events
import time
from typing import Any

from aiohttp import web

from bridge import cli
from bridge.app import build
from bridge.cli import serve
from bridge.settings import Settings

_HELD = {"cpu": 0.0, "wall": 0.0}
_RUN = asyncio.events.Handle._run


def _watched(handle: Any) -> None:
    cpu, wall = time.thread_time(), time.perf_counter()
    _RUN(handle)
    _HELD["cpu"] = max(_HELD["cpu"], (time.thread_time() - cpu) * 1000)
    _HELD["wall"] = max(_HELD["wall"], (time.perf_counter() - wall) * 1000)


def with_watch(settings: Settings) -> web.Application:
    app = build(settings)
    app.router.add_get("/bench/watch", _watch)
    app.router.add_get("/bench/held", _held)
    return app


async def _watch(_: web.Request) -> web.Response:
    _HELD.update(cpu=0.0, wall=0.0)
    asyncio.events.Handle._run = _watched  # type: ignore[method-assign]
    return web.Response()


async def _held(_: web.Request) -> web.Response:
    asyncio.events.Handle._run = _RUN  # type: ignore[method-assign]
    return web.json_response(_HELD)


if __name__ == "__main__":
    serve.build = with_watch  # type: ignore[attr-defined]  # the command's own start, lock and all
    cli.main(["serve"])
