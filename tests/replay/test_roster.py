"""Who can be picked at the stand-in IdPs is who the onboarding pushes, under the same ids, where its acts leave them."""

from typing import Any

import pytest

from bridge.replay.onboarding import onboarding
from bridge.replay.onboarding.roster import roster
from bridge.replay.scenario import Step


def _users(connection: str) -> dict[str, Any]:
    """{userName: externalId} of everybody who is created."""
    steps: list[Step] = [step for act in onboarding() if act.connection == connection for step in act.scenario.steps]
    made = [step.body for step in steps if step.method == "POST" and step.path == "/Users" and step.body]
    return {body["userName"]: body["externalId"] for body in made}


@pytest.mark.parametrize("connection", ["example-okta", "example-entra"])
def test_everybody_who_is_pushed_can_be_picked_under_the_same_id(connection: str) -> None:
    assert {one.person.email: one.id for one in roster(connection)} == _users(connection)


def test_who_moved_is_in_the_new_team_and_who_left_is_marked() -> None:
    by_name = {one.person.name: one for one in roster("example-okta")}
    assert by_name["Mia Chen"].group.name == "platform-engineering"
    assert [name for name, one in by_name.items() if one.left] == ["Carlos Mendes"]


def test_nobody_can_be_picked_at_other_connections() -> None:
    assert roster("acme-okta") == ()
