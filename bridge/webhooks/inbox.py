"""The rows of `clerk_event`: each delivery once, acted on once, and forgotten after Svix has long given up repeating it."""

from collections.abc import Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import bindparam, text

from bridge.store.schema import clerk_event
from bridge.webhooks.event import Event
from scim.ports import Tx
from scim.sql import texts, within

KEPT_MS = 3 * 24 * 3600 * 1000  # Svix repeats for some 28 hours
_PUT = text(
    """INSERT INTO clerk_event (id, clerk_instance, type, at, received, clerk_user, organization, facts)
    VALUES (:id, :instance, :type, :at, :received, :clerk_user, :organization, :facts) ON CONFLICT (id) DO NOTHING"""
)
_UNDONE = text(
    """SELECT id, type, at, received, clerk_user, organization, facts FROM clerk_event
    WHERE clerk_instance = :instance AND done IS NULL AND received >= :received AND (received > :received OR id > :id)
    ORDER BY received, id LIMIT :limit"""
)
_OLDEST = text(
    """SELECT received FROM clerk_event WHERE clerk_instance = :instance AND done IS NULL ORDER BY received LIMIT 1"""
)
_DONE = sa.update(clerk_event).where(within(clerk_event.c.id, texts("ids"))).values(done=bindparam("now"))
_NEWER = {
    "organizationMembership": text(
        """SELECT 1 AS one FROM clerk_event WHERE clerk_user = :clerk_user AND organization = :organization AND at > :at
          AND clerk_instance = :instance LIMIT 1"""
    ),
    "user": text(
        """SELECT 1 AS one FROM clerk_event WHERE clerk_user = :clerk_user AND organization IS NULL AND at > :at
          AND clerk_instance = :instance AND type IN ('user.updated', 'user.deleted') LIMIT 1"""
    ),
}
_FORGET = text("DELETE FROM clerk_event WHERE received < :before AND done IS NOT NULL")
Position = tuple[int, str]
START: Position = (-1, "")


def put(tx: Tx, instance: str, event: Event, *, now: int) -> bool:
    """Keep a delivery; False: it came before."""
    values = {
        "type": event.type,
        "at": event.at,
        "clerk_user": event.clerk_user,
        "organization": event.organization,
        "facts": orjson.dumps(event.facts).decode(),
    }
    return tx.run(_PUT, id=event.id, instance=instance, received=now, **values) == 1


def undone(tx: Tx, instance: str, after: Position, limit: int) -> list[tuple[Event, Position]]:
    """What is still to be acted on, as it came in, behind a position."""
    received, id = after
    rows = tx.all(_UNDONE, instance=instance, received=received, id=id, limit=limit)
    return [(_event(row), (row["received"], row["id"])) for row in rows]


def oldest(tx: Tx, instance: str) -> int | None:
    """When the oldest came that is still to be acted on."""
    row = tx.one(_OLDEST, instance=instance)
    return row["received"] if row else None


def done(tx: Tx, ids: Sequence[str], *, now: int) -> None:
    """They were acted on."""
    if ids:
        tx.run(_DONE, ids=ids, now=now)


def newer(tx: Tx, instance: str, event: Event) -> bool:
    """Whether Clerk told something later about the same membership or user."""
    statement = _NEWER.get(event.noun)
    if statement is None:
        return False
    values = {"clerk_user": event.clerk_user, "at": event.at, "instance": instance}
    if event.organization is not None:
        values["organization"] = event.organization
    return tx.one(statement, **values) is not None


def forget(tx: Tx, *, now: int) -> int:
    """Drop what was acted on days ago; returns how many."""
    return tx.run(_FORGET, before=now - KEPT_MS)


def _event(row: Any) -> Event:
    return Event(row["id"], row["type"], row["at"], row["clerk_user"], row["organization"], orjson.loads(row["facts"]))
