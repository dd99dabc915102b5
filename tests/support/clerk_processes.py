"""Sandboxes that a test starts as processes are judged, too: whatever they answered is looked at when the test ends.

They inherit where to record it from the environment, however deep below the test they are started.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.sandbox.watch import recorded
from tests.support.clerk_judge import judge

__all__ = ["clerk_would_have_answered_so_too", "recorded_exchanges"]


class Record:
    """A file that grows by lines; each is judged once."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read = 0

    def problems(self) -> list[str]:
        """What Clerk would not have said in the lines that are new."""
        return [problem for line in self._new() for problem in _problems(line)]

    def _new(self) -> list[bytes]:
        if not self._file.exists() or self._file.stat().st_size == self._read:
            return []
        with self._file.open("rb") as file:
            file.seek(self._read)
            whole, _, _ = file.read().rpartition(b"\n")
        self._read += len(whole) + 1 if whole else 0
        return whole.splitlines()


@pytest.fixture(scope="session", autouse=True)
def recorded_exchanges(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    """What the processes below this one record."""
    file = tmp_path_factory.mktemp("clerk") / "exchanges.jsonl"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SANDBOX_RECORD", str(file))
        yield Record(file)


@pytest.fixture(autouse=True)
def clerk_would_have_answered_so_too(recorded_exchanges: Record) -> Iterator[None]:
    """Fails the test at its end if not."""
    yield
    if problems := recorded_exchanges.problems():
        pytest.fail("Clerk would not have:\n" + "\n".join(problems), pytrace=False)


def _problems(line: bytes) -> list[str]:
    held = judge()
    return held.problems(recorded(line)) if held else []
