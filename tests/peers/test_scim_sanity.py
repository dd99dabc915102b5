"""scim-sanity's probe in its strict mode: the life of a user and a group, search and errors, as a conformance desk asks."""

import asyncio
from collections.abc import Awaitable, Callable

from scim_sanity.probe.runner import run_probe_api

from tests.support.house import House

CHECKS = 31
NOT_OURS = {"Agent CRUD Lifecycle", "AgenticApplication CRUD Lifecycle", "Agent Rapid Lifecycle"}
"""Resource types of an Internet draft that this service does not publish, so the probe leaves them out."""


async def test_the_strict_probe_of_scim_sanity_finds_nothing(houses: Callable[..., Awaitable[House]]) -> None:
    house = await houses(directory={"scim": {"group_patch": "group"}})  # it wants to see a group that it patched
    base, secret = f"{house.url}/scim/v2/acme", house.secrets["acme"]
    found = await asyncio.to_thread(lambda: run_probe_api(base, token=secret, strict=True))
    assert {result["name"] for result in found["results"] if result["status"] == "skip"} == NOT_OURS
    assert not [result for result in found["results"] if result["status"] not in {"pass", "skip"}]
    assert found["summary"]["total"] == CHECKS
