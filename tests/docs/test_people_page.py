"""docs/people.md is the table of corners: every test that it names is there, and every corner's test is named on it."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CORNERS = (
    "linking",
    "leaving",
    "addresses",
    "strangers",
    "last_resort",
    "conflicts",
    "by_hand",
    "refused_people",
    "invitations",
    "call_counts",
)


def _tests(*files: Path) -> set[str]:
    return {name for file in files for name in re.findall(r"^async def (test_\w+)", file.read_text("utf-8"), re.MULTILINE)}


def test_every_corner_has_a_row_and_every_row_a_test() -> None:
    folder = ROOT / "tests" / "provisioning"
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / "people.md").read_text("utf-8")))
    assert named - _tests(*folder.glob("test_*.py")) == set()
    assert _tests(*(folder / f"test_{corner}.py" for corner in CORNERS)) - named == set()
