"""A Clerk to hold clients against: the sandbox, watched by Clerk's own OpenAPI file, or a real development instance."""

from collections.abc import AsyncIterator

import pytest

pytest.register_assert_rewrite("tests.clerk_contract.python_sdk")

from bridge.clerk.api import Api  # noqa: E402
from bridge.settings import Secret  # noqa: E402
from tests.support.clerk_peer import *  # noqa: E402, F403
from tests.support.clerk_peer import Peer  # noqa: E402
from tests.support.clerk_sandbox import *  # noqa: E402, F403


@pytest.fixture
async def clerk(peer: Peer) -> AsyncIterator[Api]:
    """Our own client of `peer`."""
    api = Api(peer.url, Secret(peer.secret_key, "test"), 100 if peer.live else 1000)
    yield api
    await api.close()
