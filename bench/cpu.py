"""CPU seconds that a process has used, all its threads together, as finely as the system tells."""

import sys
import time

import psutil

_SCHEDULER = 2  # CPUCLOCK_SCHED: what clock_getcpuclockid(3) makes of a process id


def seconds(pid: int) -> float:
    """User and system time of `pid` since it began. Nanoseconds on Linux, ticks of 10 ms elsewhere."""
    if sys.platform == "linux":
        return time.clock_gettime(~pid << 3 | _SCHEDULER)
    used = psutil.Process(pid).cpu_times()
    return used.user + used.system
