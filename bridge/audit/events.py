"""Who did what, and why: written in the transaction of the change itself, sealed into a chain afterwards.

The row keeps a digest of its facts beside the facts, so that personal data can be erased and the chain still verifies.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import text

from scim.ports import Tx, Write


@dataclass(frozen=True, slots=True)
class Event:
    """`at` in epoch ms; `actor` as design law 16 names them; `person` a person's key; `subject` what was acted on."""

    connection: str
    at: int
    actor: str
    action: str
    person: int | None = None
    subject: str | None = None
    request_id: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    n: int | None = None

    def as_dict(self) -> dict[str, Any]:
        return {
            "n": self.n,
            "at": self.at,
            "connection": self.connection,
            "actor": self.actor,
            "action": self.action,
            "person": self.person,
            "subject": self.subject,
            "request_id": self.request_id,
            "facts": dict(self.facts),
        }


_INSERT = text(
    """INSERT INTO audit (connection, at, actor, action, person, subject, request_id, digest, facts)
    VALUES (:connection, :at, :actor, :action, :person, :subject, :request_id, :digest, :facts)"""
)
_COLUMNS = "n, connection, at, actor, action, person, subject, request_id, facts"
_AFTER = text(
    f"SELECT {_COLUMNS} FROM audit WHERE connection = :connection AND n > :after ORDER BY n LIMIT :limit"  # noqa: S608
)
_LAST = text(f"SELECT {_COLUMNS} FROM audit ORDER BY pk DESC LIMIT :limit")  # noqa: S608
_LAST_OF = text(
    f"SELECT {_COLUMNS} FROM audit WHERE connection = :connection ORDER BY pk DESC LIMIT :limit"  # noqa: S608
)
_OF_PERSON = text(f"SELECT {_COLUMNS} FROM audit WHERE person = :person ORDER BY pk DESC LIMIT :limit")  # noqa: S608


_NEWEST = text("SELECT COALESCE(max(n), 0) AS n FROM audit WHERE connection = :connection")


def record(tx: Tx, event: Event) -> None:
    """Add an event to the change's own transaction."""
    statement, values = entry(event)
    tx.run(statement, **values)


def entry(event: Event) -> Write:
    """The same, to be written with others."""
    facts = orjson.dumps(event.facts, option=orjson.OPT_SORT_KEYS)
    return _INSERT, {
        "connection": event.connection,
        "at": event.at,
        "actor": event.actor,
        "action": event.action,
        "person": event.person,
        "subject": event.subject,
        "request_id": event.request_id,
        "digest": hashlib.sha256(facts).digest(),
        "facts": facts.decode(),
    }


def after(tx: Tx, connection: str, n: int, limit: int = 500) -> list[Event]:
    """Sealed events of one connection after number `n`, in order: what ``audit --follow`` reads."""
    return _events(tx.all(_AFTER, connection=connection, after=n, limit=limit))


def newest(tx: Tx, connection: str) -> int:
    """The number of the last sealed event; 0 before the first."""
    row = tx.one(_NEWEST, connection=connection)
    return int(row["n"]) if row else 0


def last(tx: Tx, connection: str | None = None, limit: int = 50) -> list[Event]:
    """The newest events of one connection, or of all; oldest first, sealed or not yet."""
    rows = tx.all(_LAST, limit=limit) if connection is None else tx.all(_LAST_OF, connection=connection, limit=limit)
    return _events(rows)[::-1]


def of_person(tx: Tx, person: int, limit: int = 20) -> list[Event]:
    """The newest events about one person, newest first."""
    return _events(tx.all(_OF_PERSON, person=person, limit=limit))


def _events(rows: list[Any]) -> list[Event]:
    return [
        Event(
            row["connection"],
            row["at"],
            row["actor"],
            row["action"],
            row["person"],
            row["subject"],
            row["request_id"],
            orjson.loads(row["facts"]) if row["facts"] else {},
            row["n"],
        )
        for row in rows
    ]
