"""A benchmark in its short form, as a process."""

import subprocess
import sys

LONGEST = 900.0  # seconds: on a machine that does ten other things at once they take minutes


def short(benchmark: str, *options: str) -> str:
    """What `python -m benchmark options` prints; the test fails if it ends with a problem."""
    command = [sys.executable, "-m", benchmark, *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
