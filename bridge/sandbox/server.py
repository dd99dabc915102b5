"""The sandbox as a web application, and as a process: Clerk's Backend API, IdPs, a dashboard, a page, the controls."""

import socket
from pathlib import Path
from typing import Any

from aiohttp import web

from bridge.sandbox import switches
from bridge.sandbox.clerk.api import MOST_BYTES, backend_api
from bridge.sandbox.controls import add_controls
from bridge.sandbox.dashboard import add_dashboard
from bridge.sandbox.discovery import add_discovery
from bridge.sandbox.frontend import add_frontend
from bridge.sandbox.idp import Idps, add_idps
from bridge.sandbox.page import add_page
from bridge.sandbox.peer import PEER, open_peer
from bridge.sandbox.webhooks import add_webhooks

# nothing that is answered waits for more than a commit, so only a call that a fault holds back is cut off by this
_PATIENCE = 0.3  # seconds


def make_app(folder: Path, **given: Any) -> web.Application:
    """The application, with switches by name (`bridge.sandbox.switches`).

    Its state lies in `folder`, which one sandbox at a time can hold (else sqlite3.Error or OSError).
    """
    options, others = switches.at_start(given)
    idps = Idps.at(folder / "idp")  # before the peer, which holds the folder once it is open
    peer = open_peer(folder, options)
    peer.given = others
    switches.throw(peer, others)
    app = web.Application(client_max_size=MOST_BYTES)  # the outermost application's limit is the one aiohttp asks
    app[PEER] = peer
    add_page(app)
    add_controls(app)
    add_discovery(app)
    add_frontend(app)
    add_webhooks(app)
    add_idps(app, idps)
    add_dashboard(app)
    app.add_subapp("/v1", backend_api(peer))
    app.on_cleanup.append(_close)
    return app


def listen(host: str, port: int) -> socket.socket:
    """A socket that callers can connect to from now on; OSError where the address is taken or not ours."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    return socket.create_server(address[:2], family=family, backlog=128)


def serve(app: web.Application, listener: socket.socket) -> None:
    """Run until SIGINT or SIGTERM."""
    web.run_app(app, sock=listener, access_log=None, print=None, shutdown_timeout=_PATIENCE)


async def _close(app: web.Application) -> None:
    app[PEER].store.close()
