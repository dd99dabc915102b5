"""Scenario files: what is read of them, and what is said of a file that is none."""

import json
from pathlib import Path
from typing import Any

import pytest

from bridge.replay.checks import Check
from bridge.replay.scenario import ScenarioInvalid, load
from tests.support.shared import shared

STEP: dict[str, Any] = {"name": "list", "method": "GET", "path": "/Users", "query": None, "headers": {}, "body": None}


def written(folder: Path, **fields: Any) -> Path:
    content = {"schema_version": 1, "name": "a file", "idp": "okta", "requires": [], "notes": [], "steps": [], **fields}
    path = folder / "scenario.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_a_file_becomes_a_scenario_and_what_is_for_readers_stays_outside(tmp_path: Path) -> None:
    expect = {"status": [200], "checks": [{"path": "$.totalResults", "op": "eq", "value": 0}]}
    step = {**STEP, "query": {"count": "1"}, "expect": expect, "capture": {"uid": "$.id"}, "section": "3", "note": "why"}
    scenario = load(written(tmp_path, steps=[step]))
    (read,) = scenario.steps
    assert (scenario.name, scenario.idp, read.name, read.query) == ("a file", "okta", "list", {"count": "1"})
    assert (read.expect.status, read.expect.checks) == ((200,), (Check("$.totalResults", "eq", 0),))
    assert (read.capture, read.note) == ({"uid": "$.id"}, "why")


def test_a_file_that_asks_for_a_user_to_be_there_gets_steps_that_make_one(tmp_path: Path) -> None:
    scenario = load(written(tmp_path, requires=["at least one user with name and e-mail"], steps=[STEP]))
    assert [step.name for step in scenario.steps] == ["a user who is there already", "a group that is there already", "list"]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"steps": [{**STEP, "expect": {"checks": [{"path": "$.id", "op": "equals"}]}}]}, "steps.0.expect.checks.0.op"),
        ({"steps": [{**STEP, "expect": {"checks": [{"path": "id", "op": "eq"}]}}]}, "'id' is no path"),
        ({"steps": [{**STEP, "capture": {"uid": "id"}}]}, "'id' is no path"),
        ({"steps": [{"name": "no method", "path": "/Users"}]}, "steps.0.method"),
    ],
)
def test_a_wrong_file_says_where_it_is_wrong(tmp_path: Path, broken: dict[str, Any], said: str) -> None:
    with pytest.raises(ScenarioInvalid) as raised:
        load(written(tmp_path, **broken))
    assert "scenario.json is no scenario" in raised.value.sentence
    assert said in raised.value.sentence


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(ScenarioInvalid, match="can't be read"):
        load(tmp_path / "nothing.json")


def test_every_file_of_real_traffic_can_be_read() -> None:
    files = sorted(shared("idp-traffic").glob("[!_]*/*.json"))
    counts = {file: len(json.loads(file.read_bytes())["steps"]) for file in files}
    seeds = {file: 2 if b"at least one user" in file.read_bytes() else 0 for file in files}
    assert files
    assert {file: len(load(file).steps) for file in files} == {file: counts[file] + seeds[file] for file in files}
