"""Clerk's documented rate windows: so many calls in any ten seconds, per instance and per changed object.

What is refused counts for nothing, so a caller that waits as told always gets through.
"""

import math
from collections import deque
from collections.abc import Mapping

_WINDOW = 10.0  # seconds
_PER_OBJECT = 10
_PRODUCTION, _DEVELOPMENT = 1000, 100
_FORGET_ABOVE = 5000  # objects remembered before idle ones are dropped


class Limits:
    """Sliding windows; `now` is any clock in seconds that only goes forward."""

    def __init__(self, *, production: bool) -> None:
        self._size = _PRODUCTION if production else _DEVELOPMENT
        self._instance: deque[float] = deque()
        self._objects: dict[str, deque[float]] = {}

    def spend(self, now: float, changed: str | None) -> int | None:
        """Count a call that changes the object `changed`; None if it may go on, else the whole seconds to wait."""
        windows = [(self._instance, self._size)]
        if changed is not None:
            windows.append((self._window_of(changed, now), _PER_OBJECT))
        waits = [wait for window, size in windows if (wait := _wait(window, size, now)) is not None]
        if waits:
            return max(waits)
        for window, _ in windows:
            window.append(now)
        return None

    def _window_of(self, changed: str, now: float) -> deque[float]:
        if len(self._objects) > _FORGET_ABOVE:
            self._objects = {key: seen for key, seen in self._objects.items() if seen and seen[-1] > now - _WINDOW}
        return self._objects.setdefault(changed, deque())


def _wait(window: deque[float], size: int, now: float) -> int | None:
    while window and window[0] <= now - _WINDOW:
        window.popleft()
    if len(window) < size:
        return None
    return max(1, math.ceil(window[0] + _WINDOW - now))


def per_user(path: Mapping[str, str]) -> str:
    """Changes of one user are counted together."""
    return f"user {path['user_id']}"


def per_organization(path: Mapping[str, str]) -> str:
    """Changes of one organization are counted together."""
    return f"organization {path['organization_id']}"


def per_membership(path: Mapping[str, str]) -> str:
    """Changes of one membership are counted together."""
    return f"membership {path['organization_id']} {path['user_id']}"
