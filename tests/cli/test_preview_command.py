"""`preview FILE`: what people read before they let a mapping file in, as text, as JSON and as Markdown."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.support.command_line import json, run
from tests.support.house import RULES, House

Houses = Callable[..., Awaitable[House]]
Rules = Sequence[Mapping[str, Any]]
TESTS = [{"name": "t", "given": {"groups": ["scientists"]}, "expect": {"research": "editor"}}]


def _file(house: House, rules: Rules, **keys: Any) -> str:
    """A proposal beside the folder that is watched."""
    path: Path = house.folder / "proposed.yaml"
    text = yaml.safe_dump({"connection": "acme", "rules": list(rules), **keys}, sort_keys=False, width=120)
    path.write_text(text, encoding="utf-8")
    return str(path)


def _line(file: str, name: str) -> int:
    """Where a rule stands."""
    lines = Path(file).read_text(encoding="utf-8").splitlines()
    return next(at for at, line in enumerate(lines, 1) if line == f"- name: {name}")


def _instead(**changed: Any) -> list[dict[str, Any]]:
    """The rules of every house, the one of a name with these keys; None takes it out."""
    return [
        {**rule, **(changed.get(rule["name"]) or {})}
        for rule in RULES
        if rule["name"] not in changed or changed[rule["name"]] is not None
    ]


async def _staffed(houses: Houses, **keys: Any) -> House:
    """Twelve engineers, two scientists, and an admin."""
    house = await houses(**keys)
    await house.people(12, "engineers")
    ada, bo, cy = [await house.user(name) for name in ("ada", "bo", "cy")]
    await house.group("scientists", ada, bo)
    await house.group("admins", cy)
    await house.idle()
    return house


async def test_the_answer_counts_first_then_names_causes_and_people(houses: Houses) -> None:
    house = await _staffed(houses)
    rules = _instead(
        Engineers={"when": {"group": "platform-engineers"}},
        Scientists={"grant": {"research": "admin"}},
    )
    rules.append({"name": "Helpers", "when": {"group": "scientists"}, "grant": {"production": "viewer"}})
    file = _file(house, rules)
    said = await run(house, "preview", file, "--offline")
    lines = said.splitlines()
    assert lines[0].startswith("acme: your file against version 1 (in service since ")
    assert lines[0].endswith("), 15 people.  6 rules, 0 limits, 0 tests pass, 3 warnings.")
    table = said.partition("              gains")[2]
    assert table.splitlines()[:3] == [
        "  loses  raised  lowered  unchanged",
        "  production      2     12       0        0          1   HOLD: 12 would wait for `hold approve`: "
        "12 people lose access by one change (mapping version 2), and 5 may",
        "  research        0      0       2        0          0",
    ]
    assert "  14 people change, 1 does not; 4 Clerk calls now, 12 after approval. Nothing has been changed yet." in lines
    at = {name: _line(file, name) for name in ("Engineers", "Scientists", "Helpers")}
    cause = f'line {at["Engineers"]}: "Engineers" asks for more: not in group platform-engineers'
    assert f"12 people lose production: {cause}" in lines
    assert "    the directory has no group platform-engineers; all of them are in engineers" in lines
    people = next(line for line in lines if "p000@acme.example" in line)
    assert people.startswith("    p000@acme.example (editor -> nothing, held), p001@acme.example (")
    assert people.endswith(" … and 4 more (--all names everybody)")
    assert f'2 people are raised in research: line {at["Scientists"]}: "Scientists" gives admin' in lines
    assert f'2 people gain production: line {at["Helpers"]}: "Helpers" is new' in lines
    assert house.roles()["p000"] == {"production": "editor"}


async def test_all_names_everybody(houses: Houses) -> None:
    house = await _staffed(houses)
    said = await run(house, "preview", _file(house, _instead(Engineers=None)), "--all")
    assert sum(f"p{number:03}@acme.example (editor -> nothing, held)" in said for number in range(12)) == 12
    assert 'the rule "Engineers" is not in the file any more' in said


async def test_a_file_like_the_one_in_service_changes_nobody(houses: Houses) -> None:
    house = await _staffed(houses)
    said = await run(house, "preview", str(house.folder / "config" / "mappings" / "acme.yaml"))
    assert "  0 people change, 15 do not; 0 Clerk calls now, 0 after approval. Nothing has been changed yet." in said


async def test_scripts_get_everything_as_json(houses: Houses) -> None:
    house = await _staffed(houses)
    rules = _instead(Engineers={"grant": {"production": "viewer"}})
    file = _file(house, rules, tests=TESTS)
    said = await json(house, "preview", file)
    assert (said["connection"], said["against"]["version"], said["people"]) == ("acme", 1, 15)
    assert (said["changed"], said["unchanged"], said["due_anyway"], said["averted"]) == (12, 3, 0, 0)
    assert said["clerk_calls"] == {"now": 0, "after_approval": 12}
    production = next(place for place in said["workspaces"] if place["workspace"] == "production")
    assert (production["lowered"], production["unchanged"]) == (12, 1)
    assert production["states"]["held"]["people"] == 12
    (cause,) = said["causes"]
    assert (cause["people"], cause["line"], cause["text"]) == (
        12,
        _line(file, "Engineers"),
        '"Engineers" gives viewer there now',
    )
    assert len(said["affected"]) == 12
    assert said["affected"][0]["email"] == "p000@acme.example"
    assert said["affected"][0]["changes"] == [
        {
            "workspace": "production",
            "kind": "lower",
            "from": "editor",
            "to": "viewer",
            "state": "held",
            "why": production["states"]["held"]["why"],
            "cause": 0,
        }
    ]


async def test_a_pull_request_gets_markdown_in_which_names_are_only_text(houses: Houses) -> None:
    house = await _staffed(houses)
    rules = [*RULES, {"name": "A | B <b>", "when": {"group": "engineers"}, "grant": {"research": "viewer"}}]
    file = _file(house, rules)
    said = await run(house, "preview", file, "--markdown")
    assert "| workspace | gains | loses | raised | lowered | unchanged | |" in said
    assert "| research | 12 | 0 | 0 | 0 | 2 |  |" in said
    assert f'line {_line(file, "A | B <b>")}: "A \\| B &lt;b&gt;" is new</summary>' in said
    assert "- p000@acme.example (nothing -&gt; viewer)" in said


async def test_a_file_with_errors_has_no_preview_and_says_why(houses: Houses) -> None:
    house = await _staffed(houses)
    said = await run(house, "preview", _file(house, _instead(Engineers={"grant": {"prodution": "viewer"}})), code=1)
    assert "so it has no preview" in said
    assert "did you mean production?" in said
    assert "There is no file" in (missing := await run(house, "preview", "nowhere.yaml", code=1)) or "read" in missing


async def test_an_observing_connection_shows_what_it_would_do(houses: Houses) -> None:
    house = await _staffed(houses, mode="observe")
    rules = _instead(Scientists={"grant": {"research": "admin"}})
    said = await run(house, "preview", _file(house, rules))
    assert "The connection observes: nothing of this is done until its mode is additive or enforce." in said
    assert "2 people gain research" in said
    assert "NOT DONE: all 2: observe mode: reported, not applied" in said
    assert "13 changes are due whatever the file says (inferpipe-bridge plan)." in said


async def test_clerk_is_asked_who_governs_what_loses_an_owner(houses: Houses) -> None:
    house = await houses(brake={"people": 5, "percent": 100, "within": "15m"})
    await house.group("owners", await house.user("mia"))
    await house.idle()
    file = _file(house, _instead(Owners=None))
    alone = await run(house, "preview", file)
    assert "KEPT: 1 would stay: is the last owner of the workspace" in alone
    boss = await house.clerk("POST", "/users", {"email_address": ["boss@hand.example"]})
    place = house.organization("production")
    await house.clerk("POST", f"/organizations/{place}/memberships", {"user_id": boss["id"], "role": "org:owner"})
    assert "KEPT" not in await run(house, "preview", file)
    offline = await run(house, "preview", file, "--offline")
    assert "Clerk was not asked who governs the workspaces" in offline
    assert "KEPT: 1 would stay" in offline


async def test_a_loss_that_waits_in_a_hold_and_would_lapse_is_told(houses: Houses) -> None:
    house = await _staffed(houses, brake={"people": 0, "percent": 0, "within": "15m"})
    house.mapping(rules=_instead(Engineers=None))
    await house.until(house.open_holds)
    await house.idle()
    said = await run(house, "preview", _file(house, RULES))
    assert "12 changes that are due now would lapse." in said
    assert "  0 people change, 15 do not;" in said
