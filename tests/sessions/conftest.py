"""The whole service, whose patrol of sessions goes round ten times a second."""

import pytest

from tests.support.clerk_sandbox import *  # noqa: F403
from tests.support.house import *  # noqa: F403


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.provisioning.sessions.patrol.EVERY", 0.05)
