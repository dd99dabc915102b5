"""Seals: a hash chain over the events of each connection, made after the fact by the lease holder.

A chain inside the write transaction would make PostgreSQL a single writer (docs/decisions/0004). Each seal is an HMAC,
with a key that is not in the database, over the seal before it and the events since: rows can't be changed, removed or
reordered by somebody who has only the database. Facts enter as their digest, so erasing them breaks nothing. What a chain
can't show is a tail cut off, seals and all: hence the sealer logs each digest.
"""

import hashlib
import hmac
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import bindparam, text

from bridge.store.schema import audit
from scim.ports import Tx

_UNSEALED = (
    sa.select(
        audit.c.pk,
        audit.c.connection,
        audit.c.at,
        audit.c.actor,
        audit.c.action,
        audit.c.person,
        audit.c.subject,
        audit.c.request_id,
        audit.c.digest,
    )
    .where(audit.c.n.is_(None))
    .order_by(audit.c.pk)
    .limit(bindparam("limit", type_=sa.Integer))
    .with_for_update()  # a second sealer waits, then finds them sealed
)
_NUMBER = text("UPDATE audit SET n = :n WHERE pk = :pk")
_LAST_SEAL = text("SELECT n, digest FROM audit_seal WHERE connection = :connection ORDER BY n DESC LIMIT 1")
_SEAL = text("INSERT INTO audit_seal (connection, n, count, digest, at) VALUES (:connection, :n, :count, :digest, :at)")
_SEALS = text("SELECT n, count, digest, at FROM audit_seal WHERE connection = :connection ORDER BY n")
_SEALED = text(
    """SELECT pk, n, connection, at, actor, action, person, subject, request_id, digest, facts FROM audit
    WHERE connection = :connection AND n > :after AND n <= :upto ORDER BY n"""
)
_STRAYS = text("SELECT count(*) AS strays FROM audit WHERE connection = :connection AND (n > :upto OR n < 1)")
_CONNECTIONS = text(
    """SELECT connection FROM audit_seal UNION SELECT connection FROM audit WHERE n IS NOT NULL
    ORDER BY connection"""
)


@dataclass(frozen=True, slots=True)
class Seal:
    """The chain of `connection` up to event `n`."""

    connection: str
    n: int
    count: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Verified:
    """The result for one connection: what fits (`events`, of which `erased` have no facts any more), and what doesn't."""

    connection: str
    events: int
    seals: int
    problem: str | None = None
    erased: int = 0


def seal(tx: Tx, key: bytes, *, now: int, limit: int = 1000) -> list[Seal]:
    """Number and seal the events not sealed yet, at most `limit`; one seal per connection and call."""
    by_connection: dict[str, list[Any]] = defaultdict(list)
    for row in tx.all(_UNSEALED, limit=limit):
        by_connection[row["connection"]].append(row)
    return [_seal_one(tx, key, connection, rows, now) for connection, rows in by_connection.items()]


def verify(tx: Tx, key: bytes) -> list[Verified]:
    """Recompute every chain from its first event."""
    return [_verify_one(tx, key, row["connection"]) for row in tx.all(_CONNECTIONS)]


def _seal_one(tx: Tx, key: bytes, connection: str, rows: list[Any], now: int) -> Seal:
    last = tx.one(_LAST_SEAL, connection=connection)
    before, previous = (last["n"], bytes(last["digest"])) if last else (0, b"")
    numbered = list(enumerate(rows, before + 1))
    upto, count = before + len(rows), len(rows)
    tx.many(_NUMBER, [{"pk": row["pk"], "n": n} for n, row in numbered])
    digest = _chain(key, previous, [connection, upto, count, now], numbered)
    tx.run(_SEAL, connection=connection, n=upto, count=count, digest=digest, at=now)
    return Seal(connection, upto, count, digest)


def _verify_one(tx: Tx, key: bytes, connection: str) -> Verified:
    previous, upto, erased, seals = b"", 0, 0, tx.all(_SEALS, connection=connection)
    for row in seals:
        events = tx.all(_SEALED, connection=connection, after=upto, upto=row["n"])
        problem = _problem(key, connection, previous, upto, row, events)
        if problem:
            return Verified(connection, upto, len(seals), problem, erased)
        previous, upto = bytes(row["digest"]), row["n"]
        erased += sum(event["facts"] is None for event in events)
    strays = tx.one(_STRAYS, connection=connection, upto=upto)
    problem = f"{strays['strays']} numbered events stand outside every seal" if strays and strays["strays"] else None
    return Verified(connection, upto, len(seals), problem, erased)


def _problem(key: bytes, connection: str, previous: bytes, after: int, seal: Any, events: list[Any]) -> str | None:
    if [event["n"] for event in events] != list(range(after + 1, seal["n"] + 1)):
        return f"events are missing between {after + 1} and {seal['n']}"
    for event in events:
        if event["facts"] is not None and hashlib.sha256(event["facts"].encode()).digest() != bytes(event["digest"]):
            return f"the facts of event {event['n']} were changed"
    head = [connection, seal["n"], seal["count"], seal["at"]]
    if not hmac.compare_digest(_chain(key, previous, head, [(row["n"], row) for row in events]), bytes(seal["digest"])):
        return f"the seal at {seal['n']} doesn't fit events {after + 1} to {seal['n']}"
    return None


def _chain(key: bytes, previous: bytes, head: list[Any], events: list[tuple[int, Any]]) -> bytes:
    chain = hmac.new(key, previous + orjson.dumps(head), hashlib.sha256)
    for n, row in events:
        fields = [n, row["connection"], row["at"], row["actor"], row["action"], row["person"], row["subject"]]
        chain.update(orjson.dumps([*fields, row["request_id"], bytes(row["digest"]).hex()]))
    return chain.digest()
