"""A process of its own that fires every attack, for what only the system can tell: memory, files, connections.

    python -m tests.saml.attacks.child

Between its marks (files that do not exist, which it tries to open) nothing but attacks happens. A line of JSON for each
attack: how much higher the memory in use rose than it stood before.
"""

import contextlib
import ctypes
import gc
import json
import os
import sys

from tests.saml.attacks.galleries import ATTACKS
from tests.saml.attacks.harness import fire

BEGIN, END = "/bridge-attacks-begin", "/bridge-attacks-end"


def main() -> None:
    shots = [(attack, attack.shot()) for attack in ATTACKS]
    for attack, shot in shots:
        if attack.control:
            fire(shot)  # what is loaded once is loaded now
    memory, lines = _Memory(), []
    gc.freeze()
    _mark(BEGIN)
    for attack, shot in shots:
        memory.begins()
        outcome = fire(shot)
        lines.append({"attack": attack.id, "rose": memory.rose(), "cpu": outcome.cpu})
    _mark(END)
    sys.stdout.write("".join(json.dumps(line) + "\n" for line in lines))


class _Memory:
    """The peak of resident memory since a moment, in bytes: Linux forgets the one before when it is told to (proc(5))."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None)
        self._status = os.open("/proc/self/status", os.O_RDONLY)
        self._forget = os.open("/proc/self/clear_refs", os.O_WRONLY)
        self._before = 0

    def begins(self) -> None:
        gc.collect()
        self._libc.malloc_trim(0)  # else what an attack before this one left would hide what this one takes
        os.write(self._forget, b"5")
        self._before = self._read(b"VmRSS:")

    def rose(self) -> int:
        return self._read(b"VmHWM:") - self._before

    def _read(self, name: bytes) -> int:
        lines = os.pread(self._status, 8192, 0).splitlines()
        line = next(one for one in lines if one.startswith(name))
        return int(line.split()[1]) * 1024


def _mark(name: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.open(name, os.O_RDONLY)


if __name__ == "__main__":
    main()
