"""A process that read one large body is no larger afterwards."""

import subprocess
import sys

import pytest

_STORY = """
import os, sys
from bridge.memory import give_back_large_blocks
if sys.argv[1] == "told" and not give_back_large_blocks():
    raise SystemExit(3)
del sys, give_back_large_blocks
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
large = b"x" * 20_000_000
del large  # the threshold rises
before = resident()
bodies, notes = [], []
for number in range(10):
    bodies.append(b"x" * 8_000_000)
    notes.append(b"x" * 60_000)  # what is kept of each, and stands behind it in the heap
bodies.clear()
print((resident() - before) // 1_000_000)
"""


def _growth(how: str) -> int:
    done = subprocess.run([sys.executable, "-c", _STORY, how], capture_output=True, text=True, check=False)
    if done.returncode == 3:
        pytest.skip("this C library has no threshold")
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_large_blocks_go_back_to_the_system_although_small_ones_are_kept() -> None:
    told, untold = _growth("told"), _growth("untold")
    assert told < 10
    assert untold > told + 30  # or it is not worth telling
