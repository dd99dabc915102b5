"""The whole service, judged by SCIM clients that nobody here wrote."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from scim2_models import ScimProvider

from bench import house as processes
from tests.peers.storage import discovered
from tests.support.clerk_sandbox import *  # noqa: F403
from tests.support.house import *  # noqa: F403

TENANT = "judged"


@pytest.fixture(scope="session")
def service(common_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of one connection of a running `serve`; its tests leave the directory empty."""
    house = processes.House(tmp_path_factory.mktemp("judged"), common_database_url)
    house.connection(TENANT, mode="observe")
    house.mapping(TENANT, [{"name": "All", "when": {"group": "all"}, "grant": {"nowhere": "viewer"}}])
    try:
        asyncio.run(house.start_sandbox())  # its own, or `serve` would start one that outlives it
        asyncio.run(house.start())
        headers = {"Authorization": f"Bearer {house.token(TENANT)}", "Content-Type": "application/scim+json"}
        with httpx.Client(base_url=f"http://127.0.0.1:{house.ports[0]}/scim/v2/{TENANT}", headers=headers) as client:
            yield client
    finally:
        house.close()


@pytest.fixture(scope="session")
def published(service: httpx.Client) -> ScimProvider:
    """What it publishes about itself."""
    return discovered(service)
