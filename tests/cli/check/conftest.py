"""Each test stands in a folder of its own, with two sound connections."""

import os
from pathlib import Path

import pytest

from tests.cli.check.checking import CONNECTION, MAPPING, write


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two sound connections in a folder of their own, and an environment in which nothing is set."""
    monkeypatch.chdir(tmp_path)
    for name in [*os.environ]:
        if name.startswith(("BRIDGE_", "CLERK_", "GITHUB_")):
            monkeypatch.delenv(name)
    for name in ("acme", "globex"):
        write(f"config/connections/{name}.yaml", CONNECTION.format(name))
        write(f"config/mappings/{name}.yaml", MAPPING.format(name))
    return tmp_path
