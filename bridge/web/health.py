"""/healthz: the process lives. /readyz: it can serve; what is behind is said, not hidden. /metrics: for Prometheus."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from aiohttp import web

from bridge import metrics


def mount(app: web.Application, ready: Callable[[], Awaitable[dict[str, Any]]]) -> None:
    """`ready` gives {ready: bool, …} and may raise, which means not ready."""

    async def healthz(_: web.Request) -> web.Response:
        return _json({"status": "ok"})

    async def readyz(_: web.Request) -> web.Response:
        try:
            report = await ready()
        except Exception as error:  # whatever it is, a probe wants an answer
            report = {"ready": False, "problem": type(error).__name__}
        return _json(report, 200 if report["ready"] else 503)

    async def prometheus(_: web.Request) -> web.Response:
        return web.Response(body=metrics.render(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", prometheus)


def _json(value: dict[str, Any], status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(value), status=status, content_type="application/json")
