"""The short form of `python -m bench`: every kind is measured on both servers, and nothing is refused under load."""

import subprocess
import sys

from bench.kinds import KINDS


def test_every_kind_is_measured_beside_its_bar_and_no_request_is_refused() -> None:
    command = [sys.executable, "-m", "bench", "--quick", "--engine", "sqlite"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "every request got its 2xx" in done.stdout
    figures = {line[:35].strip(): line[35:].split() for line in done.stdout.splitlines()}
    for kind in KINDS:
        floor, service, ratio, _, bar, *_ = figures[kind.name]
        assert int(floor) > 0
        assert int(service) > 0
        assert float(ratio) > 0
        assert float(bar) == kind.bar
