"""Our client against a sandbox watched by Clerk's own OpenAPI file, and against a peer that misbehaves as told."""

from collections.abc import AsyncIterator, Callable

import pytest

from bridge import metrics
from bridge.clerk.api import Api
from bridge.sandbox.testing import RunningSandbox
from bridge.settings import Secret
from tests.support.clerk_sandbox import *  # noqa: F403
from tests.support.scripted import *  # noqa: F403
from tests.support.scripted import Scripted


@pytest.fixture
async def clerk(sandbox: RunningSandbox) -> AsyncIterator[Api]:
    """The client of `sandbox`."""
    api = Api(sandbox.url, Secret(sandbox.secret_key, "test"), 1000)
    yield api
    await api.close()


@pytest.fixture
async def astray(scripted: Scripted) -> AsyncIterator[Api]:
    """The client of `scripted`."""
    api = Api(scripted.url, Secret("sk_test_hidden", "test"), 1000)
    yield api
    await api.close()


@pytest.fixture
def counted() -> Callable[..., float]:
    """The value of a metric now, by its name and labels."""
    return lambda name, **labels: metrics.registry.get_sample_value(name, labels) or 0.0
