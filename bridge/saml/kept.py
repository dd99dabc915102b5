"""What is kept of each IdP's metadata: the last good document, and how the last look at its source went."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import text

from bridge.errors import BridgeError
from scim.ports import Tx

_COLUMNS = "connection, source, digest, fetched, looked, next_at, problem"
_OF = text(f"SELECT {_COLUMNS} FROM idp_metadata WHERE connection = :connection")  # noqa: S608
_ALL = text(f"SELECT {_COLUMNS} FROM idp_metadata")  # noqa: S608
_DOCUMENT = text("SELECT document FROM idp_metadata WHERE connection = :connection AND digest = :digest")
_GOOD = text(
    """INSERT INTO idp_metadata (connection, source, document, digest, fetched, looked, next_at, problem)
    VALUES (:connection, :source, :document, :digest, :now, :now, :next_at, NULL)
    ON CONFLICT (connection) DO UPDATE SET source = excluded.source, document = excluded.document,
    digest = excluded.digest, fetched = excluded.fetched, looked = excluded.looked, next_at = excluded.next_at,
    problem = NULL"""
)
_BAD = text(
    """INSERT INTO idp_metadata (connection, source, looked, next_at, problem)
    VALUES (:connection, :source, :now, :next_at, :problem)
    ON CONFLICT (connection) DO UPDATE SET source = excluded.source, looked = excluded.looked, next_at = excluded.next_at,
    problem = excluded.problem,
    document = CASE WHEN idp_metadata.source = excluded.source THEN idp_metadata.document END,
    digest = CASE WHEN idp_metadata.source = excluded.source THEN idp_metadata.digest END,
    fetched = CASE WHEN idp_metadata.source = excluded.source THEN idp_metadata.fetched END"""
)


@dataclass(frozen=True, slots=True)
class Kept:
    """`digest` None: nothing good came yet. `fetched`: when the good one came, `looked`: the last try; epoch ms.

    `problem`: {code, sentence, tries} of the last try; None: it went well.
    """

    connection: str
    source: str
    digest: str | None
    fetched: int | None
    looked: int
    next_at: int
    problem: Mapping[str, Any] | None


def of(tx: Tx, connection: str) -> Kept | None:
    row = tx.one(_OF, connection=connection)
    return _kept(row) if row else None


def all_of(tx: Tx) -> dict[str, Kept]:
    """By connection."""
    return {row["connection"]: _kept(row) for row in tx.all(_ALL)}


def document(tx: Tx, connection: str, digest: str) -> bytes | None:
    """The document of that digest, if it is still the one."""
    row = tx.one(_DOCUMENT, connection=connection, digest=digest)
    return row["document"].encode() if row else None


def keep(tx: Tx, connection: str, source: str, document: bytes, digest: str, *, now: int, next_at: int) -> None:
    """A good one in the place of whatever was there. `document` is UTF-8: else nothing could have been read from it."""
    values = {"source": source, "document": document.decode(), "digest": digest}
    tx.run(_GOOD, connection=connection, now=now, next_at=next_at, **values)


def failed(tx: Tx, connection: str, source: str, error: BridgeError, *, tries: int, now: int, next_at: int) -> None:
    """The last good one stays, unless it came from elsewhere: another source is another IdP."""
    problem = orjson.dumps({"code": error.code, "sentence": error.sentence, "tries": tries}).decode()
    tx.run(_BAD, connection=connection, source=source, now=now, next_at=next_at, problem=problem)


def _kept(row: Any) -> Kept:
    problem = orjson.loads(row["problem"]) if row["problem"] else None
    times = (row["fetched"], row["looked"], row["next_at"])
    return Kept(row["connection"], row["source"], row["digest"], *times, problem)
