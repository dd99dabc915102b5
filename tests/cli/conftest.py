"""The whole service beside the command, silent: what a command prints is its own."""

from collections.abc import Iterator

import pytest
import structlog

from tests.support.clerk_sandbox import *  # noqa: F403
from tests.support.house import *  # noqa: F403


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    """The service runs in this process and would log into the command's output."""
    structlog.configure(logger_factory=lambda *_: structlog.ReturnLogger())
    yield
    structlog.reset_defaults()
