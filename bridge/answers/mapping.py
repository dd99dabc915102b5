"""How a connection's mapping stands: the version in service, since when and by whom, and the file beside it.

What the service said of the file is a row; whether the file differs is seen where the question is asked.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import text

from bridge.errors import BridgeError
from bridge.rulebook import Rulebook, Unusable, proposals, versions
from bridge.rulebook.verdict import Verdict
from bridge.rulebook.versions import Service
from bridge.settings import ConnectionSettings, Settings
from scim.ports import Tx

FileNow = Literal["same", "differs", "gone", "unreadable"]
_PEOPLE = text("SELECT count(DISTINCT person) AS n FROM account WHERE connection = :connection")


@dataclass(frozen=True, slots=True)
class Standing:
    """`since` in epoch ms; `file`: the file here against the version in service; `last`: the newest version there is.

    `verdict`: what the service says of the file it sees; `unusable`: why the version in service decides nobody.
    """

    connection: str
    version: int | None
    last: int
    since: int | None
    actor: str | None
    file: FileNow
    verdict: Verdict | None
    unusable: str | None

    @property
    def rolled_back(self) -> bool:
        return self.version is not None and self.version < self.last

    @property
    def problem(self) -> str | None:
        """Why the file is not in service, in one line."""
        if self.verdict is None:
            return None
        return {
            "refused": self.verdict.sentence,
            "waiting": f"waits for `inferpipe-bridge mapping activate {self.connection}`",
            "older": f"it is version {self.verdict.version} again, and nobody saw it change",
            "gone": "it is gone",
        }[self.verdict.kind]

    def as_dict(self) -> dict[str, Any]:
        return {
            "version": self.version,
            "since": self.since,
            "actor": self.actor,
            "last": self.last,
            "rolled_back": self.rolled_back,
            "file": self.file,
            "verdict": self.verdict.as_dict() if self.verdict else None,
            "unusable": self.unusable,
        }


def standing(tx: Tx, settings: Settings, name: str) -> Standing:
    """How things stand for one connection; reads its file."""
    connection = settings.connections[name]
    row = versions.service(tx, name) or Service(name, None, None, None, None, None)
    return Standing(
        name,
        row.version,
        versions.last(tx, name),
        row.since,
        row.actor,
        _file_now(tx, settings.bridge.config, row),
        row.verdict,
        _unusable(tx, connection),
    )


def people(tx: Tx, connection: str) -> int:
    """How many people a change of the rules makes due."""
    row = tx.one(_PEOPLE, connection=connection)
    return int(row["n"]) if row else 0


def _file_now(tx: Tx, config: Path, row: Service) -> FileNow:
    try:
        data = proposals.content(proposals.mapping_file(config, row.connection))
    except BridgeError:
        return "unreadable"
    if data is None:
        return "gone"
    serving = versions.serving(tx, row.connection)
    return "same" if serving and serving.digest == proposals.digest_of(data) else "differs"


def _unusable(tx: Tx, connection: ConnectionSettings) -> str | None:
    try:
        Rulebook({connection.name: connection}).in_service(tx, connection.name)
    except Unusable as error:
        return error.sentence
    return None
