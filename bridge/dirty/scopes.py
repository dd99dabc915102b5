"""One mark for a whole group or connection, however many people it touches; the reconciler expands it in pages."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import text

from bridge.dirty.persons import Priority
from scim.ports import Tx

Scope = Literal["group", "connection"]
BATCH_MS = 30 * 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class ScopeMark:
    """`id` is a group's id, or the connection's name; `version` tells a mark from a later one."""

    scope: Scope
    connection: str
    id: str
    version: int
    cause: str
    batch: str
    priority: Priority


_MARK = text(
    """INSERT INTO due (scope, connection, id, version, due_at, priority, cause, batch)
    VALUES (:scope, :connection, :id, 1, :at, :priority, :cause, :batch)
    ON CONFLICT (scope, connection, id) DO UPDATE SET version = due.version + 1,
      due_at = CASE WHEN due.due_at < excluded.due_at THEN due.due_at ELSE excluded.due_at END,
      priority = CASE WHEN due.priority < excluded.priority THEN due.priority ELSE excluded.priority END,
      cause = excluded.cause, batch = excluded.batch"""
)
_ALL = text(
    """SELECT due.scope, due.connection, due.id, due.version, due.cause, due.batch, due.priority FROM due
    JOIN connection ON connection.name = due.connection AND connection.clerk_instance = :instance
    WHERE due.due_at <= :now ORDER BY due.priority, due.due_at"""
)
_FINISH = text("DELETE FROM due WHERE scope = :scope AND connection = :connection AND id = :id AND version = :version")
_OPEN_BATCH = text(
    """INSERT INTO batch (id, connection, cause, people, at) VALUES (:id, :connection, :cause, :people, :at)
    ON CONFLICT (id) DO UPDATE SET people = batch.people + excluded.people"""
)
_BATCH = text("SELECT id, connection, cause, people, verdict FROM batch WHERE id = :id")
_VERDICT = text("UPDATE batch SET verdict = :verdict WHERE id = :id")
_FORGET = text("DELETE FROM batch WHERE at < :before AND NOT EXISTS (SELECT 1 FROM due WHERE due.batch = batch.id)")
_MEMBERS = text("SELECT pk FROM person WHERE batch = :id AND wanted > applied ORDER BY pk")


@dataclass(frozen=True, slots=True)
class Batch:
    """People marked by one transaction or one mapping version. `verdict`: None until judged, then free or hold."""

    id: str
    connection: str
    cause: str
    people: int
    verdict: str | None


def open_batch(tx: Tx, id: str, connection: str, cause: str, people: int, *, now: int) -> None:
    """Count `people` more into a batch."""
    tx.run(_OPEN_BATCH, id=id, connection=connection, cause=cause, people=people, at=now)


def batch(tx: Tx, id: str) -> Batch | None:
    row = tx.one(_BATCH, id=id)
    return Batch(row["id"], row["connection"], row["cause"], row["people"], row["verdict"]) if row else None


def members(tx: Tx, id: str) -> list[int]:
    """The people of a batch not yet done."""
    return [row["pk"] for row in tx.all(_MEMBERS, id=id)]


def settle_batch(tx: Tx, id: str, verdict: str) -> None:
    """``free``: its losses count one by one; ``hold``: all of them wait."""
    tx.run(_VERDICT, id=id, verdict=verdict)


def forget(tx: Tx, *, now: int) -> int:
    """Drop batches older than 30 days; returns how many. Whoever is left of one is then judged alone."""
    return tx.run(_FORGET, before=now - BATCH_MS)


def mark(
    tx: Tx,
    scope: Scope,
    connection: str,
    id: str,
    *,
    now: int,
    cause: str,
    batch: str,
    priority: Priority = Priority.NORMAL,
) -> None:
    """Make everybody in the scope due; an upsert that adds one to `version`."""
    tx.run(_MARK, scope=scope, connection=connection, id=id, at=now, priority=int(priority), cause=cause, batch=batch)


def pending(tx: Tx, instance: str, *, now: int) -> list[ScopeMark]:
    """The marks to expand, most urgent first."""
    return [
        ScopeMark(
            row["scope"],
            row["connection"],
            row["id"],
            row["version"],
            row["cause"],
            row["batch"],
            Priority(row["priority"]),
        )
        for row in tx.all(_ALL, instance=instance, now=now)
    ]


def finish(tx: Tx, mark: ScopeMark) -> bool:
    """Expanded. False: marked again meanwhile, so it stays."""
    return tx.run(_FINISH, scope=mark.scope, connection=mark.connection, id=mark.id, version=mark.version) == 1
