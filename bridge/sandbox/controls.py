"""What Clerk does not have: look into the sandbox, count its calls, order faults, start over. Under /_sandbox."""

from typing import Any

import orjson
from aiohttp import web

from bridge.sandbox import switches
from bridge.sandbox.peer import PEER


def add_controls(app: web.Application) -> None:
    """Mount them."""
    router = app.router
    router.add_get("/_sandbox/health", _health)
    router.add_get("/_sandbox/state", _state)
    router.add_get("/_sandbox/instance", _switches)
    router.add_post("/_sandbox/instance", _throw)
    router.add_get("/_sandbox/calls", _calls)
    router.add_post("/_sandbox/calls/reset", _reset_calls)
    router.add_get("/_sandbox/faults", _faults)
    router.add_post("/_sandbox/faults", _add_faults)
    router.add_delete("/_sandbox/faults", _clear_faults)
    router.add_post("/_sandbox/reset", _reset)


async def _health(_: web.Request) -> web.Response:
    return _json({"status": "ok"})


async def _state(request: web.Request) -> web.Response:
    """Everything there is, as the Backend API answers it, memberships flat."""
    store = request.app[PEER].store
    sql = "SELECT id, organization_id, user_id, role, created_at FROM memberships ORDER BY seq"
    names = ("id", "organization_id", "user_id", "role", "created_at")
    state: dict[str, Any] = {
        kind: [orjson.Fragment(row[0]) for row in store.all(f"SELECT doc FROM {kind} ORDER BY seq")]  # noqa: S608
        for kind in ("users", "organizations", "sessions", "roles")
    }
    state["memberships"] = [dict(zip(names, row, strict=True)) for row in store.all(sql)]
    return _json(state)


async def _switches(request: web.Request) -> web.Response:
    return _json(switches.report(request.app[PEER]))


async def _throw(request: web.Request) -> web.Response:
    try:
        switches.throw(request.app[PEER], orjson.loads(await request.read()))
    except ValueError as error:  # orjson's own error is one, too
        return _json({"error": str(error)}, 400)
    return _json(switches.report(request.app[PEER]))


async def _calls(request: web.Request) -> web.Response:
    return _json(request.app[PEER].calls.report())


async def _reset_calls(request: web.Request) -> web.Response:
    request.app[PEER].calls.reset()
    return _json(request.app[PEER].calls.report())


async def _faults(request: web.Request) -> web.Response:
    return _json(request.app[PEER].faults.report())


async def _add_faults(request: web.Request) -> web.Response:
    try:
        request.app[PEER].faults.add(orjson.loads(await request.read()))
    except ValueError as error:  # orjson's own error is one, too
        return _json({"error": str(error)}, 400)
    return _json(request.app[PEER].faults.report())


async def _clear_faults(request: web.Request) -> web.Response:
    request.app[PEER].faults.clear()
    return _json([])


async def _reset(request: web.Request) -> web.Response:
    peer = request.app[PEER]
    peer.reset()
    switches.throw(peer, peer.given)
    return _json({"status": "ok"})


def _json(value: object, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(value), status=status, content_type="application/json")
