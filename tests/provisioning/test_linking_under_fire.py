"""Somebody was in Clerk before us, and the calls around linking them are lost, or two of our persons find them at once."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bridge import metrics
from tests.support.house import House

Houses = Callable[..., Awaitable[House]]
_LOOK, _ADD = "GET */organization_memberships", "POST /v1/organizations/*/memberships"
LOST = (
    [{"match": _LOOK, "status": "cut"}],
    [{"match": _LOOK, "status": 500, "times": 3}],
    [{"match": "POST /v1/users", "status": 503}],
    [{"match": _LOOK, "status": 500}, {"match": _ADD, "status": 500}],
)


async def _with_engineers(houses: Houses, **keys: Any) -> tuple[House, str]:
    """A house whose workspace `production` exists already; the id of the group that makes editors there."""
    house = await houses(**keys)
    engineers = await house.group("engineers", await house.user("first"))
    await house.idle()
    return house, engineers


async def _in_clerk_before_us(house: House, role: str, workspace: str = "production") -> None:
    user = await house.clerk("POST", "/users", {"email_address": ["mia@acme.example"], "skip_password_requirement": True})
    await _made(house, user["id"], role, workspace)


async def _made(house: House, user: str, role: str, workspace: str) -> None:
    path = f"/organizations/{house.organization(workspace)}/memberships"
    await house.clerk("POST", path, {"user_id": user, "role": f"org:{role}"})


async def _with_research_of_others(houses: Houses, existing: str) -> House:
    """A house that lists by its id an organization that was there before us; nobody of ours has been in it yet."""
    house = await houses()
    research = await house.clerk("POST", "/organizations", {"name": "Research"})
    await house.stop()
    workspaces = {"production": {"create": "Production"}, "research": {"id": research["id"], "existing": existing}}
    house.connection(workspaces=workspaces)
    await house.start()
    return house


@pytest.mark.parametrize("faults", LOST)
async def test_a_role_from_before_us_is_given_back_though_calls_around_the_link_were_lost(
    houses: Houses, faults: list[dict[str, Any]]
) -> None:
    house, engineers = await _with_engineers(houses)
    await _in_clerk_before_us(house, "editor")  # the very role that is decided
    house.sandbox.control("POST", "faults", faults)
    mia = await house.user("mia")
    await house.join(engineers, mia)
    await house.idle()
    await house.leave(engineers, mia)
    await house.idle()
    assert house.roles()["mia"] == {"production": "editor"}


@pytest.mark.parametrize("faults", LOST)
async def test_leave_means_leave_though_calls_around_the_link_were_lost(
    houses: Houses, faults: list[dict[str, Any]]
) -> None:
    workspaces = {"production": {"create": "Production", "existing": "leave"}, "research": {"create": "Research"}}
    house, engineers = await _with_engineers(houses, workspaces=workspaces)
    await _in_clerk_before_us(house, "editor")
    house.sandbox.control("POST", "faults", faults)
    mia = await house.user("mia")
    await house.join(engineers, mia)
    await house.idle()
    assert (await house.row("mia")).state == "left_alone"
    await house.deactivate(mia)
    await house.idle()
    assert house.roles()["mia"] == {"production": "editor"}


async def test_leave_means_leave_in_a_workspace_that_nobody_had_been_in_when_they_were_linked(houses: Houses) -> None:
    house = await _with_research_of_others(houses, "leave")
    await _in_clerk_before_us(house, "editor", "research")
    mia = await house.user("mia")
    await house.group("engineers", mia)
    await house.idle()
    house.sandbox.fault(match=_ADD, status=504, when="after")
    await house.group("scientists", mia)
    await house.idle()
    assert (await house.row("mia", "research")).state == "left_alone"
    await house.deactivate(mia)
    await house.idle()
    assert house.roles()["mia"] == {"research": "editor"}


async def test_who_leaves_loses_a_membership_from_before_us_where_no_rule_ever_gave_anything(houses: Houses) -> None:
    house = await _with_research_of_others(houses, "adopt")
    await _in_clerk_before_us(house, "editor", "research")
    mia = await house.user("mia")
    await house.group("engineers", mia)
    await house.idle()
    assert (await house.row("mia", "research")).state == "left_alone"
    await house.deactivate(mia)
    await house.idle()
    assert house.roles() == {}


async def test_what_a_hand_made_just_before_is_never_taken_for_an_add_of_ours_whose_answer_was_lost(houses: Houses) -> None:
    workspaces = {"production": {"create": "Production"}, "research": {"create": "Research", "existing": "leave"}}
    house = await houses(workspaces=workspaces)
    await house.group("scientists", await house.user("first"))
    mia = await house.user("mia")
    await house.group("engineers", mia)
    await house.idle()
    await _made(house, house.clerk_user("mia")["id"], "viewer", "research")  # the very role that is decided
    house.sandbox.fault(match=_ADD, status=504, when="after")
    await house.group("everything", mia)
    await house.idle()
    assert (await house.row("mia", "research")).state == "left_alone"
    await house.deactivate(mia)
    await house.idle()
    assert house.roles()["mia"] == {"research": "viewer"}


async def test_a_look_in_the_middle_of_a_run_knows_what_the_run_has_done_itself(houses: Houses) -> None:
    house, everything, mia = await _with_mia_in_support(houses)
    path = f"/organizations/{house.organization('research')}/memberships"
    await house.clerk("POST", path, {"user_id": house.clerk_user("mia")["id"], "role": "org:editor"})
    await house.join(everything, mia)  # production is added, then research turns out to be there already
    await house.idle()
    assert house.roles()["mia"] == {"support": "viewer", "production": "viewer", "research": "viewer"}
    await house.leave(everything, mia)
    await house.idle()
    assert house.roles()["mia"] == {"support": "viewer", "research": "editor"}


async def test_a_user_deleted_in_the_middle_of_a_run_gets_everything_back(houses: Houses) -> None:
    house, everything, mia = await _with_mia_in_support(houses)
    adds = "POST /v1/organizations/*/memberships"
    house.sandbox.fault(match=adds, delay=0.001)
    house.sandbox.fault(match=adds, delay=0.5)
    await house.join(everything, mia)

    async def in_production() -> bool:
        return "production" in house.roles()["mia"]

    await house.until(in_production)
    await house.clerk("DELETE", f"/users/{house.clerk_user('mia')['id']}")
    await house.idle()
    assert house.roles()["mia"] == {"support": "viewer", "production": "viewer", "research": "viewer"}
    assert {row.state for row in (await house.explain("mia@acme.example")).workspaces} == {"granted"}


async def _with_mia_in_support(houses: Houses) -> tuple[House, str, str]:
    """The house, its group that gives production and research, and mia, who is in neither."""
    names = ("production", "research", "support")
    rules = [
        {"name": "Everything", "when": {"group": "everything"}, "grant": dict.fromkeys(names[:2], "viewer")},
        {"name": "Support", "when": {"group": "support"}, "grant": {"support": "viewer"}},
    ]
    house = await houses(rules=rules, workspaces={name: {"create": name.capitalize()} for name in names})
    everything = await house.group("everything", await house.user("first"))
    await house.idle()
    mia = await house.user("mia")
    await house.group("support", mia)
    await house.idle()
    return house, everything, mia


async def test_two_persons_who_find_the_same_user_at_once_are_joined_and_nobody_fails(houses: Houses) -> None:
    house, _ = await _with_engineers(houses)
    await house.stop()
    house.connection(shared_with=["bought"])
    house.connection("bought")
    house.mapping("bought")
    await house.start()
    await _in_clerk_before_us(house, "viewer")
    email = {"userName": "mia@acme.example", "emails": [{"value": "mia@acme.example", "primary": True}]}
    people = {name: await house.user("mia", connection=name, **email) for name in ("acme", "bought")}
    groups = {name: await house.group("admins", connection=name) for name in people}
    await house.idle()
    failed = metrics.reconciled.labels("failed")._value.get()
    house.sandbox.fault(match="GET /v1/users", delay=0.3, times=2)  # both have asked before either is linked
    for name, id in people.items():
        add = {"op": "add", "path": "members", "value": [{"value": id}]}
        await house.patch(f"/Groups/{groups[name]}", add, connection=name)
    await house.idle()
    assert metrics.reconciled.labels("failed")._value.get() == failed
    assert house.roles()["mia"] == {"production": "admin"}
    joined = [event for name in people for event in await house.audit("person.joined", connection=name)]
    assert len(joined) == 1
