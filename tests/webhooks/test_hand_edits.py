"""What somebody does by hand in Clerk is noticed within seconds and judged (rule R9); what we do ourselves costs no call."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bridge import metrics
from bridge.webhooks import organizations
from bridge.webhooks.event import Event
from bridge.webhooks.reader import Reader
from tests.support.house import LONGEST, House

Houses = Callable[..., Awaitable[House]]
LOOK = "GET /v1/users/{user_id}/organization_memberships"
SOON = 15.0  # seconds: the sweep comes each hour, and machines that run tests are busy


async def _listening(houses: Houses, **keys: Any) -> House:
    house = await houses(**keys)
    house.hear()
    return house


async def _editor(house: House, name: str = "mia") -> str:
    """An editor of Production beside its owner, everything told and counted from zero; returns the SCIM id."""
    user = await house.user(name)
    await house.group("owners", await house.user("olga"))
    await house.group("engineers", user)
    await house.idle()
    await house.heard()
    house.sandbox.reset_calls()
    return user


def _path(house: House, name: str = "mia", workspace: str = "production") -> str:
    return f"/organizations/{house.organization(workspace)}/memberships/{house.clerk_user(name)['id']}"


async def _state(house: House, name: str = "mia") -> tuple[str, str | None]:
    row = await house.row(name)
    return str(row.state), row.cause


async def test_a_raised_role_is_undone_within_seconds(houses: Houses) -> None:
    house = await _listening(houses)
    await _editor(house)
    began = time.monotonic()
    await house.clerk("PATCH", _path(house), {"role": "org:admin"})

    async def undone() -> bool:
        return house.roles()["mia"]["production"] == "editor"

    await house.until(undone)
    assert time.monotonic() - began < SOON
    await house.heard()
    assert (await _state(house))[0] == "granted"
    assert house.sandbox.calls()[LOOK] == 1


async def test_a_lowered_role_stands_as_drifted_within_seconds(houses: Houses) -> None:
    house = await _listening(houses)
    await _editor(house)
    began = time.monotonic()
    await house.clerk("PATCH", _path(house), {"role": "org:viewer"})

    async def noticed() -> bool:
        return (await _state(house))[0] == "drifted"

    await house.until(noticed)
    assert time.monotonic() - began < SOON
    assert house.roles()["mia"]["production"] == "viewer"
    assert (await _state(house))[1] == "was lowered by hand in Clerk"


async def test_a_removed_membership_stands_as_drifted(houses: Houses) -> None:
    house = await _listening(houses)
    await _editor(house)
    await house.clerk("DELETE", _path(house))
    await house.heard()
    assert await _state(house) == ("drifted", "was removed by hand in Clerk")
    assert "mia" not in house.roles()
    assert house.sandbox.calls()[LOOK] == 1


async def test_a_membership_that_was_made_anew_is_not_ours(houses: Houses) -> None:
    house = await _listening(houses)
    await _editor(house)
    path = _path(house)
    await house.clerk("DELETE", path)
    await house.clerk("POST", path.rpartition("/")[0], {"user_id": path.rpartition("/")[2], "role": "org:viewer"})
    await house.heard()
    row = await house.row("mia")
    assert row.in_clerk is not None
    assert house.sandbox.calls()[LOOK] <= 2


async def test_a_membership_that_no_rule_gives_is_left_alone_and_looked_at_once(houses: Houses) -> None:
    house = await _listening(houses)
    await _editor(house)
    other = await house.user("ada")
    await house.group("scientists", other)
    await house.heard()
    house.sandbox.reset_calls()
    body = {"user_id": house.clerk_user("mia")["id"], "role": "org:viewer"}
    await house.clerk("POST", f"/organizations/{house.organization('research')}/memberships", body)
    await house.heard()
    assert (await house.row("mia", "research")).state == "left_alone"
    assert house.roles()["mia"] == {"production": "editor", "research": "viewer"}
    await house.clerk("PATCH", _path(house, workspace="research"), {"role": "org:editor"})
    await house.heard()
    assert house.sandbox.calls()[LOOK] == 2


async def test_a_deactivated_person_who_is_added_by_hand_is_out_again(houses: Houses) -> None:
    house = await _listening(houses)
    user = await _editor(house)
    await house.deactivate(user)
    await house.heard()
    assert "mia" not in house.roles()
    body = {"user_id": house.clerk_user("mia")["id"], "role": "org:viewer"}
    await house.clerk("POST", f"/organizations/{house.organization('production')}/memberships", body)
    await house.heard()
    assert "mia" not in house.roles()


async def test_a_user_who_was_deleted_by_hand_is_made_anew(houses: Houses) -> None:
    house = await _listening(houses)
    await _editor(house)
    before = house.clerk_user("mia")["id"]
    await house.clerk("DELETE", f"/users/{before}")
    await house.heard()
    assert house.clerk_user("mia")["id"] != before
    assert house.roles()["mia"] == {"production": "editor"}


async def test_a_ban_of_ours_that_was_lifted_by_hand_is_put_back(houses: Houses) -> None:
    house = await _listening(houses, directory={"deactivation": "ban"})
    user = await _editor(house)
    await house.deactivate(user)
    await house.heard()
    assert house.clerk_user("mia")["banned"] is True
    await house.clerk("POST", f"/users/{house.clerk_user('mia')['id']}/unban")
    await house.heard()
    assert house.clerk_user("mia")["banned"] is True


async def test_an_organization_that_was_deleted_costs_one_call_however_many_were_in_it(houses: Houses) -> None:
    house = await _listening(houses)
    await house.people(5, "engineers")
    await house.heard()
    house.sandbox.reset_calls()
    await house.clerk("DELETE", f"/organizations/{house.organization('production')}")
    await house.heard()
    row = await house.row("p001")
    assert (row.state, row.in_clerk) == ("blocked", None)
    calls = house.sandbox.calls()
    assert LOOK not in calls
    assert calls["GET /v1/organizations/{organization_id}"] == 1


async def test_nothing_is_lost_of_an_organization_that_is_still_there(houses: Houses) -> None:
    """Who has the signing secret can say anything: Clerk's own word counts."""
    house = await houses()
    await house.people(3, "engineers")
    event = Event("msg_1", "organization.deleted", house.clock(), None, house.organization("production"))
    assert await house.parts.reader.keep(event)
    await house.heard()
    row = await house.row("p001")
    assert (row.state, row.in_clerk) == ("granted", "editor")


async def test_whether_an_organization_is_gone_is_asked_until_clerk_answers(houses: Houses) -> None:
    house = await _listening(houses)
    await house.people(3, "engineers")
    await house.heard()
    house.sandbox.fault(match="GET /v1/organizations/{organization_id}", status=503, times=4)
    await house.clerk("DELETE", f"/organizations/{house.organization('production')}")
    await house.heard()
    assert (await house.row("p001")).state == "blocked"


async def test_while_clerk_is_away_one_call_a_round_asks_which_organizations_are_gone(houses: Houses) -> None:
    house = await houses()
    house.parts.reader._leads = lambda: False  # type: ignore[method-assign]
    await house.group("everything", await house.user("mia"))
    await house.idle()
    for name in ("production", "research"):
        event = Event(f"msg_{name}", "organization.deleted", house.clock(), None, house.organization(name))
        assert await house.parts.reader.keep(event)
    house.sandbox.reset_calls()
    house.sandbox.fault(match="GET /v1/organizations/{organization_id}", status=503, times=9)
    assert await organizations.asked(house.parts.tools) == frozenset()
    assert house.sandbox.calls() == {"GET /v1/organizations/{organization_id}": 1}


async def test_people_of_others_cost_nothing(houses: Houses) -> None:
    house = await _listening(houses)
    await _editor(house)
    stranger = await house.clerk("POST", "/users", {"email_address": ["eve@elsewhere.example"]})
    body = {"user_id": stranger["id"], "role": "org:viewer"}
    await house.clerk("POST", f"/organizations/{house.organization('production')}/memberships", body)
    await house.clerk("PATCH", f"/users/{stranger['id']}", {"first_name": "Eve"})
    await house.clerk("DELETE", f"/users/{stranger['id']}")
    await house.heard()
    assert not [call for call in house.sandbox.calls() if call.startswith("GET")]


async def test_our_own_calls_cost_no_look(houses: Houses) -> None:
    """A life: joined, moved, promoted, renamed, deactivated, back again. Each of these makes events; none makes a look."""
    house = await _listening(houses)
    user = await house.user("mia")
    await house.group("owners", await house.user("olga"))
    engineers, scientists = await house.group("engineers", user), await house.group("scientists")
    admins = await house.group("admins")
    await house.heard()
    await house.join(scientists, user)
    await house.leave(engineers, user)
    await house.idle()
    await house.join(admins, user)
    await house.idle()
    await house.patch(f"/Users/{user}", {"op": "replace", "path": "name.givenName", "value": "Maria"})
    await house.idle()
    await house.deactivate(user)
    await house.idle()
    await house.reactivate(user)
    await house.heard()
    assert LOOK not in house.sandbox.calls()
    assert house.roles()["mia"] == {"production": "admin", "research": "editor"}


async def test_our_own_calls_cost_no_look_for_many_at_once(houses: Houses) -> None:
    house = await _listening(houses)
    await house.people(40, "everything")
    await house.heard()
    calls = house.sandbox.calls()
    assert LOOK not in calls
    assert calls["POST /v1/users"] == 40
    assert calls["POST /v1/organizations/{organization_id}/memberships"] == 80


@pytest.mark.parametrize("how", ["duplicate", "reorder", "delay", "wrong_signature"])
async def test_upset_deliveries_change_nothing_in_the_end(houses: Houses, how: str) -> None:
    house = await _listening(houses)
    await _editor(house)
    fault = {"match": "*", "webhook": how, "seconds": 1.5, "delay": 0.4}
    house.sandbox.control("POST", "faults", fault)
    for role in ("org:admin", "org:viewer", "org:admin"):
        await house.clerk("PATCH", _path(house), {"role": role})
    await house.jump(0)

    async def undone() -> bool:
        return house.roles()["mia"]["production"] == "editor"

    await house.until(undone)
    await house.heard()
    assert house.roles()["mia"] == {"production": "editor"}


async def test_an_old_event_that_was_overtaken_costs_nothing(houses: Houses) -> None:
    overtaken = metrics.webhook_events.labels("organizationMembership", "overtaken")
    house, before = await _listening(houses), overtaken._value.get()
    user = await _editor(house)
    admins = await house.group("admins")
    house.sandbox.control("POST", "faults", {"match": "organizationMembership.updated", "webhook": "drop"})
    await house.join(admins, user)
    await house.idle()
    (raised,) = [one for one in house.sandbox.state()["memberships"] if one["user_id"] == house.clerk_user("mia")["id"]]
    facts = {"id": raised["id"], "role": raised["role"]}
    told = (house.clock(), raised["user_id"], raised["organization_id"], facts)
    await house.leave(admins, user)
    await house.idle()
    await house.heard()
    assert await house.parts.reader.keep(Event("msg_late", "organizationMembership.updated", *told))
    await house.heard()
    assert overtaken._value.get() == before + 1
    assert LOOK not in house.sandbox.calls()
    assert house.roles()["mia"] == {"production": "editor"}


async def test_a_reader_that_is_stopped_in_the_moment_of_news_stops(houses: Houses) -> None:
    house = await houses()
    reader = Reader(house.parts.tools, lambda: False, lambda: None)
    reading = asyncio.create_task(reader.run())
    await asyncio.sleep(0.01)
    reader._came.set()
    reading.cancel()
    async with asyncio.timeout(LONGEST):
        await asyncio.wait([reading])
    assert reading.cancelled()
