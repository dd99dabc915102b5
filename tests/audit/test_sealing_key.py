"""The key of the seals: the operator's, or one made once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bridge.audit.key import sealing_key
from bridge.errors import BridgeError
from bridge.settings import Secret


def test_the_operators_key_is_used_and_no_file_is_made(tmp_path: Path) -> None:
    assert sealing_key(Secret("s3cret", "environment AUDIT"), tmp_path) == b"s3cret"
    assert list(tmp_path.iterdir()) == []


def test_without_one_a_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    key = sealing_key(None, tmp_path / "data")
    assert len(key) == 64
    assert sealing_key(None, tmp_path / "data") == key
    (file,) = (tmp_path / "data").iterdir()
    assert file.name == "audit.key"
    assert file.stat().st_mode & 0o777 == 0o600


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: sealing_key(None, tmp_path), range(8)))
    assert len(keys) == 1


def test_an_emptied_key_is_not_replaced_in_silence(tmp_path: Path) -> None:
    (tmp_path / "audit.key").write_text("\n")
    with pytest.raises(BridgeError, match="empty"):
        sealing_key(None, tmp_path)
