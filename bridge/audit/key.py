"""The sealing key: from the settings, else a file in the data folder, made at the first start; never in the database."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from bridge.errors import BridgeError
from bridge.settings import Secret


def sealing_key(given: Secret | None, data: Path) -> bytes:
    """The operator's key, or that of ``audit.key`` in the data folder. Two first starts at once agree on one file."""
    if given is not None:
        return given.reveal().encode()
    path = data / "audit.key"
    if not path.exists():
        _make(path)
    key = path.read_bytes().strip()
    if not key:
        raise BridgeError("audit_key_empty", f"The file {path} is empty.", hint="Restore it: old seals need the old key.")
    return key


def _make(path: Path) -> None:
    """Written aside and linked into place: whole or not at all, and never over a key that another process just made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
