"""How often each call of the Backend API was made: what a change costs is counted here, and nowhere guessed."""

from collections import Counter
from typing import Any


class Calls:
    """Counters by `METHOD /v1/path/{pattern}` and by status; a cut connection counts as status 0."""

    def __init__(self) -> None:
        self._names: Counter[str] = Counter()
        self._statuses: Counter[int] = Counter()

    def add(self, name: str, status: int) -> None:
        """One more."""
        self._names[name] += 1
        self._statuses[status] += 1

    def reset(self) -> None:
        """From zero."""
        self._names.clear()
        self._statuses.clear()

    @property
    def total(self) -> int:
        """All of them."""
        return self._names.total()

    def report(self) -> dict[str, Any]:
        """{total, calls: {name: n}, statuses: {status: n}}"""
        return {
            "total": self.total,
            "calls": dict(sorted(self._names.items())),
            "statuses": {str(status): count for status, count in sorted(self._statuses.items())},
        }
