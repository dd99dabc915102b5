"""Where the CPU of one kind of request goes: the service under Python's own profiler, load on it, its top functions.

    python -m bench --profile "POST"

It counts CPU of each thread, not time. Each call is made dearer by it, so it tells shares and numbers of calls, not what
a request costs. As a process of its own,
`python -m bench.profiled FILE`, it is the service, profiled from SIGUSR1 on, that writes FILE when it ends.
"""

import cProfile
import pstats
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from bench.kinds import KINDS
from bench.scene import Scene

TOP = 45
COMMAND = ("-m", "bench.profiled")
REQUESTS = 4_000
_profiles: list[cProfile.Profile] = []


async def profile(scene: Scene, name: str, into: Path) -> None:
    """Load of the kind of that name on a service that was started as `COMMAND` with `into`, which it writes at its end."""
    kind = next(kind for kind in KINDS if kind.name == name)
    await scene.service.cost(kind, REQUESTS // 4)
    scene.house.services[scene.service.port].send_signal(signal.SIGUSR1)
    await scene.service.cost(kind, REQUESTS)
    scene.house.stop()
    print(f"{scene.database.engine}: {kind.name}, {REQUESTS} requests")
    pstats.Stats(str(into)).sort_stats("tottime").print_stats(TOP)


def serve(file: str) -> None:
    """The service in this process: the loop's thread and every thread it starts later, once it is told to begin."""
    from bridge.cli import main  # noqa: PLC0415 - what the profiled process alone needs

    signal.signal(signal.SIGUSR1, lambda *_: _begin())
    threading.setprofile(_in_thread)
    try:
        main(["serve"], standalone_mode=False)
    finally:
        _write(file)


def _begin() -> None:
    for one in _profiles:
        one.clear()  # what threads did before
    _in_thread()


def _in_thread(*_: Any) -> None:
    """Called as a new thread's first profiled event: from now on cProfile has the thread."""
    mine = cProfile.Profile(time.thread_time)
    with suppress(ValueError):  # since Python 3.12 the first has every thread
        mine.enable()
        _profiles.append(mine)


def _write(file: str) -> None:
    found = pstats.Stats()
    for one in _profiles:
        found.add(pstats.Stats(one))
    found.dump_stats(file)


if __name__ == "__main__":
    serve(sys.argv[1])
