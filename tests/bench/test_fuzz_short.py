"""The short form of `python -m bench.fuzz`: two thousand damaged requests at four connections, on each engine."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_whatever_is_sent_no_request_fails_costs_a_second_or_crosses_over(engine: str) -> None:
    chosen = ["--postgresql"] if engine == "postgresql" else []
    command = [sys.executable, "-m", "bench.fuzz", "--quick", "--seed", "11", *chosen]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing gave way (seed 11)" in done.stdout
