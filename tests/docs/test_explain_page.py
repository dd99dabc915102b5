"""docs/explain.md names every key of the JSON answer, and every state with what ends it."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from bridge.answers import explain
from bridge.answers.explain import NEXT, Explained, Row, Told
from bridge.answers.whatif import Turn, WhatIf
from bridge.cli.explain import Answer
from bridge.people.grant import State
from mappings.explain import LimitVerdict, Verdict
from mappings.identity import GroupFact, Identity

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "explain.md").read_text(encoding="utf-8")
IDENTITY = Identity("mia@acme.example", (GroupFact("engineers"),))
TOLD = Told("acme", None, "active", None, None, None, None, IDENTITY, None, None, None, None)
ROW = Row("production", None, "granted", None, None, None, (), (), 0)
EXPLAINED = Explained({}, (TOLD,), (ROW,))
TURN = Turn("production", "gains", None, "viewer", None, None, None, ())
OBJECTS = {
    "people": Answer(EXPLAINED, None),
    "accounts": TOLD,
    "rules": Verdict("r", 1, True, "", 0, ()),
    "limits": LimitVerdict("l", 1, True, "", 0),
    "workspaces": ROW,
    "what_if": WhatIf((), None, (), (TURN,), EXPLAINED),
}


def _table(heading: str) -> dict[str, str]:
    section = PAGE.partition(f"\n{heading}\n")[2].partition("\n#")[0]
    return dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", section, re.MULTILINE))


@pytest.mark.parametrize("name", OBJECTS)
def test_every_key_of_the_answer_is_on_the_page_in_its_order(name: str) -> None:
    shown: Any = OBJECTS[name]
    assert list(_table(f"### {name}")) == list(shown.as_dict())


def test_keys_within_a_row_of_the_page_are_there_too() -> None:
    assert all(f"`{key}`" in _table("### what_if")["workspaces"] for key in TURN.as_dict())
    facts = TOLD.as_dict()["facts"]
    assert all(f"`{key}`" in _table("### accounts")["facts"] for key in facts)
    assert ", ".join(facts["groups"][0]) in _table("### accounts")["facts"]


def test_the_person_is_described_as_the_code_does() -> None:
    said = re.search(r"`person` has ([\w, ]+)\.", Explained.__doc__ or "")
    assert said is not None
    assert list(_table("### person")) == said.group(1).split(", ")
    assert [one.name for one in fields(Explained)] == ["person", "accounts", "workspaces"]


def test_every_state_stands_there_with_what_ends_it() -> None:
    told = _table("## States")
    assert set(told) == {str(state) for state in State}
    assert {state: told[str(state)] for state in NEXT} == NEXT
    assert explain.NEXT.keys() == set(State) - {State.GRANTED}
