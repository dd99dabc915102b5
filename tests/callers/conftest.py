"""Callers of the whole service, and an issuer of tokens on loopback that the service may reach."""

from pathlib import Path

import pytest

from tests.support.clerk_sandbox import *  # noqa: F403
from tests.support.entra import *  # noqa: F403
from tests.support.entra import Issuer
from tests.support.house import *  # noqa: F403


@pytest.fixture
def reachable(issuer: Issuer, tmp_path: Path) -> Issuer:
    """The issuer, named in bridge.yaml of the house of this test: it is private and without TLS, so that is needed."""
    (tmp_path / "config").mkdir()
    text = f"outbound: {{allow: ['{issuer.address}']}}\ntrusted_proxies: [127.0.0.1]\n"
    (tmp_path / "config" / "bridge.yaml").write_text(text, encoding="utf-8")
    return issuer
