"""Memory of a process that serves for months: what stays is not looked at again, large blocks go back to the system.

glibc does that with blocks above a threshold, but raises it to the size of each one given back (mallopt(3)): after a single
body of 10 MB all blocks of that size stay, and the process is as large as its worst moment was. A threshold that is set
does not move.
"""

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager

_M_MMAP_THRESHOLD = -3  # malloc.h
_M_ARENA_MAX = -8
_BYTES = 256 * 1024
_ARENAS = 2  # of glibc's, each of which keeps holes of its own; the default is eight a core


def give_back_large_blocks() -> bool:
    """For the whole process. False where the C library knows no such thing; then none is needed (musl, macOS)."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    return bool(mallopt(_M_ARENA_MAX, _ARENAS)) and bool(mallopt(_M_MMAP_THRESHOLD, _BYTES))


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
