"""The client against a sandbox that Clerk's own OpenAPI file watches, and against a peer that answers as told."""

from collections.abc import AsyncIterator, Iterator

import pytest
import structlog

from bridge.clerk.api import Api
from bridge.settings import Secret
from tests.instance.looks import look  # noqa: F401 - a fixture
from tests.support.clerk_sandbox import *  # noqa: F403
from tests.support.house import *  # noqa: F403
from tests.support.scripted import *  # noqa: F403
from tests.support.scripted import Scripted


@pytest.fixture
async def astray(scripted: Scripted) -> AsyncIterator[Api]:
    """The client of `scripted`."""
    api = Api(scripted.url, Secret("sk_test_hidden", "test"), 1000)
    yield api
    await api.close()


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    """What a command prints is its own."""
    structlog.configure(logger_factory=lambda *_: structlog.ReturnLogger())
    yield
    structlog.reset_defaults()
