"""A house whose processes are born warm: forked from a server that has imported everything, so a start takes a moment.

They are processes like any other and die by SIGKILL. Their time is faster than ours, so that a claim, a settling or a
minute of waiting takes a fifth; the lease, which lives by the database's clock, is shortened as much.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from aiohttp import web

from bench.house import House
from bridge import log
from bridge.app import build
from bridge.clock import epoch_ms
from bridge.provisioning import reconcile
from bridge.sandbox.command import sandbox
from bridge.settings import load

SPEED = 5
_LEASE_MS, _CHORES = 1_000, 0.2
_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload([__name__])


@dataclass(frozen=True, slots=True)
class Clock:
    """Epoch milliseconds that run faster from `born` on; all processes of a house go by the same."""

    born: int

    def __call__(self) -> int:
        return self.born + (epoch_ms() - self.born) * SPEED


@dataclass
class WarmHouse(House):
    """Starts its services and its sandbox by a fork instead of a command."""

    clock: Clock = field(default_factory=lambda: Clock(epoch_ms()))

    def _run(self, name: str, *words: str, environment: Mapping[str, str] | None = None) -> Any:
        out = self.folder / f"{name}.log"
        if name == "sandbox":
            return Born(_sandbox, (out, self.sandbox_port, self.folder / "data"))
        return Born(_service, (out, dict(environment or self.environment()), self.clock))


class Born:
    """A forked process, in the words of `subprocess.Popen`."""

    def __init__(self, live: Any, arguments: tuple[Any, ...]) -> None:
        self._process: BaseProcess = _SERVER.Process(target=live, args=arguments, daemon=True)  # type: ignore[attr-defined]
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("a process of the house", timeout or 0.0)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        if self._process.exitcode is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _service(out: Path, environment: dict[str, str], clock: Clock) -> None:
    """What `inferpipe-bridge serve` does on a database that is at the newest schema."""
    _speak_into(out)
    os.environ.clear()
    os.environ.update(environment)
    for name, value in (("LEASE_MS", _LEASE_MS), ("CHORES", _CHORES)):
        assert hasattr(reconcile, name), f"the reconciler has no {name} to shorten any more"
        setattr(reconcile, name, value)
    settings = load(Path(environment["BRIDGE_CONFIG"]), environment)
    log.configure("info", "json")
    host, port = settings.bridge.listen
    app = build(settings, clock=clock)
    web.run_app(app, host=host, port=port, access_log=None, print=None, shutdown_timeout=1.0)


def _sandbox(out: Path, port: int, data: Path) -> None:
    """The command itself, so that it records what it answers where a test wants to judge it."""
    _speak_into(out)
    sandbox.main(["--listen", f"127.0.0.1:{port}", "--data", str(data)], standalone_mode=False)


def _speak_into(out: Path) -> None:
    file = out.open("ab", buffering=0)
    sys.stdout.flush()
    sys.stderr.flush()
    os.dup2(file.fileno(), 1)
    os.dup2(file.fileno(), 2)


def until(seconds: float) -> float:
    """A deadline for `time.monotonic`."""
    return time.monotonic() + seconds
