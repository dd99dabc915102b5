"""A client of the Clerk instance for one command, beside a running service."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from bridge.clerk.api import Api
from bridge.settings import Settings

_SHARE = 3  # of the rate limit, for a command: the service beside it needs the rest


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Api]:
    """One connection: a command asks one thing after another. What Clerk refuses is in the command's own words, no log."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    clerk = settings.bridge.clerk
    api = Api(clerk.api_url, clerk.secret_key, max(clerk.calls_per_10s // _SHARE, 10), connections=1)
    try:
        yield api
    finally:
        await api.close()
