"""Memory of a process that serves for months: what stays is not looked at again, large blocks go back to the system.

glibc does that with blocks above a threshold, but raises it to the size of each one given back (mallopt(3)): after a single
body of 10 MB all blocks of that size stay, and the process is as large as its worst moment was. A threshold that is set
does not move. Both of ours are above what asyncio asks for whenever it reads from a socket, 256 KiB: else each read of a
few bytes gets that block from the system and gives it back, which costs more than the read.
"""

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager

_M_TRIM_THRESHOLD = -1  # malloc.h
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
_BYTES = 256 * 1024 + 4096  # asyncio's block and its object's head are below it
_KEPT = 1024 * 1024  # of what is free at the heap's end
_ARENAS = 2  # of glibc's, each of which keeps holes of its own; the default is eight a core


def give_back_large_blocks() -> bool:
    """For the whole process. False where the C library knows no such thing; then none is needed (musl, macOS)."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    told = ((_M_ARENA_MAX, _ARENAS), (_M_MMAP_THRESHOLD, _BYTES), (_M_TRIM_THRESHOLD, _KEPT))
    return all(bool(mallopt(parameter, value)) for parameter, value in told)


def settle() -> None:
    """What was loaded at the start stays: the garbage collector need not look at it again with every request's rubbish."""
    gc.collect()
    gc.freeze()


@contextmanager
def growing() -> Iterator[None]:
    """While much is gathered and kept, without cycles: the collector would look at all of it again and again, for a third
    of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
