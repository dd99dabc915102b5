"""The processes beside a service: the sandbox, started where none listens, and told of us; and the lock that keeps a second
service away."""

import fcntl
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bridge.cli import introduce
from bridge.cli.introduce import NEAR
from bridge.errors import BridgeError
from bridge.settings import Settings

_UP_SECONDS = 60.0  # of a process that lives; one that died is not waited for


@contextmanager
def sole_service(settings: Settings) -> Iterator[None]:
    """On SQLite one service has the data folder; several need PostgreSQL."""
    if not settings.bridge.database_url.startswith("sqlite:"):
        yield
        return
    with (settings.bridge.data / "serve.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BridgeError(
                "already_serving",
                f"Another service runs on {settings.bridge.data}.",
                hint="Stop it first, or give each its own BRIDGE_DATA; replicas share a PostgreSQL database.",
            ) from error
        yield


def ensure_sandbox(settings: Settings) -> "subprocess.Popen[bytes] | None":
    """Start the sandbox unless something listens there already. It outlives us: Clerk doesn't stop when the bridge does."""
    host, port = settings.bridge.sandbox_listen
    if _listens(host, port):
        return None
    command = [sys.executable, "-m", "bridge.sandbox", "--listen", f"{host}:{port}", "--data", str(settings.bridge.data)]
    log_file = settings.bridge.data / "sandbox.log"
    with log_file.open("ab") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603
    deadline = time.monotonic() + _UP_SECONDS
    while not _listens(host, port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise BridgeError("sandbox_failed", "The sandbox did not start.", hint=f"{log_file} says why.")
        time.sleep(0.05)
    return process


def wire(settings: Settings) -> Settings:
    """The sandbox is told of us: where its webhooks go, whom its dashboard may ask, which services its IdPs have.

    With port 0, any free one, nobody can be told of it; whoever listens there already keeps what it agreed on.
    """
    host, port = settings.bridge.listen
    if port == 0 or _listens(NEAR.get(host, host), port):
        return settings
    introduce.identity_providers(settings)
    return introduce.dashboard(introduce.webhooks(settings))


def _listens(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0
