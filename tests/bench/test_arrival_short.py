"""The short form of `python -m bench.arrival`: a company arrives while some leave and others sign in for the first time."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("engine", [(), ("--postgresql",)], ids=["sqlite", "postgresql"])
def test_a_company_arrives_while_people_leave_and_people_sign_in(engine: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "bench.arrival", "--quick", *engine]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "everybody is in Clerk as decided" in done.stdout
