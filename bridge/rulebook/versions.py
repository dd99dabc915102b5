"""Rows of mapping versions: every text ever taken, and which one is in service. The database decides, not the file."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from scim.ports import Tx


@dataclass(frozen=True, slots=True)
class Stored:
    """One version of one connection's mapping file, as it was taken."""

    connection: str
    number: int
    digest: str
    text: str
    file: str
    taken: int
    actor: str


@dataclass(frozen=True, slots=True)
class Service:
    """A connection's row: the version in service, the file last looked at, and why it was not taken."""

    connection: str
    version: int | None
    file_digest: str | None
    problem: str | None


_COLUMNS = "connection, version, digest, text, file, taken, actor"
_ENSURE = text("INSERT INTO connection (name, clerk_instance) VALUES (:connection, :instance) ON CONFLICT (name) DO NOTHING")
_SERVICE = text("SELECT name, mapping_version, file_digest, file_problem FROM connection WHERE name = :connection")
_LOCK = text("UPDATE connection SET name = name WHERE name = :connection")
_GET = text(f"SELECT {_COLUMNS} FROM mapping_version WHERE connection = :connection AND version = :version")  # noqa: S608
_ALL = text(f"SELECT {_COLUMNS} FROM mapping_version WHERE connection = :connection ORDER BY version")  # noqa: S608
_LAST = text("SELECT max(version) AS version FROM mapping_version WHERE connection = :connection")
_ADD = text(
    """INSERT INTO mapping_version (connection, version, digest, text, file, taken, actor)
    VALUES (:connection, :version, :digest, :text, :file, :taken, :actor)"""
)
_ACTIVATE = text("UPDATE connection SET mapping_version = :version WHERE name = :connection")
_SEEN = text("UPDATE connection SET file_digest = :digest, file_problem = :problem WHERE name = :connection")


def ensure(tx: Tx, connection: str, instance: str) -> None:
    """The row of a connection, made at the first start that knows it."""
    tx.run(_ENSURE, connection=connection, instance=instance)


def service(tx: Tx, connection: str) -> Service | None:
    row = tx.one(_SERVICE, connection=connection)
    return Service(row["name"], row["mapping_version"], row["file_digest"], row["file_problem"]) if row else None


def get(tx: Tx, connection: str, number: int) -> Stored | None:
    row = tx.one(_GET, connection=connection, version=number)
    return _stored(row) if row else None


def history(tx: Tx, connection: str) -> list[Stored]:
    """Oldest first."""
    return [_stored(row) for row in tx.all(_ALL, connection=connection)]


def lock(tx: Tx, connection: str) -> None:
    """One at a time may take a file of this connection."""
    tx.run(_LOCK, connection=connection)


def add(tx: Tx, connection: str, *, digest: str, text: str, file: str, now: int, actor: str) -> int:
    """Keep a text as the next version; returns its number."""
    row = tx.one(_LAST, connection=connection)
    number = ((row["version"] if row else None) or 0) + 1
    tx.run(_ADD, connection=connection, version=number, digest=digest, text=text, file=file, taken=now, actor=actor)
    return int(number)


def activate(tx: Tx, connection: str, number: int) -> None:
    tx.run(_ACTIVATE, connection=connection, version=number)


def saw(tx: Tx, connection: str, digest: str, problem: str | None) -> None:
    """This file was looked at; `problem`: why it was not taken into service."""
    tx.run(_SEEN, connection=connection, digest=digest, problem=problem)


def _stored(row: Any) -> Stored:
    return Stored(row["connection"], row["version"], row["digest"], row["text"], row["file"], row["taken"], row["actor"])
