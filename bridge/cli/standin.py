"""The processes beside a service: the sandbox, started where none listens, and told where to send its webhooks; and the
lock that keeps a second service away."""

import base64
import fcntl
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.error import URLError
from urllib.request import Request, urlopen

import orjson
import structlog

from bridge.errors import BridgeError
from bridge.settings import Settings
from bridge.settings.references import Secret
from bridge.web.webhooks import PATH

_UP_SECONDS = 15.0
_NEAR = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where one that listens everywhere is found from here


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
    """The sandbox sends its webhooks to us, signed with a secret of this run, unless the operator has set one. Port 0 is any
    free one, so nobody can be told of it; whoever listens there already keeps what it agreed on with the sandbox."""
    clerk, (host, port) = settings.bridge.clerk, settings.bridge.listen
    near = _NEAR.get(host, host)
    if clerk.webhook_signing_secret is not None or port == 0 or _listens(near, port):
        return settings
    secret = f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}"
    url = f"http://[{near}]:{port}{PATH}" if ":" in near else f"http://{near}:{port}{PATH}"
    body = orjson.dumps({"url": url, "secret": secret})
    request = Request(f"{clerk.api_url}/_sandbox/webhooks", body, method="POST")  # noqa: S310 - the operator's own address
    try:
        with urlopen(request, timeout=_UP_SECONDS):  # noqa: S310 - the same
            pass
    except (URLError, OSError) as error:
        structlog.get_logger().warning("the sandbox takes no address for its webhooks", problem=str(error))
        return settings
    ours = replace(clerk, webhook_signing_secret=Secret(secret, "made for the sandbox"))
    return replace(settings, bridge=replace(settings.bridge, clerk=ours))


def _listens(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0
