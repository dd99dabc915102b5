"""A key that all replicas share, and nobody else: replicas on one PostgreSQL have no folder in common, only the database.

One random root, made by whoever asks first; each purpose has a key of its own, derived from it, so that what one signs means
nothing to another. Who reads the database can read the root: use it for what a reader of the database could know anyway
(the sealing of the audit trail has a key of its own, outside: bridge/audit/key.py).
"""

import hashlib
import hmac
import secrets

from sqlalchemy import text

from bridge.clock import epoch_ms
from bridge.store.database import Database
from scim.ports import Tx

_ROOT = "root"
_MAKE = text("INSERT INTO secret (name, value, created) VALUES (:name, :value, :now) ON CONFLICT (name) DO NOTHING")
_READ = text("SELECT value FROM secret WHERE name = :name")


async def shared_key(database: Database, purpose: str) -> bytes:
    """32 bytes for `purpose`, the same in every process on this database, for ever."""
    root = await database.point(_root)
    if root is None:
        fresh, now = secrets.token_bytes(32), epoch_ms()
        root = await database.write(lambda tx: _made(tx, fresh, now))
    return hmac.new(root, purpose.encode(), hashlib.sha256).digest()


def _made(tx: Tx, fresh: bytes, now: int) -> bytes:
    """Of two that make it at once, one wins and both read that one."""
    tx.run(_MAKE, name=_ROOT, value=fresh, now=now)
    root = _root(tx)
    assert root is not None
    return root


def _root(tx: Tx) -> bytes | None:
    row = tx.one(_READ, name=_ROOT)
    return bytes(row["value"]) if row else None
