"""`demo`, which is `make run`: the first minute is as the README shows it, on an empty data folder."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.first_minute import DEMO, ROOT, environment


def _demo(environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*DEMO, "--exit"], env=environment, capture_output=True, text=True, timeout=300, check=False)


def _rows(text: str) -> set[str]:
    """The table's lines, with its columns one space apart. Somebody blocked for a moment before the first day is looked for
    at Clerk if the service comes by in that moment, so there may be a call more."""
    return {re.sub(r" +", " ", line).strip().replace(" 101 Clerk calls", " 100 Clerk calls") for line in text.splitlines()}


def _excerpt() -> set[str]:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return _rows(readme[readme.index("    person             from") : readme.index("\n\nWhile it runs:")])


def test_the_first_minute_prints_what_the_readme_shows_and_once_only(tmp_path: Path) -> None:
    own = environment(tmp_path)
    said = _demo(own)
    assert said.returncode == 0, said.stderr
    assert _excerpt() <= _rows(said.stdout), said.stdout
    again = _demo(own)
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
    own = environment(tmp_path)
    with _answering(int(own["BRIDGE_LISTEN"].rpartition(":")[2])):
        said = _demo(own)
    assert said.returncode == 1
    assert f"A service answers at http://{own['BRIDGE_LISTEN']} already." in said.stderr
