"""The service with a watch on its event loop: `python -m bench.loopwatch` is `serve` and one route more.

    GET /bench/held   {"cpu": …, "wall": …, "calls": …}: the longest that one callback held the loop since the last time, ms

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

_HELD = {"cpu": 0.0, "wall": 0.0, "calls": 0}
_RUN = asyncio.events.Handle._run


def _watched(handle: Any) -> None:
    cpu, wall = time.thread_time(), time.perf_counter()
    _RUN(handle)
    _HELD["cpu"] = max(_HELD["cpu"], (time.thread_time() - cpu) * 1000)
    _HELD["wall"] = max(_HELD["wall"], (time.perf_counter() - wall) * 1000)
    _HELD["calls"] += 1


def with_watch(settings: Settings) -> web.Application:
    app = build(settings)
    app.router.add_get("/bench/held", _held)
    asyncio.events.Handle._run = _watched  # type: ignore[method-assign]
    return app


async def _held(_: web.Request) -> web.Response:
    answer = web.json_response(_HELD)
    _HELD.update(cpu=0.0, wall=0.0, calls=0)
    return answer


if __name__ == "__main__":
    serve.build = with_watch  # type: ignore[attr-defined]  # the command's own start, lock and all
    cli.main(["serve"])
