"""The gate beside the event loop: a few threads, a bounded queue, and a refusal beyond it, so that a flood holds nobody up.

lxml, xmlsec and cryptography let go of the interpreter while they work.
"""

import asyncio
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from bridge.errors import BridgeError
from bridge.saml import gate, libraries
from bridge.saml.assertion import Assertion
from bridge.saml.party import Party


class Gatekeeper:
    """Made when the service starts: libraries that are unfit are refused then (`saml_libraries`)."""

    def __init__(self, threads: int = 2, waiting: int = 64) -> None:
        libraries.load()
        self._places = threading.BoundedSemaphore(threads + waiting)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="saml")

    async def verify(self, party: Party, message: str, *, now: int) -> Assertion:
        """As `gate.verify`; BridgeError `saml_busy` where as many wait already as may.

        Whoever gives up waiting frees the place, unless the work has begun: then it is freed at its end.
        """
        if not self._places.acquire(blocking=False):
            raise _busy()
        return await asyncio.wrap_future(self._begun(party, message, now))

    def close(self) -> None:
        """What runs is finished, what waits is given up."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _begun(self, party: Party, message: str, now: int) -> Future[Assertion]:
        try:
            work = self._pool.submit(gate.verify, party, message, now=now)
        except RuntimeError as problem:  # closed
            self._places.release()
            raise _busy() from problem
        work.add_done_callback(self._left)
        return work

    def _left(self, _: Future[Any]) -> None:
        self._places.release()


def _busy() -> BridgeError:
    return BridgeError("saml_busy", "too many sign-ins wait to be checked", hint="try again in a moment")
