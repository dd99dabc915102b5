"""The short form of `python -m bench.kill9`: the service is killed three times and nothing is lost."""

import subprocess
import sys


def test_a_service_killed_at_random_moments_loses_nothing_and_makes_nobody_twice() -> None:
    command = [sys.executable, "-m", "bench.kill9", "--kills", "3", "--people", "25", "--seed", "7"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing lost, nobody twice, Clerk has what is decided" in done.stdout
