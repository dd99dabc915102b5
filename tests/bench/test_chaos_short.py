"""The short form of `python -m bench.chaos`: ten seeds of random changes, hand edits, faults and deaths."""

import subprocess
import sys


def test_ten_companies_end_as_the_model_allows_whatever_happens_to_them() -> None:
    command = [sys.executable, "-m", "bench.chaos", "--quick", "--jobs", "3"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing foreign was touched" in done.stdout
