"""The sandbox as a web application, and as a process: Clerk's Backend API under /v1, a page, the controls."""

from pathlib import Path

from aiohttp import web

from bridge.sandbox.clerk.api import backend_api
from bridge.sandbox.clerk.call import Options
from bridge.sandbox.controls import add_controls
from bridge.sandbox.page import add_page
from bridge.sandbox.peer import PEER, open_peer


def make_app(folder: Path, *, production_limits: bool = True, membership_required: bool = False) -> web.Application:
    """The application; its state lies in `folder`, which one sandbox at a time can hold."""
    peer = open_peer(folder, Options(production_limits, membership_required))
    app = web.Application()
    app[PEER] = peer
    add_page(app)
    add_controls(app)
    app.add_subapp("/v1", backend_api(peer))
    app.on_cleanup.append(_close)
    return app


def serve(app: web.Application, host: str, port: int) -> None:
    """Run until SIGINT or SIGTERM."""
    web.run_app(app, host=host, port=port, access_log=None, print=None, shutdown_timeout=2.0)


async def _close(app: web.Application) -> None:
    app[PEER].store.close()
