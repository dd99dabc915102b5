"""Material that lies beside a checkout and is no part of it: who needs it is skipped, visibly, where it is absent."""

from pathlib import Path

import pytest

_FOLDER = Path(__file__).resolve().parents[3] / "shared"


def shared(relative: str) -> Path:
    """The path of a shared file; skips the test where there is none."""
    path = _FOLDER / relative
    if not path.exists():
        pytest.skip(f"needs ../shared/{relative}")
    return path
