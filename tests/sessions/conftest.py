"""The whole service, whose patrol of sessions goes round ten times a second."""

from collections.abc import Iterator

import pytest
import structlog

from tests.support.clerk_sandbox import *  # noqa: F403
from tests.support.house import *  # noqa: F403


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.provisioning.sessions.patrol.EVERY", 0.05)


@pytest.fixture
def quiet() -> Iterator[None]:
    """The service runs in this process and would log into a command's output."""
    structlog.configure(logger_factory=lambda *_: structlog.ReturnLogger())
    yield
    structlog.reset_defaults()
