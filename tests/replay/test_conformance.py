"""The conformance kit against our own service: every scenario passes, nothing is left behind."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bridge.replay import library
from bridge.replay.conformance import Played, Report, examine
from tests.support.house import House

Houses = Callable[..., Awaitable[House]]


async def examined(house: House, *providers: str, **keys: Any) -> Report:
    shelf = library.scenarios(providers or library.PROVIDERS)
    return await examine(f"{house.url}/scim/v2/acme", house.secrets["acme"], shelf, **keys)


def told(played: Played, outcome: str = "fail") -> list[str]:
    name = played.shelved.name
    return [
        f"{name}: {one.step}: {one.skipped or '; '.join(one.problems)}" for one in played.verdicts if one.outcome == outcome
    ]


@pytest.mark.parametrize("provider", library.PROVIDERS)
async def test_every_scenario_of_a_provider_passes_and_leaves_nothing(houses: Houses, provider: str) -> None:
    house = await houses()
    report = await examined(house, provider)
    assert [line for one in report.played for line in told(one)] == []
    assert [one.left for one in report.played if one.left] == []
    assert (await house.scim("GET", "/Users"))[1]["totalResults"] == 0
    assert (await house.scim("GET", "/Groups"))[1]["totalResults"] == 0
    assert report.ok


async def test_what_is_left_out_is_what_the_service_does_not_announce(houses: Houses) -> None:
    house = await houses()
    report = await examined(house, "generic")
    assert [line for one in report.played for line in told(one, "skipped")] == []
