"""The short form of `python -m bench.mapping_change`: everybody's rules change under traffic, on both engines."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("engine", [(), ("--postgresql",)], ids=["sqlite", "postgresql"])
def test_a_change_of_everybodys_rules_under_traffic_fails_no_request_and_mixes_no_versions(engine: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "bench.mapping_change", "--quick", *engine]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no request failed, nobody was decided by a mix" in done.stdout
    assert "; 0 by a mix of versions" in done.stdout
