"""A sandbox inside a test: a real server on a port of its own, in a thread with its own event loop.

So clients of any kind, blocking ones too, can call it.
"""

import asyncio
import threading
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson
from aiohttp import web

from bridge.sandbox.clerk.api import SECRET_KEY
from bridge.sandbox.server import make_app
from bridge.sandbox.watch import Watch, watch


class RunningSandbox:
    """Runs from its construction until `stop()`; another one on the same folder finds the same state."""

    secret_key = SECRET_KEY

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        watch: Watch | None = None,
        **switches: Any,
    ) -> None:
        """`port` 0 is any free one; `watch` is told every answer of the Backend API, in the sandbox's own thread.

        `switches` are set by name, see `bridge.sandbox.switches`.
        """
        self._switches = switches
        self._folder, self._port, self._watch = folder, port, watch
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._problem: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)
        self._thread.start()
        self._started.wait()
        if self._problem is not None:
            self._thread.join()
            raise self._problem

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`; the Backend API lies under `/v1`."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def port(self) -> int:
        """Where it listens, also after its end: another one can take its place."""
        return self._port

    def stop(self) -> None:
        """End it; the state stays in the folder."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def state(self) -> Any:
        """{users, organizations, memberships, sessions, roles}"""
        return self.control("GET", "state")

    def calls(self) -> dict[str, int]:
        """How often each call was made, by `METHOD /v1/path/{pattern}`."""
        counted: dict[str, int] = self.control("GET", "calls")["calls"]
        return counted

    def reset_calls(self) -> None:
        """Count from zero."""
        self.control("POST", "calls/reset")

    def fault(self, **fault: Any) -> None:
        """Order a fault: match, status, when, times, retry_after, delay (see `bridge.sandbox.faults.Fault`)."""
        self.control("POST", "faults", fault)

    def throw(self, **switches: Any) -> None:
        """Set switches of the instance from now on."""
        self.control("POST", "instance", switches)

    def reset(self) -> None:
        """As on the first day."""
        self.control("POST", "reset")

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call `/_sandbox/{path}` and give its JSON."""
        data = None if body is None else orjson.dumps(body)
        request = urllib.request.Request(f"{self.url}/_sandbox/{path}", data, method=method)  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
            return orjson.loads(answer.read())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            runner = self._loop.run_until_complete(self._start())
        except BaseException as error:  # handed to the thread that waits
            self._problem = error
        else:
            self._started.set()
            self._loop.run_forever()
            self._loop.run_until_complete(runner.cleanup())
        finally:
            self._loop.close()
            self._started.set()

    async def _start(self) -> web.AppRunner:
        app = make_app(self._folder, **self._switches)
        if self._watch is not None:
            watch(app, self._watch)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.3)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", self._port).start()
        except OSError:
            await runner.cleanup()  # else nobody closes the folder
            raise
        self._port = runner.addresses[0][1]
        return runner
