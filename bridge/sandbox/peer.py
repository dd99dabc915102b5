"""All that one running sandbox holds: its rows, and what it remembers only while it runs."""

import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from bridge.sandbox.calls import Calls
from bridge.sandbox.clerk import instance
from bridge.sandbox.clerk.call import Options
from bridge.sandbox.clerk.limits import Limits
from bridge.sandbox.clerk.store import Store
from bridge.sandbox.faults import Faults

_NEWS = 60


@dataclass(slots=True)
class Peer:
    """One sandbox. `news` are the latest changes as (milliseconds, sentence), `born` is when it started; `given` are the
    switches of its first day that are kept with the rows.
    """

    store: Store
    options: Options
    limits: Limits
    born: int
    calls: Calls = field(default_factory=Calls)
    given: dict[str, Any] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    news: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=_NEWS))

    def reset(self) -> None:
        """Forget everything, rows included."""
        instance.reset(self.store, _now(), bare=self.options.bare)
        self.calls.reset()
        self.faults.clear()
        self.news.clear()
        self.limits = Limits(production=self.options.production_limits)


PEER = web.AppKey("peer", Peer)


def open_peer(folder: Path, options: Options) -> Peer:
    """The sandbox whose state lies in this folder."""
    store = Store(folder / "clerk.db")
    instance.settle(store, _now(), bare=options.bare)
    return Peer(store, options, Limits(production=options.production_limits), _now())


def _now() -> int:
    return time.time_ns() // 1_000_000
