"""An event loop whose time flies: when nothing can happen before a timer, the timer is there already.

For code that waits and does no I/O: a day of waiting passes in milliseconds, exactly as a clock would show it.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Selector(selectors.DefaultSelector):
    """Skips what it is told to wait for."""

    def __init__(self) -> None:
        super().__init__()
        self.skipped = 0.0

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:
            raise RuntimeError("everybody waits and nothing is to come")
        self.skipped += max(timeout, 0.0)
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._flying = _Selector()
        super().__init__(self._flying)

    def time(self) -> float:
        return self._flying.skipped


def fly(work: Coroutine[Any, Any, T]) -> T:
    """Run it to its end in such a loop, which begins at 0."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(work)
