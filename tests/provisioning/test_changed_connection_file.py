"""A connection file is read at start: what it says otherwise than before counts for everybody from then on."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from bridge.sandbox.testing import RunningSandbox
from tests.support.house import WORKSPACES, House

Houses = Callable[..., Awaitable[House]]


async def _engineer(house: House) -> None:
    mia = await house.user("mia")
    await house.group("engineers", mia)
    await house.idle()


async def _restarted(house: House, **keys: Any) -> None:
    await house.stop()
    house.connection(**keys)
    await house.start()
    await house.idle()


async def test_from_observing_to_adding_to_enforcing_a_restart_is_enough(houses: Houses) -> None:
    house = await houses(mode="observe")
    await _engineer(house)
    assert house.roles() == {}
    await _restarted(house, mode="additive")
    assert house.roles() == {"mia": {"production": "editor"}}
    group = (await house.scim("GET", '/Groups?filter=displayName eq "engineers"'))[1]["Resources"][0]["id"]
    await house.scim("DELETE", f"/Groups/{group}")
    await house.idle()
    assert (await house.row("mia")).state == "retained"
    await _restarted(house, mode="enforce")
    assert house.roles() == {}


async def test_a_domain_that_is_added_brings_in_the_people_of_it(houses: Houses) -> None:
    house = await houses(domains=["other.example"])
    await _engineer(house)
    assert (await house.row("mia")).state == "outside_domains"
    await _restarted(house, domains=["other.example", "acme.example"])
    assert house.roles() == {"mia": {"production": "editor"}}


async def test_a_domain_that_another_connection_shares_brings_in_the_people_of_it(
    tmp_path: Path, database_url: str, sandbox: RunningSandbox
) -> None:
    house = House(tmp_path, sandbox, database_url)
    house.connection("acme", domains=[])
    house.connection("owner", domains=["acme.example"])
    house.mapping("acme")
    await house.start()
    try:
        await _engineer(house)
        assert house.roles() == {}
        await house.stop()
        house.connection("owner", domains=["acme.example"], shared_with=["acme"])
        await house.start()
        await house.idle()
        assert house.roles() == {"mia": {"production": "editor"}}
    finally:
        await house.stop()


async def test_a_workspace_that_is_another_one_now_takes_the_people_along(houses: Houses) -> None:
    house = await houses()
    await _engineer(house)
    await _restarted(house, workspaces={**WORKSPACES, "production": {"create": "Live"}})
    assert house.roles() == {"mia": {"live": "editor"}}


async def test_a_restart_with_the_same_files_makes_nobody_due(houses: Houses) -> None:
    house = await houses()
    await _engineer(house)
    before = (await house.explain("mia@acme.example")).person
    house.sandbox.reset_calls()
    await _restarted(house)
    assert (await house.explain("mia@acme.example")).person == before
    assert house.sandbox.calls() == {}


async def test_rules_that_no_longer_fit_the_file_cost_no_call_for_as_long_as_they_do_not(houses: Houses) -> None:
    house = await houses()
    await _engineer(house)
    await house.user("zoe")
    await house.idle()
    await _restarted(house, workspaces={"research": WORKSPACES["research"]})
    house.sandbox.reset_calls()
    for _ in range(3):
        await house.jump(400)
    assert (await house.explain("mia@acme.example")).person["problem"] is not None
    assert house.sandbox.calls() == {}
    await _restarted(house)
    assert house.roles() == {"mia": {"production": "editor"}}
