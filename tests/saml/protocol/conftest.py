"""An IdP that publishes its metadata on loopback, and connections that follow it, on both engines."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer

from bridge.audit import events
from bridge.audit.events import Event
from bridge.saml import kept, source
from bridge.saml.idps import Idps
from bridge.settings import Settings, load
from bridge.store.database import Database
from tests.support.saml import NOW
from tests.support.saml.metadata import document


class Watch:
    """A clock that stands still until it is moved."""

    now = NOW

    def __call__(self) -> int:
        return self.now

    def jump(self, seconds: float) -> None:
        self.now += int(seconds * 1000)


@dataclass
class Publisher:
    """`status` and `body` are answered at `url`; `slowly`: once that is set."""

    url: str = ""
    address: str = ""
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    fetches: int = 0
    slowly: asyncio.Event | None = None
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, _: web.Request) -> web.Response:
        self.fetches += 1
        self.asked.set()
        if self.slowly is not None:
            await self.slowly.wait()
        return web.Response(body=self.body, status=self.status, headers=self.headers)


@pytest.fixture
async def publisher() -> AsyncIterator[Publisher]:
    one = Publisher(body=document())
    app = web.Application()
    app.router.add_get("/metadata", one.serve)
    server = TestServer(app)
    await server.start_server()
    one.url, one.address = str(server.make_url("/metadata")), f"{server.host}:{server.port}"
    yield one
    await server.close()


@dataclass
class Room:
    """One database and one IdP; `start` is a process of the bridge."""

    store: Database
    publisher: Publisher
    folder: Path
    watch: Watch = field(default_factory=Watch)
    running: list[Idps] = field(default_factory=list)

    def write(self, name: str = "acme", **saml: Any) -> None:
        """A connection file; its metadata is the publisher's unless told otherwise."""
        signs = {"metadata": self.publisher.url, **saml}
        data = {"customer": "Acme", "provider": "generic", "domains": [f"{name}.test"], "sign_in": {"saml": signs}}
        (self.folder / "connections").mkdir(exist_ok=True)
        (self.folder / "connections" / f"{name}.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
        bridge = {"public_url": "https://bridge.test", "outbound": {"allow": [self.publisher.address]}}
        (self.folder / "bridge.yaml").write_text(yaml.safe_dump(bridge), encoding="utf-8")

    @property
    def settings(self) -> Settings:
        return load(self.folder, {})

    def start(self) -> Idps:
        settings = self.settings
        self.running.append(Idps(self.store, settings, source.guard(settings.bridge), self.watch))
        return self.running[-1]

    async def looks(self, idps: Idps, name: str = "acme") -> None:
        """One round of the lease holder, until the look that it began is over; what it finds is taken note of."""
        await idps.refresh()
        looking = [task for task in asyncio.all_tasks() if task.get_name() == f"idp-metadata-{name}"]
        await asyncio.gather(*looking)

    async def row(self, name: str = "acme") -> kept.Kept | None:
        return await self.store.read(lambda tx: kept.of(tx, name))

    async def trail(self, action: str, name: str = "acme") -> list[Event]:
        found = await self.store.read(lambda tx: events.last(tx, name))
        return [one for one in found if one.action == action]


@pytest.fixture
async def room(store: Database, publisher: Publisher, tmp_path: Path) -> AsyncIterator[Room]:
    folder = tmp_path / "config"
    folder.mkdir()
    one = Room(store, publisher, folder)
    one.write()
    yield one
    for idps in one.running:
        await idps.close()
