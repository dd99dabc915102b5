"""Webhooks as Clerk sends them through Svix: each change of a request, once it is committed, to every endpoint.

Asked of no noun: `changes` are told by the database. Nothing here makes a call of the API wait; what is sent waits in
memory, and is lost with the process. The controls are `/_sandbox/webhooks`.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

import orjson
from aiohttp import web

from bridge.sandbox.peer import PEER, Peer
from bridge.sandbox.webhooks.changes import taken, watch
from bridge.sandbox.webhooks.endpoint import Endpoint, signing_key
from bridge.sandbox.webhooks.messages import messages

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Webhooks:
    """The endpoints, by URL."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._watching = False
        self._sending: dict[str, tuple[Endpoint, asyncio.Task[None]]] = {}
        self._seen = peer.store.version

    def add(self, url: str, secret: str, types: Sequence[str] = ()) -> None:
        """Send there from now on, instead of what was set up for the same URL; ValueError: no such secret."""
        endpoint = Endpoint(url, secret, types, self._peer.faults)
        self.remove(url)
        if not self._watching:
            watch(self._peer.store)
            self._watching = True
        self._sending[url] = endpoint, asyncio.create_task(endpoint.run(), name=f"webhooks to {url}")

    def remove(self, url: str | None = None) -> None:
        """Send there no more; without a URL, nowhere."""
        for one in [url] if url is not None else list(self._sending):
            if one in self._sending:
                self._sending.pop(one)[1].cancel()

    def report(self) -> list[dict[str, Any]]:
        """How each endpoint stands."""
        return [endpoint.report() for endpoint, task in self._sending.values() if not task.done()]

    def tell(self, request: web.Request) -> None:
        """Put what the request changed on its way."""
        store = self._peer.store
        if not self._watching or store.version == self._seen:
            return
        self._seen = store.version
        changes = taken(store)
        if request.path == "/_sandbox/reset":  # no deletion, but another world
            for endpoint, _ in self._sending.values():
                endpoint.clear()
            return
        caller = {"client_ip": request.remote or "", "user_agent": request.headers.get("User-Agent", "")}
        for message in messages(store, changes, caller, time.time_ns() // 1_000_000):
            for endpoint, _ in self._sending.values():
                endpoint.offer(message)

    async def close(self) -> None:
        """End every sending."""
        tasks = [task for _, task in self._sending.values()]
        self.remove()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


WEBHOOKS = web.AppKey("webhooks", Webhooks)


def add_webhooks(app: web.Application) -> None:
    """Mount them."""
    hooks = app[WEBHOOKS] = Webhooks(app[PEER])
    app.middlewares.append(_telling)
    app.router.add_get("/_sandbox/webhooks", _list)
    app.router.add_post("/_sandbox/webhooks", _add)
    app.router.add_delete("/_sandbox/webhooks", _remove)

    async def close(_: web.Application) -> None:
        await hooks.close()

    app.on_cleanup.append(close)


def begin_with(app: web.Application, url: str, secret: str) -> None:
    """An endpoint from the start; ValueError: no such secret."""
    signing_key(secret)

    async def add(app: web.Application) -> None:
        app[WEBHOOKS].add(url, secret)

    app.on_startup.append(add)


@web.middleware
async def _telling(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    finally:
        request.config_dict[WEBHOOKS].tell(request)


async def _list(request: web.Request) -> web.Response:
    return _json(request.app[WEBHOOKS].report())


async def _add(request: web.Request) -> web.Response:
    try:
        given = orjson.loads(await request.read())
        request.app[WEBHOOKS].add(*_endpoint(given))
    except ValueError as error:  # orjson's own error is one, too
        return _json({"error": str(error)}, 400)
    return _json(request.app[WEBHOOKS].report())


async def _remove(request: web.Request) -> web.Response:
    request.app[WEBHOOKS].remove(request.query.get("url"))
    return _json(request.app[WEBHOOKS].report())


def _endpoint(given: Any) -> tuple[str, str, list[str]]:
    if not isinstance(given, dict) or not given.keys() <= {"url", "secret", "types"}:
        raise ValueError("an endpoint is an object with url, secret and perhaps types")
    url, secret, types = given.get("url"), given.get("secret"), given.get("types", [])
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise ValueError("url is an http address")
    if not isinstance(secret, str):
        raise ValueError("secret is whsec_ and base64 behind it")
    if not isinstance(types, list) or not all(isinstance(one, str) for one in types):
        raise ValueError('types is a list of event types, such as ["user.*", "organizationMembership.deleted"]')
    return url, secret, types


def _json(value: object, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(value), status=status, content_type="application/json")
