"""Packages of npm, for what is held against them: they come into pytest's cache, once for each version."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

_OPTIONS = ("--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=0")
_PATIENCE = 180.0  # seconds


def require_node() -> None:
    """The test is skipped where it is absent."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node and npm are not installed")


def installed(config: pytest.Config, name: str, *packages: str) -> Path:
    """The folder of this name in the cache, in which node finds them; the test is skipped where npm can't get them."""
    folder = config.cache.mkdir(name)
    if not (folder / "node_modules").exists():
        _install(folder, packages)
    return folder


def _install(folder: Path, packages: tuple[str, ...]) -> None:
    """Beside it first: what stands in its place is whole."""
    with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as temporary:
        if problem := _problem(temporary, packages):
            pytest.skip(f"npm could not install {packages[0]}: {problem[:200]}")
        try:
            Path(temporary, "node_modules").rename(folder / "node_modules")
        except OSError:  # another process was as quick
            assert (folder / "node_modules").exists()


def _problem(folder: str, packages: tuple[str, ...]) -> str:
    """Nothing, where they are there."""
    command = ("npm", "install", "--prefix", ".", *_OPTIONS, *packages)
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    except subprocess.TimeoutExpired as error:
        return str(error)
    return done.stderr.strip() if done.returncode else ""
