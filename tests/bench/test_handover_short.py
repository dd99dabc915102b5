"""The short form of `python -m bench.handover`: a lease holder dies, then both replicas are restarted in turn."""

import subprocess
import sys


def test_when_the_lease_holder_dies_the_other_replica_takes_over_and_nothing_is_lost() -> None:
    command = [sys.executable, "-m", "bench.handover", "--quick"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the other replica took over each time" in done.stdout
