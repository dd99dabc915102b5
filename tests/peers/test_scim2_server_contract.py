"""scim2-server's storage contract: what every store behind a SCIM server owes it.

98 cases and ten more about cursors, none of them skipped: the suite leaves out what a service does not announce or refuses
to answer; here that counts as a failure.
"""

import math
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from scim2_models import ResourceType, ScimProvider, SearchRequest
from scim2_server.testing import ScimStorageContract

from tests.peers.storage import HttpStorage

CASES = 98 + 10


class TestStorageContract(ScimStorageContract):
    """Runs on SQLite and PostgreSQL, against `serve` as an operator starts it."""

    @pytest.fixture
    def provider(self, published: ScimProvider) -> ScimProvider:
        return published

    @pytest.fixture
    def storage(self, service: httpx.Client, provider: ScimProvider) -> Iterator[HttpStorage]:
        storage = HttpStorage(service, provider)
        yield storage
        storage.empty()

    @staticmethod
    def require(supported: bool, feature: str) -> None:
        assert supported, f"{feature} is not announced"

    def search_request_or_skip(self, models: list[Any], **parameters: Any) -> SearchRequest[Any]:
        return self.search_request(models, **parameters)

    def search_or_skip(self, storage: Any, resource_types: list[ResourceType], search_request: SearchRequest[Any]) -> Any:
        return self.search(storage, resource_types, search_request)


def test_the_contract_has_as_many_cases_as_it_had() -> None:
    found = [getattr(ScimStorageContract, name) for name in dir(ScimStorageContract) if name.startswith("test_")]
    assert sum(math.prod(len(mark.args[1]) for mark in getattr(case, "pytestmark", ())) for case in found) == CASES
