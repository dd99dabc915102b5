"""A configuration folder and a database on each engine: what the rulebook needs, without a service around it."""

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import structlog
import yaml
from structlog.testing import LogCapture

from bridge.audit import events
from bridge.audit.events import Event
from bridge.dirty import scopes
from bridge.dirty.scopes import ScopeMark
from bridge.rulebook import Rulebook, proposals, taking, versions
from bridge.rulebook.taking import Served
from bridge.rulebook.versions import Service, Stored
from bridge.rulebook.watch import Watch
from bridge.settings import ConnectionSettings, Settings, load
from bridge.store.database import Database

HOUR = 3600


def mapping(role: str = "editor", *, workspace: str = "production", **keys: Any) -> str:
    """The text of a mapping file whose one rule gives engineers a role."""
    rule = {"name": "Engineers", "when": {"group": "engineers"}, "grant": {workspace: role}}
    return str(yaml.safe_dump({"connection": "acme", "rules": [rule], **keys}, sort_keys=False))


def connection(**keys: Any) -> dict[str, Any]:
    base = {"customer": "Acme", "provider": "okta", "domains": ["acme.example"]}
    return {**base, "workspaces": {"production": {"create": "Production"}}, **keys}


@dataclass
class Replica:
    """One process's view: its folder, what it was started with, and its watch. `now`: epoch ms, a second more each tick."""

    folder: Path
    database: Database
    settings: Settings
    rulebook: Rulebook
    clock: "Clock"
    watch: Watch

    @property
    def acme(self) -> ConnectionSettings:
        return self.settings.connections["acme"]

    @property
    def path(self) -> Path:
        return proposals.mapping_file(self.folder, "acme")

    def write(self, text: str, *, age: float = HOUR) -> None:
        """The file as it is from now on, as if it had been written `age` seconds ago."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(text, encoding="utf-8")
        at = self.clock() / 1000 - age
        os.utime(self.path, (at, at))

    async def ticks(self, count: int = 2) -> None:
        """So many seconds."""
        for _ in range(count):
            self.clock.now += 1000
            await self.watch.tick()

    async def activate(self) -> Served:
        proposal = proposals.read(self.folder, self.acme)
        assert proposal is not None
        return await taking.activate(self.database, self.acme, proposal, now=self.clock(), actor="cli:ada")

    async def rollback(self, number: int | None = None) -> Served:
        self.clock.now += 1000
        return await taking.rollback(self.database, self.acme, number, now=self.clock(), actor="cli:ada")

    async def service(self) -> Service:
        row = await self.database.read(lambda tx: versions.service(tx, "acme"))
        assert row is not None
        return row

    async def serving(self) -> int | None:
        return (await self.service()).version

    async def kind(self) -> str | None:
        """What is said of the file."""
        verdict = (await self.service()).verdict
        return verdict.kind if verdict else None

    async def history(self) -> list[Stored]:
        return await self.database.read(lambda tx: versions.history(tx, "acme"))

    async def audit(self) -> list[Event]:
        return await self.database.read(lambda tx: events.last(tx, "acme"))

    async def due(self) -> list[ScopeMark]:
        return await self.database.read(lambda tx: scopes.pending(tx, "main", now=self.clock()))


@dataclass
class Clock:
    now: int = field(default_factory=lambda: 1_900_000_000_000)

    def __call__(self) -> int:
        return self.now


Starts = Callable[..., Awaitable[Replica]]


@pytest.fixture
def starts(tmp_path: Path, store: Database) -> Starts:
    """Starts a replica, or starts one again: nothing that a process remembers is left, the database and the folder are."""
    clock = Clock()

    async def start(folder: str = "config", **keys: Any) -> Replica:
        config = tmp_path / folder
        file = config / "connections" / "acme.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump(connection(**keys)), encoding="utf-8")
        settings = load(config, {"BRIDGE_DATA": str(tmp_path)})
        rulebook = Rulebook(settings.connections)
        return Replica(config, store, settings, rulebook, clock, Watch(store, settings, rulebook, clock))

    return start


@pytest.fixture
def logged() -> Any:
    """What is logged meanwhile, as dictionaries."""
    capture = LogCapture()
    structlog.configure(processors=[capture])
    yield capture.entries
    structlog.reset_defaults()
