"""Somebody who receives webhooks: keeps what came, answers as a test says, and has Svix's own library judge each of them."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
import pytest
from svix.webhooks import Webhook, WebhookVerificationError

__all__ = ["Receiver", "receiver"]

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # the one of Svix's documentation
LONGEST = 60.0  # seconds that anything may take


@dataclass(frozen=True)
class Delivery:
    """`genuine`: what Svix's library says about it."""

    id: str
    headers: dict[str, str]
    event: Any
    genuine: bool


@dataclass
class Receiver:
    """`statuses` are answered first, one each; then 200."""

    statuses: list[int] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    url: str = ""
    _came: threading.Condition = field(default_factory=threading.Condition)

    def wait(self, count: int) -> list[Delivery]:
        """Until so many came, all of them."""
        with self._came:
            enough = self._came.wait_for(lambda: len(self.deliveries) >= count, LONGEST)
            assert enough, f"{len(self.deliveries)} of {count} came: {self.types}"
            return list(self.deliveries)

    @property
    def types(self) -> list[str]:
        """What the events say they are, in the order in which they came."""
        return [one.event["type"] for one in self.deliveries]

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """A delivery; gives the status to answer."""
        try:
            Webhook(SECRET).verify(body, headers)
            genuine = True
        except WebhookVerificationError:
            genuine = False
        with self._came:
            self.deliveries.append(Delivery(headers["svix-id"], headers, orjson.loads(body), genuine))
            self._came.notify_all()
            return self.statuses.pop(0) if self.statuses else (200 if genuine else 401)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Listens on a port of its own."""
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = kept.take({name.lower(): value for name, value in self.headers.items()}, body)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Quietly."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    kept.url = f"http://127.0.0.1:{server.server_address[1]}/webhooks"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield kept
    server.shutdown()
    server.server_close()
    thread.join()
