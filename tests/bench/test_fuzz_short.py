"""The short form of `python -m bench.fuzz`: a thousand damaged requests at four connections, others on each engine."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(("seed", "engine"), [("11", ()), ("12", ("--postgresql",))], ids=["sqlite", "postgresql"])
def test_whatever_is_sent_no_request_fails_costs_a_second_or_crosses_over(seed: str, engine: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "bench.fuzz", "--quick", "--seed", seed, *engine]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"nothing gave way (seed {seed})" in done.stdout
