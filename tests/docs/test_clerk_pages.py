"""docs/clerk-setup.md and docs/threats.md say what `setup` makes and what `doctor` looks at, no more and no less."""

import re
from pathlib import Path

import pytest

from bridge.instance.checks import CHECKS
from bridge.instance.finding import Check
from bridge.instance.refusals import ADVICE
from bridge.instance.wanted import AUDIENCE, CLAIMS, RIGHTS

ROOT = Path(__file__).resolve().parents[2]
SETUP = (ROOT / "docs" / "clerk-setup.md").read_text(encoding="utf-8")
DOORS = (ROOT / "docs" / "threats.md").read_text(encoding="utf-8").partition("## Side doors")[2]
NEVER_SEEN = {"Tokens already issued", "What doctor can't see at all"}


def _anchor(heading: str) -> str:
    """As GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _anchors(page: str) -> set[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    return {_anchor(heading) for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


def _table(text: str, head: str) -> list[list[str]]:
    rows = re.search(rf"^ *\| {re.escape(head)} \|.*\n *\|[-|]+\|\n((?: *\|.*\n)+)", text, re.MULTILINE)
    assert rows is not None, head
    return [[cell.strip() for cell in line.strip().strip("|").split(" | ")] for line in rows[1].splitlines()]


def _code(cell: str) -> str:
    return cell.strip("` ")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_every_check_is_explained_where_it_says(check: Check) -> None:
    page, _, anchor = check.page.partition("#")
    assert anchor in _anchors(page)


def test_every_check_has_a_name_of_its_own() -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS)


def test_the_pages_name_every_check() -> None:
    listed = {name for row in _table(SETUP, "check") for name in re.findall(r"`(\w+)`", row[0])}
    doors = {name for line in re.findall(r"^\((`\w+`)", DOORS, re.MULTILINE) for name in re.findall(r"\w+", line)}
    assert listed | doors == {check.name for check in CHECKS}
    assert not listed & doors


def test_every_side_door_has_a_check_or_can_not_be_seen() -> None:
    doors = set(re.findall(r"^### (.+)$", DOORS, re.MULTILINE))
    seen = {check.page.partition("#")[2] for check in CHECKS if check.page.startswith("docs/threats.md")}
    assert {_anchor(door) for door in doors - NEVER_SEEN} == seen
    assert doors >= NEVER_SEEN


def test_the_page_of_setup_lists_every_permission_with_its_lowest_role() -> None:
    told = [[_code(row[0]), row[1], row[2]] for row in _table(SETUP, "permission")]
    assert told == [[right.key, str(right.least), right.description] for right in RIGHTS]


def test_the_page_of_setup_lists_every_claim() -> None:
    assert [[_code(cell) for cell in row] for row in _table(SETUP, "claim")] == [[*one] for one in CLAIMS.items()]
    assert CLAIMS["aud"] == AUDIENCE


def test_the_page_of_setup_lists_every_refusal_that_has_advice() -> None:
    told = {code for row in _table(SETUP, "code") for code in re.findall(r"`(\w+)`", row[0])}
    assert told == {code for code in ADVICE if not code.startswith("http_")}
