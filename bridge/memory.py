"""Large blocks of memory go back to the system once they are free.

glibc does that with blocks above a threshold, but raises it to the size of each one given back (mallopt(3)): after a single
body of 10 MB all blocks of that size stay, and the process is as large as its worst moment was. A threshold that is set
does not move.
"""

import ctypes

_M_MMAP_THRESHOLD = -3  # malloc.h
_BYTES = 256 * 1024


def give_back_large_blocks() -> bool:
    """For the whole process. False where the C library knows no such thing; then none is needed (musl, macOS)."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    return bool(mallopt(_M_MMAP_THRESHOLD, _BYTES))
