"""The product as processes: `serve` and the sandbox on free ports over a folder of their own, started, stopped and killed.

What is measured is what an operator starts; only the rows of its database are read beside it.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import yaml
from sqlalchemy import text

from bench.ports import free_port
from bench.wire import Unanswered, Wire
from bridge.store.database import open_database

UP_SECONDS = 180.0  # that a start may take on a machine that does other things
_MARKS = text("SELECT 1 FROM due LIMIT 1")
Child = subprocess.Popen[bytes]


@dataclass
class House:
    """One data folder, one sandbox, one or more replicas of the service. `ports`: of them; `serve`: their command."""

    folder: Path
    database_url: str = ""
    ports: list[int] = field(default_factory=list)
    sandbox_port: int = 0
    services: dict[int, Child] = field(default_factory=dict)
    sandbox: Child | None = None
    serve: tuple[str, ...] = ("-m", "bridge.cli", "serve")

    def __post_init__(self) -> None:
        (self.folder / "data").mkdir(parents=True, exist_ok=True)
        self.database_url = self.database_url or f"sqlite:///{self.folder / 'data' / 'bridge.db'}"
        self.sandbox_port = self.sandbox_port or free_port()
        self.ports = self.ports or [free_port()]

    # --- files

    def connection(self, name: str, **keys: Any) -> None:
        """A connection file: `enforce`, nothing settles, and no brake, so that the end is what is decided."""
        base = {
            "customer": name.capitalize(),
            "provider": "okta",
            "mode": "enforce",
            "domains": [f"{name}.example"],
            "settle": "0s",
            "brake": {"people": 100_000, "percent": 100, "within": "1m"},
        }
        self._write("connections", name, {**base, **keys})

    def mapping(self, name: str, rules: list[dict[str, Any]], **keys: Any) -> None:
        """A mapping file."""
        self._write("mappings", name, {"connection": name, "rules": rules, **keys})

    # --- processes

    def environment(self, port: int | None = None) -> dict[str, str]:
        """What a process of this house is started with; nothing of the caller's own bridge or Clerk gets in."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("BRIDGE_", "CLERK_"))}
        return {
            **kept,
            "BRIDGE_CONFIG": str(self.folder / "config"),
            "BRIDGE_DATA": str(self.folder / "data"),
            "BRIDGE_DATABASE_URL": self.database_url,
            "BRIDGE_LISTEN": f"127.0.0.1:{port or self.ports[0]}",
            "BRIDGE_SANDBOX_LISTEN": f"127.0.0.1:{self.sandbox_port}",
        }

    async def start_sandbox(self) -> None:
        """The sandbox, on the port it had before."""
        listen, data = f"127.0.0.1:{self.sandbox_port}", str(self.folder / "data")
        self.sandbox = self._run("sandbox", "-m", "bridge.sandbox", "--listen", listen, "--data", data)
        await _up(self.sandbox, self.sandbox_port, "/_sandbox/health", self.folder / "sandbox.log")

    async def start(self, port: int | None = None) -> None:
        """One replica, until it answers."""
        child = self.spawn(port)
        await _up(child, port or self.ports[0], "/healthz", self.folder / "serve.log")

    def spawn(self, port: int | None = None) -> Child:
        """One replica, without waiting."""
        at = port or self.ports[0]
        self.services[at] = self._run("serve", *self.serve, environment=self.environment(at))
        return self.services[at]

    def pid(self, port: int | None = None) -> int:
        return self.services[port or self.ports[0]].pid

    def kill(self, port: int | None = None) -> None:
        """`kill -9`, and wait until it is no more."""
        child = self.services.pop(port or self.ports[0])
        child.send_signal(signal.SIGKILL)
        child.wait()

    def stop(self, port: int | None = None) -> None:
        """End one replica as an operator would."""
        _end(self.services.pop(port or self.ports[0]))

    def stop_sandbox(self) -> None:
        if self.sandbox is not None:
            _end(self.sandbox)
            self.sandbox = None

    def close(self) -> None:
        """End what was started here."""
        for child in self.services.values():
            _end(child)
        self.services.clear()
        self.stop_sandbox()

    # --- looking

    def command(self, *words: str) -> Any:
        """An `inferpipe-bridge … --json` beside the service, as its JSON."""
        line = [sys.executable, "-m", "bridge.cli", *words, "--json"]
        done = subprocess.run(line, env=self.environment(), capture_output=True, check=False)
        if not done.stdout:
            raise RuntimeError(f"{' '.join(words)}: {done.stderr.decode()[-2000:]}")
        return orjson.loads(done.stdout)

    def token(self, connection: str) -> str:
        return str(self.command("token", "create", connection)["token"])

    async def ready(self, port: int | None = None) -> dict[str, Any]:
        """/readyz: {ready, holds_lease, due}."""
        with Wire(port or self.ports[0]) as wire:
            found: dict[str, Any] = (await wire.call("GET", "/readyz")).json()
            return found

    async def at_work(self) -> int:
        """Until one of the replicas does the background work; its port."""
        deadline = time.monotonic() + UP_SECONDS
        while time.monotonic() < deadline:
            for port in self.services:
                if (await self.ready(port)).get("holds_lease"):
                    return port
            await asyncio.sleep(0.02)
        raise RuntimeError("no replica took the lease")

    async def idle(self, within: float = 600.0) -> float:
        """Until nobody is due, nor a group or connection whose people are not marked yet; the seconds it took."""
        began = time.monotonic()
        while await self._anybody_due() or await self._anything_marked() or await self._anybody_due():
            if time.monotonic() - began > within:
                raise RuntimeError(f"people are still due after {within:.0f} s")
            await asyncio.sleep(0.05)
        return time.monotonic() - began

    async def sandbox_says(self, path: str, method: str = "GET", body: Any = None) -> Any:
        """/_sandbox/{path} as JSON."""
        with Wire(self.sandbox_port) as wire:
            return (await wire.call(method, f"/_sandbox/{path}", body)).json()

    async def _anybody_due(self) -> bool:
        return (await self.ready(next(iter(self.services)))).get("due") != 0

    async def _anything_marked(self) -> bool:
        """What /readyz does not tell: the people of a change are due once somebody has come to its mark."""
        database = open_database(self.database_url)
        try:
            return await database.read(lambda tx: tx.one(_MARKS)) is not None
        finally:
            await database.close()

    def _run(self, name: str, *words: str, environment: Mapping[str, str] | None = None) -> Child:
        with (self.folder / f"{name}.log").open("ab") as out:
            return subprocess.Popen(
                [sys.executable, *words],
                env={**(environment or self.environment())},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )

    def _write(self, kind: str, name: str, data: Any) -> None:
        path = self.folder / "config" / kind / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")


async def _up(child: Child, port: int, path: str, log: Path) -> None:
    deadline = time.monotonic() + UP_SECONDS
    with Wire(port) as wire:
        while True:
            try:
                if (await wire.call("GET", path, within=5)).status == 200:
                    return
            except Unanswered:
                pass
            if child.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"it did not start: {log.read_text(errors='replace')[-2000:]}")
            await asyncio.sleep(0.01)


def _end(child: Child) -> None:
    """As an operator would; then as the system would."""
    child.send_signal(signal.SIGCONT)
    child.terminate()
    try:
        child.wait(timeout=60)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
