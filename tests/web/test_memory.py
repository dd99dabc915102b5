"""A process that read one large body is no larger afterwards, and reads small ones without asking the system for memory."""

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


_READS = """
import resource, socket
from bridge.memory import give_back_large_blocks
if not give_back_large_blocks():
    raise SystemExit(3)
ours, theirs = socket.socketpair()
def faults(reads):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(reads):
        theirs.send(b"x" * 300)
        ours.recv(256 * 1024)  # as asyncio's transports do
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults(10)
print(faults(1000))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's thresholds")
def test_a_read_of_a_few_bytes_gets_no_block_from_the_system() -> None:
    done = subprocess.run([sys.executable, "-c", _READS], capture_output=True, text=True, check=False)
    if done.returncode == 3:
        pytest.skip("this C library has no threshold")
    assert int(done.stdout) < 100
