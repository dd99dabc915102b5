"""docs/preview.md shows what `preview` really prints, names every key of its JSON, and explains every word of its table.

`DOCS=write python -m pytest tests/docs/test_preview_page.py -n 0 -k sqlite` writes the output into the page, to be read.
"""

import os
import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from bridge.answers.preview.value import Affected, Cause, Change, Place, Preview
from bridge.cli.preview import preview, words
from bridge.people.grant import State
from mappings.check import Checked
from mappings.located import Problem
from tests.support.command_line import run
from tests.support.house import House

PAGE = Path(__file__).resolve().parents[2] / "docs" / "preview.md"
TEXT = PAGE.read_text(encoding="utf-8")
PROPOSED = re.findall(r"^```yaml\n(connection: .*?)^```", TEXT, re.M | re.S)[0]
IN_SERVICE = [
    {"name": "Owners", "when": {"group": "inferpipe-owners"}, "grant": {"production": "owner", "research": "owner"}},
    {"name": "Platform runs production", "when": {"group": "platform"}, "grant": {"production": "editor"}},
    {"name": "Data scientists", "when": {"group": "data-scientists"}, "grant": {"research": "viewer"}},
]
NAMES = ["ada", "bo", "cleo", "dana", "emil", "fay", "gus", "hana", "ivo", "june", "kai", "lena"]
PEOPLE = [f"{name}{rest}" for rest in ("", ".berg", ".ito", ".roth") for name in NAMES]
GROUPS = {"inferpipe-owners": (0, 1), "platform": (1, 32), "data-scientists": (32, 35), "on-call": (35, 37)}
PROBLEM = Problem("f.yaml", 1, 1, "m", "h", "warning", None, "s")
CHANGE = Change("production", "add", None, "viewer", None, None, 0)
AFFECTED = Affected("person_1", None, (CHANGE,))
PLACE = Place("production", {"add": 1}, 0, {"held": (1, "too many")})
CAUSE = Cause("production", "add", 1, 1, "", None)
PREVIEW = Preview("acme", Checked("f.yaml", None, (PROBLEM,), ()), (1, 0), 1, (PLACE,), (CAUSE,), (AFFECTED,), 1, 0, 0, 0)
OBJECTS: dict[str, dict[str, Any]] = {
    "preview": {**PREVIEW.head(), "affected": []},
    "workspaces": PLACE.as_dict(),
    "causes": CAUSE.as_dict(),
    "problems": PROBLEM.as_dict(),
    "affected": AFFECTED.as_dict(),
    "changes": CHANGE.as_dict(),
}

Houses = Callable[..., Awaitable[House]]


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    """The service runs in this process and would log into a command's output."""
    structlog.configure(logger_factory=lambda *_: structlog.ReturnLogger())
    yield
    structlog.reset_defaults()


def _table(heading: str) -> dict[str, str]:
    section = TEXT.partition(f"\n{heading}\n")[2].partition("\n#")[0]
    return dict(re.findall(r"^ *\| `([^`]+)` \| (.+) \|$", section, re.MULTILINE))


@pytest.mark.parametrize("name", OBJECTS)
def test_every_key_of_the_json_is_on_the_page_in_its_order(name: str) -> None:
    assert list(_table(f"### {name}")) == list(OBJECTS[name])


def test_keys_within_a_row_of_the_page_are_there_too() -> None:
    told = _table("### preview")
    for key in ("against", "clerk_calls"):
        assert re.findall(r"`(\w+)`", told[key]) == list(OBJECTS["preview"][key])
    assert re.findall(r"`(\w+)`", _table("### workspaces")["states"]) == list(OBJECTS["workspaces"]["states"]["held"])


def test_every_word_behind_the_counts_is_explained() -> None:
    undone = set(State) - {State.GRANTED, State.LEFT_ALONE}
    said = {words.states(Place("production", {"add": 1}, 0, {str(state): (1, "")})).partition(":")[0] for state in undone}
    assert set(_table("## How to read it")) == said


def test_every_option_is_explained() -> None:
    assert set(_table("## Options")) == {name for option in preview.params for name in option.opts if name.startswith("--")}


async def test_the_page_shows_what_the_command_prints(houses: Houses) -> None:
    house = await _acme(houses)
    proposed = house.folder / "proposed.yaml"
    proposed.write_text(PROPOSED, encoding="utf-8")
    printed = await _printed(house, proposed)
    _compare("console", f"$ inferpipe-bridge preview proposed.yaml\n{printed}")
    lines = (await _printed(house, proposed, "--markdown")).splitlines(keepends=True)
    _compare("markdown", "".join(lines[: lines.index("- cleo@acme.example (editor -&gt; nothing, held)\n") + 1]) + "…\n")


async def _acme(houses: Houses) -> House:
    """The company of the page, every role of its rules in service given."""
    workspaces = {name: {"create": name.capitalize()} for name in ("production", "research")}
    house = await houses(rules=IN_SERVICE, workspaces=workspaces)
    ids = [await house.user(name) for name in PEOPLE]
    for name, (first, end) in GROUPS.items():
        await house.group(name, *ids[first:end])
    await house.idle()
    return house


async def _printed(house: House, file: Path, *options: str) -> str:
    said = await run(house, "preview", str(file), *options)
    return re.sub(r"in service since \d+ \w+( \d+)?", "in service since 3 Nov", said.replace(f"{file.parent}/", ""))


def _compare(kind: str, printed: str) -> None:
    """With the one block of this kind; a longer fence holds shorter ones."""
    page = PAGE.read_text(encoding="utf-8")
    found = re.search(rf"^(?P<fence>`{{3,}}){kind}\n(?P<body>.*?)^(?P=fence)$", page, re.M | re.S)
    assert found is not None
    if os.environ.get("DOCS") == "write":
        PAGE.write_text(page[: found.start("body")] + printed + page[found.end("body") :], encoding="utf-8")
        return
    assert found["body"] == printed
