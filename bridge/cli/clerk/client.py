"""A client of the Clerk instance for one command, beside a running service."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from bridge.clerk.api import Api
from bridge.settings import Settings


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Api]:
    """It spends the share of the rate limit that is not the lease holder's. What Clerk refuses the command says itself."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    clerk = settings.bridge.clerk
    api = Api(clerk.api_url, clerk.secret_key, clerk.calls_per_10s, connections=1)
    try:
        yield api
    finally:
        await api.close()
