"""Which core a process runs on: what is measured has one for itself, whoever measures it another, where there are two."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def apart() -> Iterator[None]:
    """This process, and what it starts, on the last core; `measured` starts something on the first."""
    before = _may_use()
    _use(before[-1:])
    try:
        yield
    finally:
        _use(before)


@contextmanager
def measured() -> Iterator[None]:
    """What is started in here has the first core. A child inherits its parent's, so the parent goes there meanwhile."""
    before = _may_use()
    _use(_ALL[:1])
    try:
        yield
    finally:
        _use(before)


def _may_use() -> list[int]:
    return sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []


def _use(cores: list[int]) -> None:
    if sys.platform == "linux":
        os.sched_setaffinity(0, cores)


_ALL = _may_use()
