"""What `make run` starts, with the project's own configuration, on free ports and in a folder of its own."""

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
_LONGEST = 300.0  # seconds
DEMO = [sys.executable, "-m", "bridge.cli", "demo"]


def environment(folder: Path) -> dict[str, str]:
    """The configuration as it is, but for losses that settle sooner."""
    shutil.copytree(ROOT / "config", folder / "config")
    file = folder / "config" / "bridge.yaml"
    written = file.read_text(encoding="utf-8")
    file.write_text(written.replace("\ndefaults: {}", "\ndefaults: {settle: 1s}"), encoding="utf-8")
    assert file.read_text(encoding="utf-8") != written
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("BRIDGE_", "CLERK_"))},
        "BRIDGE_CONFIG": str(folder / "config"),
        "BRIDGE_DATA": str(folder / "data"),
        "BRIDGE_LISTEN": f"127.0.0.1:{free_port()}",
        "BRIDGE_SANDBOX_LISTEN": f"127.0.0.1:{free_port()}",
        "COLUMNS": "200",
    }


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The first minute has passed and goes on; what it printed."""
    with subprocess.Popen(
        DEMO, env=environment(folder), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as demo:
        assert demo.stdout is not None
        watchdog = threading.Timer(_LONGEST, demo.kill)
        watchdog.start()
        said: list[str] = []
        for line in demo.stdout:
            said.append(line)
            if line.startswith("Running."):
                break
        watchdog.cancel()
        try:
            assert demo.poll() is None, "".join(said)
            yield "".join(said)
        finally:
            demo.terminate()
            demo.stdout.read()


def address(said: str, what: str) -> str:
    """The address that stands beside this in what was printed."""
    found = re.search(rf"(http://\S+) +{re.escape(what)}", said)
    assert found is not None, said
    return found[1]
