"""scim2-tester: an independent client that discovers what we publish and then tries all of it (RFC 7643, RFC 7644).

It creates, reads, projects, replaces, patches and deletes, attribute by attribute, over HTTP against the real application.
"""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import CheckResult, Status, check_server

from tests.support.house import House

CHECKS = 135


@pytest.mark.parametrize("answer", ["nothing", "group"])
async def test_every_check_of_scim2_tester_succeeds(houses: Callable[..., Awaitable[House]], answer: str) -> None:
    house = await houses(directory={"scim": {"group_patch": answer}})
    results = await asyncio.to_thread(_check, f"{house.url}/scim/v2/acme", house.secrets["acme"])
    refused = [result for result in results if result.status is not Status.SUCCESS]
    assert not refused, "\n".join(map(_said, refused))
    assert len(results) == CHECKS


def _check(base: str, secret: str) -> list[CheckResult]:
    with Client(base_url=base, headers={"Authorization": f"Bearer {secret}"}) as client:
        return check_server(SyncSCIMClient(client))


def _said(result: CheckResult) -> str:
    return f"{result.status.name} {result.title} {result.resource_type}: {result.reason}"
