"""Our scenario files: readable, sourced, unique in every run, and installed with us."""

import json
import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

from bridge.errors import BridgeError
from bridge.replay import library
from bridge.replay.library import FOLDER, PROVIDERS, Shelved

ROOT = Path(__file__).resolve().parents[2]
ALL = library.scenarios()
SENT = ("path", "query", "headers", "body", "body_raw")


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name)
def test_a_scenario_says_what_it_is_for_and_every_step_its_source_and_who_needs_it(one: Shelved) -> None:
    scenario = one.scenario
    assert one.name.partition("/")[0] == scenario.idp
    assert scenario.name
    assert scenario.about
    names = [step.name for step in scenario.steps]
    assert len(set(names)) == len(names)
    for step in scenario.steps:
        assert step.why, step.name
        assert step.who, step.name
        assert step.expect.status, step.name


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name)
def test_what_a_scenario_makes_carries_the_mark_of_its_run(one: Shelved) -> None:
    for step in one.scenario.steps:
        if step.method == "POST" and step.path in {"/Users", "/Groups"} and step.body:
            name = step.body.get("userName" if step.path == "/Users" else "displayName", "{{__runid}}")
            for variable, text in one.scenario.define.items():
                name = name.replace(f"{{{{{variable}}}}}", text)
            assert "{{__runid}}" in name, f"{one.name}: {step.name}"


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name)
def test_every_place_in_a_scenario_is_filled_by_something(one: Shelved) -> None:
    known = {"token", "__runid", "randomGuid", "$guid", *one.scenario.define}
    for step in one.scenario.steps:
        sent = json.dumps([getattr(step, part) for part in SENT])
        assert set(re.findall(r"\{\{([^{}]+)\}\}", sent)) <= known, f"{one.name}: {step.name}"
        known |= (step.capture or {}).keys() | (step.find or {}).keys()


def test_each_provider_has_scenarios_and_each_file_a_provider() -> None:
    assert {path.parent.name for path in FOLDER.glob("*/*")} == set(PROVIDERS)
    assert len(ALL) == len(list(FOLDER.glob("*/*.json")))


def test_the_files_are_installed_with_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["bridge.replay"]
    for path in FOLDER.glob("*/*"):
        assert any(fnmatch(str(path.relative_to(FOLDER.parent)), pattern) for pattern in patterns)


def test_scenarios_are_found_by_provider_and_by_name_and_a_wrong_name_lists_them() -> None:
    assert {one.name.partition("/")[0] for one in library.scenarios(["okta"])} == {"okta"}
    assert [one.name for one in library.scenarios(only=["group-push"])] == ["okta/group-push"]
    assert [one.name for one in library.scenarios(only=["okta/spec", "entra/manager"])] == ["entra/manager", "okta/spec"]
    with pytest.raises(BridgeError, match="There is no scenario group-pull"):
        library.scenarios(only=["group-pull"])


def test_the_page_lists_every_scenario() -> None:
    page = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
    rows = [f"| `{one.name}` | {one.scenario.name} | {one.scenario.about} | {len(one.scenario.steps)} |" for one in ALL]
    assert [line for line in page.splitlines() if line.startswith("| `") and "/" in line.split("`")[1]] == rows
