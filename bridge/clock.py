"""The time, for those who may ask for it. Everything below the web and the reconciler gets it as an argument."""

import time


def epoch_ms() -> int:
    """Milliseconds since 1970, the unit of every time in the store."""
    return time.time_ns() // 1_000_000
