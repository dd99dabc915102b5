"""A mapping file is a proposal: read as it stands, checked for its connection, its own tests run. It changes nothing yet."""

import hashlib
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bridge.errors import BridgeError
from bridge.settings import ConnectionSettings, Settings
from mappings.check import Checked, check, connection_of

LARGEST = 16 * 1024 * 1024  # bytes: 5,000 rules are about one million


@dataclass(frozen=True, slots=True)
class Proposal:
    """A file as it was read and checked."""

    connection: str
    file: str
    text: str
    digest: str
    checked: Checked


def mapping_file(config: Path, connection: str) -> Path:
    """Where a connection's mapping file stands."""
    return config / "mappings" / f"{connection}.yaml"


def read(config: Path, settings: ConnectionSettings, now: datetime | None = None) -> Proposal | None:
    """The file of a connection, checked; None if there is none, BridgeError if it can't be read."""
    path = mapping_file(config, settings.name)
    data = content(path)
    return _proposal(path, data, settings, now) if data is not None else None


def read_file(settings: Settings, path: Path, now: datetime | None = None) -> Proposal:
    """A file wherever it stands, checked for the connection that it says it is for, else for the one of its own name."""
    data = content(path)
    if data is None:
        raise BridgeError("mapping_unreadable", f"{path} can't be read: there is no such file.")
    said = connection_of(data.decode("utf-8", errors="replace"))
    connection = settings.connections.get(said) or settings.connections.get(path.stem)
    if connection is None:
        raise BridgeError(
            "mapping_without_connection",
            f"{path} belongs to no connection: there is no config/connections/{said or path.stem}.yaml.",
            hint=f"Known: {', '.join(settings.connections) or 'none'}.",
        )
    return _proposal(path, data, connection, now)


def content(path: Path) -> bytes | None:
    """What stands in a mapping file; None if there is none."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST:
            why = "it is larger than 16 MB" if found.st_size > LARGEST else "it is no file"
            raise BridgeError("mapping_unreadable", f"{path} can't be read: {why}.")
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BridgeError("mapping_unreadable", f"{path} can't be read: {error.strerror}.") from error


def digest_of(data: bytes) -> str:
    """By this a content is known again."""
    return hashlib.sha256(data).hexdigest()


def _proposal(path: Path, data: bytes, settings: ConnectionSettings, now: datetime | None) -> Proposal:
    text = data.decode("utf-8", errors="replace")  # what is lost is an error of the check: no group may quietly be another
    checked = check(text, str(path), settings.scope(), now or datetime.now(UTC))
    return Proposal(settings.name, str(path), text, digest_of(data), checked)
