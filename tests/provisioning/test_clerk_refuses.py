"""What happens when Clerk is away, answers late, has something else, or says no (R8-R10, laws 1 and 9)."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bridge.provisioning.reconcile import SLOTS
from tests.support.house import House

Houses = Callable[..., Awaitable[House]]
MEMBERSHIP = "/organizations/{organization}/memberships/{user}"


async def _by_hand(house: House, method: str, name: str, body: Any = None, workspace: str = "production") -> None:
    path = f"/organizations/{house.organization(workspace)}/memberships/{house.clerk_user(name)['id']}"
    await house.clerk(method, path, body)


async def test_a_create_whose_answer_is_lost_makes_no_second_user(houses: Houses) -> None:
    house = await houses()
    house.sandbox.fault(match="POST /v1/users", status="cut", when="after")
    mia = await house.user("mia")
    await house.group("engineers", mia)
    await house.idle()
    assert len(house.sandbox.state()["users"]) == 1
    assert house.roles() == {"mia": {"production": "editor"}}


async def test_an_address_that_changes_while_a_create_is_lost_is_changed_in_clerk_too(houses: Houses) -> None:
    house = await houses()
    house.sandbox.fault(match="POST /v1/users", status="cut", when="after")
    house.sandbox.fault(match="GET /v1/users", status=503, when="before", times=3)
    mia = await house.user("mia", name={"givenName": "Mia", "familyName": "Moss"})
    await house.group("engineers", mia)

    async def made() -> bool:
        return bool(house.sandbox.state()["users"])

    await house.until(made)
    renamed = {"userName": "moss@acme.example", "emails": [{"value": "moss@acme.example", "type": "work", "primary": True}]}
    await house.patch(f"/Users/{mia}", {"op": "replace", "value": {**renamed, "name.familyName": "Moss-Hill"}})
    house.clock.jump(60)
    await house.idle()
    (user,) = house.sandbox.state()["users"]
    assert [one["email_address"] for one in user["email_addresses"]] == ["moss@acme.example"]
    assert user["last_name"] == "Moss-Hill"
    assert house.roles() == {"moss": {"production": "editor"}}


async def test_a_workspace_whose_create_is_lost_is_not_made_twice(houses: Houses) -> None:
    house = await houses()
    house.sandbox.fault(match="POST /v1/organizations", status="cut", when="after")
    mia = await house.user("mia")
    await house.group("engineers", mia)
    await house.idle()
    assert len(house.sandbox.state()["organizations"]) == 1
    assert house.roles() == {"mia": {"production": "editor"}}


@pytest.mark.parametrize("existing", ["adopt", "leave"])
async def test_a_membership_whose_answer_is_lost_is_ours_all_the_same(houses: Houses, existing: str) -> None:
    production = {"create": "Production", "existing": existing}
    house = await houses(workspaces={"production": production, "research": {"create": "Research"}})
    house.sandbox.fault(match="POST /v1/organizations/*/memberships", status=500, when="after")
    mia = await house.user("mia")
    engineers = await house.group("engineers", mia)
    await house.idle()
    assert (await house.row("mia")).state == "granted"
    await house.leave(engineers, mia)
    await house.idle()
    assert house.roles() == {}


async def test_a_removal_whose_answer_is_lost_is_done(houses: Houses) -> None:
    house = await houses()
    mia = await house.user("mia")
    engineers = await house.group("engineers", mia)
    await house.idle()
    house.sandbox.fault(match="DELETE /v1/organizations/*", status="cut", when="after")
    await house.leave(engineers, mia)
    await house.idle()
    assert house.roles() == {}
    assert (await house.explain("mia@acme.example")).workspaces == ()


async def test_a_429_is_waited_out_as_clerk_says(houses: Houses) -> None:
    house = await houses()
    house.sandbox.fault(match="POST /v1/users", status=429, retry_after=1)
    mia = await house.user("mia")
    await house.group("engineers", mia)
    await house.idle()
    assert house.roles() == {"mia": {"production": "editor"}}


async def test_while_clerk_is_away_scim_is_answered_and_afterwards_everything_converges(houses: Houses) -> None:
    house = await houses()
    house.sandbox.fault(match="*", status=503, times=10_000)
    ids = [await house.user(f"p{number:03}") for number in range(5)]
    await house.group("engineers", *ids)
    assert house.sandbox.state()["users"] == []
    house.sandbox.control("DELETE", "faults")
    await house.idle()
    assert len(house.roles()) == 5


async def test_an_outage_costs_few_calls(houses: Houses) -> None:
    house = await houses()
    house.sandbox.fault(match="*", status=503, times=10_000)
    ids = [await house.user(f"p{number:03}") for number in range(40)]
    await house.group("engineers", *ids)

    calls = await _until_nobody_is_at_work(house)
    # those in work when it began, and a look-up of newcomers; from then on one looks now and then
    assert calls <= SLOTS + 1
    house.sandbox.control("DELETE", "faults")
    await house.idle()


async def _until_nobody_is_at_work(house: House) -> int:
    """Calls were made, all of them are answered, and nobody tries just now; how many there were."""
    counted = 0

    async def answered() -> bool:
        nonlocal counted
        counted = sum(house.sandbox.calls().values())
        return counted > 0 and not house.parts.reconciler.at_work

    await house.until(answered)
    return counted


async def test_the_last_owner_keeps_the_workspace_but_can_sign_in_no_more(houses: Houses) -> None:
    house = await houses()
    ada, mia = await house.user("ada"), await house.user("mia")
    await house.group("owners", ada)
    await house.group("engineers", mia)
    await house.idle()
    await house.sign_in("ada")
    await house.deactivate(ada)
    await house.idle()
    assert house.roles()["ada"] == {"production": "owner"}
    assert house.clerk_user("ada")["banned"] is True
    assert [one["status"] for one in house.sandbox.state()["sessions"]] == ["revoked"]
    row = await house.row("ada")
    assert (row.state, row.cause) == ("retained", "is the last owner of the workspace")
    assert len(await house.audit("membership.retained")) == 1


async def test_a_new_owner_lets_the_kept_one_go(houses: Houses) -> None:
    house = await houses()
    ada, mia = await house.user("ada"), await house.user("mia")
    owners = await house.group("owners", ada)
    await house.idle()
    await house.deactivate(ada)
    await house.idle()
    await house.join(owners, mia)
    await house.idle()
    assert house.roles() == {"mia": {"production": "owner"}}


async def test_an_active_last_owner_who_loses_the_group_stays_owner_and_is_not_banned(houses: Houses) -> None:
    house = await houses()
    ada = await house.user("ada")
    owners = await house.group("owners", ada)
    await house.idle()
    await house.leave(owners, ada)
    await house.idle()
    assert house.roles() == {"ada": {"production": "owner"}}
    assert house.clerk_user("ada")["banned"] is False


async def test_of_all_owners_leaving_at_once_one_stays(houses: Houses) -> None:
    house = await houses(brake={"people": 100, "percent": 100, "within": "15m"})
    ids = [await house.user(f"o{number}") for number in range(2)]
    await house.group("owners", *ids)
    await house.idle()
    for id in ids:
        await house.deactivate(id)
    await house.idle()
    assert list(house.roles().values()) == [{"production": "owner"}]


async def test_the_last_resort_becomes_owner_before_the_last_one_goes(houses: Houses) -> None:
    workspaces = {"production": {"create": "Production", "last_resort_owner": "mia@acme.example"}}
    rules = [
        {"name": "Owners", "when": {"group": "owners"}, "grant": {"production": "owner"}},
        {"name": "Engineers", "when": {"group": "engineers"}, "grant": {"production": "editor"}},
    ]
    house = await houses(rules=rules, workspaces=workspaces)
    ada, mia = await house.user("ada"), await house.user("mia")
    await house.group("owners", ada)
    await house.group("engineers", mia)
    await house.idle()
    await house.deactivate(ada)
    await house.idle()
    assert "ada" not in house.roles()
    assert house.roles()["mia"] == {"production": "owner"}


async def test_a_full_workspace_blocks_only_itself(houses: Houses) -> None:
    house = await houses()
    first = await house.user("first")
    everything = await house.group("everything", first)
    await house.idle()
    await house.clerk("PATCH", f"/organizations/{house.organization('production')}", {"max_allowed_memberships": 1})
    mia = await house.user("mia")
    await house.join(everything, mia)
    await house.idle()
    assert house.roles()["mia"] == {"research": "viewer"}
    row = await house.row("mia")
    assert (row.state, row.decided, row.in_clerk) == ("blocked", "viewer", None)
    await house.clerk("PATCH", f"/organizations/{house.organization('production')}", {"max_allowed_memberships": 50})
    house.clock.jump(61)

    async def opened() -> bool:
        return house.roles()["mia"] == {"research": "viewer", "production": "viewer"}

    await house.until(opened)
    await house.idle()
    assert (await house.row("mia")).state == "granted"


async def test_a_workspace_that_does_not_exist_blocks_only_itself(houses: Houses) -> None:
    house = await houses(workspaces={"production": "org_000000000000000000000000000", "research": {"create": "Research"}})
    mia = await house.user("mia")
    await house.group("everything", mia)
    await house.idle()
    assert house.roles() == {"mia": {"research": "viewer"}}
    assert (await house.row("mia")).state == "blocked"


async def test_a_user_deleted_in_clerk_by_hand_is_made_anew_at_the_next_change(houses: Houses) -> None:
    house = await houses()
    mia = await house.user("mia")
    await house.group("engineers", mia)
    await house.idle()
    await house.clerk("DELETE", f"/users/{house.clerk_user('mia')['id']}")
    await house.group("admins", mia)
    await house.idle()
    assert house.roles() == {"mia": {"production": "admin"}}


async def test_a_membership_removed_by_hand_stands_as_drifted_until_the_decision_changes(houses: Houses) -> None:
    house = await houses()
    ada, mia = await house.user("ada"), await house.user("mia")
    await house.group("owners", ada)
    await house.group("everything", ada)
    await house.group("engineers", mia)
    await house.idle()
    await _by_hand(house, "DELETE", "mia")
    path = f"/organizations/{house.organization('research')}/memberships"
    await house.clerk("POST", path, {"user_id": house.clerk_user("mia")["id"], "role": "org:viewer"})
    await house.group("scientists", mia)  # its add finds the hand-made one, and looks at everything of hers
    await house.idle()
    assert house.roles()["mia"] == {"research": "editor"}
    row = await house.row("mia")
    assert (row.state, row.decided, row.cause) == ("drifted", "editor", "was removed by hand in Clerk")
    await house.group("admins", mia)
    await house.idle()
    assert house.roles()["mia"] == {"production": "admin", "research": "editor"}


async def test_a_removal_by_hand_does_not_outlive_a_change_of_the_decision(houses: Houses) -> None:
    house = await houses()
    ada, mia = await house.user("ada"), await house.user("mia")
    await house.group("owners", ada)
    await house.group("engineers", mia)
    admins = await house.group("admins", mia)
    await house.idle()
    await _by_hand(house, "DELETE", "mia")
    await house.leave(admins, mia)
    await house.idle()
    assert house.roles()["mia"] == {"production": "editor"}


async def test_a_raise_by_hand_is_undone(houses: Houses) -> None:
    house = await houses()
    ada, mia = await house.user("ada"), await house.user("mia")
    await house.group("owners", ada)
    await house.group("everything", ada)
    await house.group("engineers", mia)
    await house.idle()
    await _by_hand(house, "PATCH", "mia", {"role": "org:admin"})
    path = f"/organizations/{house.organization('research')}/memberships"
    await house.clerk("POST", path, {"user_id": house.clerk_user("mia")["id"], "role": "org:viewer"})
    await house.group("scientists", mia)
    await house.idle()
    assert house.roles()["mia"] == {"production": "editor", "research": "editor"}


async def test_a_membership_made_by_hand_before_our_own_is_adopted(houses: Houses) -> None:
    house = await houses()
    first, mia = await house.user("first"), await house.user("mia")
    await house.group("owners", first)
    await house.group("scientists", mia)
    await house.idle()
    path = f"/organizations/{house.organization('production')}/memberships"
    await house.clerk("POST", path, {"user_id": house.clerk_user("mia")["id"], "role": "org:viewer"})
    admins = await house.group("admins", mia)
    await house.idle()
    assert house.roles()["mia"] == {"production": "admin", "research": "editor"}
    await house.leave(admins, mia)
    await house.idle()
    assert house.roles()["mia"] == {"production": "viewer", "research": "editor"}


async def test_observe_touches_nothing_and_says_what_would_be(houses: Houses) -> None:
    house = await houses(mode="observe")
    mia = await house.user("mia")
    await house.group("engineers", mia)
    await house.idle()
    assert house.sandbox.calls() == {}
    row = await house.row("mia")
    assert (row.state, row.decided, row.cause) == ("pending", "editor", "observe mode: reported, not applied")


async def test_additive_gives_and_never_takes(houses: Houses) -> None:
    house = await houses(mode="additive")
    mia = await house.user("mia")
    engineers = await house.group("engineers", mia)
    await house.idle()
    await house.leave(engineers, mia)
    await house.idle()
    assert house.roles() == {"mia": {"production": "editor"}}
    row = await house.row("mia")
    assert (row.state, row.decided) == ("retained", None)


async def test_a_wrong_key_is_an_outage_for_everybody_and_not_each_persons_own_failure(houses: Houses) -> None:
    house = await houses()
    sent = house.parts.tools.clerk._peer._headers
    right, sent["Authorization"] = sent["Authorization"], "Bearer sk_test_wrong"
    ids = [await house.user(f"p{number:03}") for number in range(40)]
    await house.group("engineers", *ids)

    # those in work when it began, or a look-up of newcomers; then everybody waits
    assert await _until_nobody_is_at_work(house) <= SLOTS + 1
    sent["Authorization"] = right
    house.parts.reconciler._outages.over()  # half a minute, at once
    await house.idle()
    assert len(house.roles()) == 40
