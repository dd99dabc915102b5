"""The short form of `python -m bench.tenants`: four connections, two replicas, one PostgreSQL."""

import subprocess
import sys


def test_four_connections_under_load_never_see_and_never_lose_anything() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.tenants", "--quick"], capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing crossed over, nothing was lost" in done.stdout
