"""Rows of mapping versions: every text ever taken, and which one is in service. The database decides, not the file."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from bridge.rulebook.verdict import Verdict
from scim.ports import Tx


@dataclass(frozen=True, slots=True)
class Stored:
    """One version of one connection's mapping file, as it was taken. `before`: the version it took the place of."""

    connection: str
    number: int
    digest: str
    text: str
    file: str
    taken: int
    actor: str
    before: int | None
    rules: int | None


@dataclass(frozen=True, slots=True)
class Service:
    """A connection's row: what is in service since when (epoch ms) and by whom, and what was said of the file.

    `file_digest` is the content of the file that had its turn: taken, or equal to what is in service. It never has
    another, whatever is rolled back. `verdict`: why the file that is there now is not in service, None: nothing to say.
    """

    connection: str
    version: int | None
    since: int | None
    actor: str | None
    file_digest: str | None
    verdict: Verdict | None


_COLUMNS = 'connection, version, digest, text, file, taken, actor, "before", rules'
_SERVICE_COLUMNS = "name, mapping_version, mapping_since, mapping_actor, file_digest, file_verdict"
_ENSURE = text("INSERT INTO connection (name, clerk_instance) VALUES (:connection, :instance) ON CONFLICT (name) DO NOTHING")
_SERVICE = text(f"SELECT {_SERVICE_COLUMNS} FROM connection WHERE name = :connection")  # noqa: S608
_SERVICES = text(f"SELECT {_SERVICE_COLUMNS} FROM connection WHERE clerk_instance = :instance")  # noqa: S608
_SERVING = text(
    "SELECT mapping_version, mapping_since FROM connection WHERE name = :connection AND mapping_version IS NOT NULL"
)
_LOCK = text("UPDATE connection SET name = name WHERE name = :connection")
_GET = text(f"SELECT {_COLUMNS} FROM mapping_version WHERE connection = :connection AND version = :version")  # noqa: S608
_ALL = text(f"SELECT {_COLUMNS} FROM mapping_version WHERE connection = :connection ORDER BY version")  # noqa: S608
_LAST = text("SELECT max(version) AS version FROM mapping_version WHERE connection = :connection")
_OF_CONTENT = text("SELECT max(version) AS version FROM mapping_version WHERE connection = :connection AND digest = :digest")
_ADD = text(
    """INSERT INTO mapping_version (connection, version, digest, text, file, taken, actor, "before", rules)
    VALUES (:connection, :version, :digest, :text, :file, :taken, :actor, :before, :rules)"""
)
_ACTIVATE = text(
    """UPDATE connection SET mapping_version = :version, mapping_since = :now, mapping_actor = :actor
    WHERE name = :connection"""
)
_SETTLE = text("UPDATE connection SET file_digest = :digest, file_verdict = NULL WHERE name = :connection")
_SAY = text("UPDATE connection SET file_verdict = :verdict WHERE name = :connection")


def ensure(tx: Tx, connection: str, instance: str) -> None:
    """The row of a connection, made at the first start that knows it."""
    tx.run(_ENSURE, connection=connection, instance=instance)


def in_service(tx: Tx, connection: str) -> tuple[int, int] | None:
    """The number of the version in service, and since when: what every decision asks first."""
    row = tx.one(_SERVING, connection=connection)
    return (row["mapping_version"], row["mapping_since"]) if row else None


def service(tx: Tx, connection: str) -> Service | None:
    row = tx.one(_SERVICE, connection=connection)
    return _service(row) if row else None


def services(tx: Tx, instance: str) -> Sequence[Service]:
    """Every connection's row of a Clerk instance, in one statement."""
    return [_service(row) for row in tx.all(_SERVICES, instance=instance)]


def get(tx: Tx, connection: str, number: int) -> Stored | None:
    row = tx.one(_GET, connection=connection, version=number)
    return _stored(row) if row else None


def serving(tx: Tx, connection: str) -> Stored | None:
    """The version in service, with its text."""
    current = in_service(tx, connection)
    return get(tx, connection, current[0]) if current else None


def history(tx: Tx, connection: str) -> list[Stored]:
    """Oldest first."""
    return [_stored(row) for row in tx.all(_ALL, connection=connection)]


def last(tx: Tx, connection: str) -> int:
    """The highest number so far; 0 before the first."""
    row = tx.one(_LAST, connection=connection)
    return int((row["version"] if row else None) or 0)


def of_content(tx: Tx, connection: str, digest: str) -> int | None:
    """The last version with this very content."""
    row = tx.one(_OF_CONTENT, connection=connection, digest=digest)
    return row["version"] if row else None


def lock(tx: Tx, connection: str) -> None:
    """One at a time may change what is in service for this connection."""
    tx.run(_LOCK, connection=connection)


def add(tx: Tx, new: Stored) -> None:
    """Keep a text as a version."""
    tx.run(
        _ADD,
        connection=new.connection,
        version=new.number,
        digest=new.digest,
        text=new.text,
        file=new.file,
        taken=new.taken,
        actor=new.actor,
        before=new.before,
        rules=new.rules,
    )


def activate(tx: Tx, connection: str, number: int, *, now: int, actor: str) -> None:
    """From this commit on every decision is made by this version."""
    tx.run(_ACTIVATE, connection=connection, version=number, now=now, actor=actor)


def settle(tx: Tx, connection: str, digest: str | None) -> None:
    """The content of the file that had its turn; whatever was said of the file before is over."""
    tx.run(_SETTLE, connection=connection, digest=digest)


def say(tx: Tx, connection: str, verdict: Verdict | None) -> None:
    """Why the file that is there is not in service; None: nothing to say."""
    tx.run(_SAY, connection=connection, verdict=verdict.as_text() if verdict else None)


def _service(row: Any) -> Service:
    return Service(
        row["name"],
        row["mapping_version"],
        row["mapping_since"],
        row["mapping_actor"],
        row["file_digest"],
        Verdict.of_text(row["file_verdict"]) if row["file_verdict"] else None,
    )


def _stored(row: Any) -> Stored:
    return Stored(
        row["connection"],
        row["version"],
        row["digest"],
        row["text"],
        row["file"],
        row["taken"],
        row["actor"],
        row["before"],
        row["rules"],
    )
