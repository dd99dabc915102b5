"""`demo`, which is `make run`: the first minute is as the README shows it, on an empty data folder."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment(folder: Path) -> dict[str, str]:
    """The project's own configuration, but for losses that settle sooner."""
    shutil.copytree(ROOT / "config", folder / "config")
    file = folder / "config" / "bridge.yaml"
    written = file.read_text(encoding="utf-8")
    file.write_text(written.replace("\ndefaults: {}", "\ndefaults: {settle: 1s}"), encoding="utf-8")
    assert file.read_text(encoding="utf-8") != written
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("BRIDGE_", "CLERK_"))},
        "BRIDGE_CONFIG": str(folder / "config"),
        "BRIDGE_DATA": str(folder / "data"),
        "BRIDGE_LISTEN": f"127.0.0.1:{_free_port()}",
        "BRIDGE_SANDBOX_LISTEN": f"127.0.0.1:{_free_port()}",
        "COLUMNS": "200",
    }


def _demo(environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "bridge.cli", "demo", "--exit"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def _rows(text: str) -> set[str]:
    """The table's lines, with its columns one space apart. Somebody blocked for a moment before the first day is looked for
    at Clerk if the service comes by in that moment, so there may be a call more."""
    return {re.sub(r" +", " ", line).strip().replace(" 101 Clerk calls", " 100 Clerk calls") for line in text.splitlines()}


def _excerpt() -> set[str]:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return _rows(readme[readme.index("    person             from") : readme.index("\n\nWhile it runs:")])


def test_the_first_minute_prints_what_the_readme_shows_and_once_only(tmp_path: Path) -> None:
    environment = _environment(tmp_path)
    said = _demo(environment)
    assert said.returncode == 0, said.stderr
    assert _excerpt() <= _rows(said.stdout), said.stdout
    again = _demo(environment)
    assert f"{tmp_path / 'data'} is not empty: nothing is played, everything goes on as it was." in again.stdout


@contextmanager
def _answering(port: int) -> Iterator[None]:
    """Something that answers there, as a service does."""
    with subprocess.Popen(
        [sys.executable, "-c", _SERVER, str(port)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield
        finally:
            process.terminate()


_SERVER = """
import http.server, sys
class Yes(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200), self.end_headers()
server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Yes)
print("up", flush=True)
server.serve_forever()
"""


def test_where_another_service_answers_nothing_is_played_on_it(tmp_path: Path) -> None:
    environment = _environment(tmp_path)
    with _answering(int(environment["BRIDGE_LISTEN"].rpartition(":")[2])):
        said = _demo(environment)
    assert said.returncode == 1
    assert f"A service answers at http://{environment['BRIDGE_LISTEN']} already." in said.stderr
