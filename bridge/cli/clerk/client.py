"""A client of the Clerk instance for one command, beside a running service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bridge.clerk.api import Api
from bridge.settings import Settings

_SHARE = 10  # of the rate limit, for a command: the service beside it needs the rest


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Api]:
    """One connection: a command asks one thing after another."""
    clerk = settings.bridge.clerk
    api = Api(clerk.api_url, clerk.secret_key, max(clerk.calls_per_10s // _SHARE, 10), connections=1)
    try:
        yield api
    finally:
        await api.close()
