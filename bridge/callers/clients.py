"""OAuth clients of IdP connectors: each of one connection, with several live secrets, so that one can replace another.

A secret is 256 random bits, kept as its SHA-256. A federated client needs none: it may prove itself with what its identity
provider signs (RFC 7523 §2.2, Entra's workload identity federation).
"""

import hmac
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from bridge.audit import events
from bridge.audit.events import Event
from bridge.callers.tokens import digest
from scim.ports import Tx

PREFIX = "brg_cs."  # no token of ours has a dot there


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret without itself. Times in epoch ms, None: never."""

    id: str
    digest: bytes
    created: int
    created_by: str
    expires: int | None
    revoked: int | None

    def state(self, now: int) -> str:
        """``live``, ``expired`` or ``revoked``."""
        if self.revoked is not None:
            return "revoked"
        return "expired" if self.expires is not None and self.expires <= now else "live"


@dataclass(frozen=True, slots=True)
class Client:
    """`secrets` oldest first, those that ended included."""

    id: str
    connection: str
    label: str | None
    federated: bool
    created: int
    created_by: str
    last_used: int | None
    revoked: int | None
    secrets: tuple[Secret, ...]

    def secret(self, presented: str, now: int) -> Secret | None:
        """The live secret that was presented. Every one is compared, in constant time."""
        hashed = digest(presented)
        fits = [one for one in self.secrets if hmac.compare_digest(one.digest, hashed)]
        return next((one for one in fits if one.state(now) == "live"), None)


@dataclass(frozen=True, slots=True)
class MintedSecret:
    """A new secret: the only time it is seen."""

    id: str
    secret: str

    @classmethod
    def new(cls) -> "MintedSecret":
        return cls(f"secret_{secrets.token_hex(6)}", PREFIX + secrets.token_urlsafe(32))


def new_id() -> str:
    return f"client_{secrets.token_hex(6)}"


_CLIENT = "id, connection, label, federated, created, created_by, last_used, revoked"
_ADD = text(
    """INSERT INTO oauth_client (id, connection, label, federated, created, created_by)
    VALUES (:id, :connection, :label, :federated, :now, :actor)"""
)
_ADD_SECRET = text(
    """INSERT INTO oauth_secret (id, connection, client, digest, created, created_by, expires)
    VALUES (:id, :connection, :client, :digest, :now, :actor, :expires)"""
)
_ONE = text(f"SELECT {_CLIENT} FROM oauth_client WHERE id = :id")  # noqa: S608
_ALL = text(
    f"""SELECT {_CLIENT} FROM oauth_client WHERE (:connection = '' OR connection = :connection)
    ORDER BY created, id"""  # noqa: S608
)
_SECRETS = text(
    """SELECT id, digest, created, created_by, expires, revoked FROM oauth_secret
    WHERE client = :client ORDER BY created, id"""
)
_SOONER = text(
    """UPDATE oauth_secret SET expires = :until WHERE client = :client AND revoked IS NULL
    AND (expires IS NULL OR expires > :until)"""
)
_REVOKE_ALL = text("UPDATE oauth_secret SET revoked = :now WHERE client = :client AND revoked IS NULL")
_REVOKE_ONE = text("UPDATE oauth_secret SET revoked = :now WHERE id = :id AND revoked IS NULL RETURNING connection, client")
_REVOKE = text("UPDATE oauth_client SET revoked = :now WHERE id = :id AND revoked IS NULL RETURNING connection")
_USED = text("UPDATE oauth_client SET last_used = :at WHERE id = :id AND (last_used IS NULL OR last_used < :at)")


def create(
    tx: Tx,
    id: str,
    connection: str,
    *,
    minted: MintedSecret | None,
    label: str | None,
    expires: int | None,
    now: int,
    actor: str,
) -> None:
    """A new client with its first secret; without one it is federated."""
    tx.run(_ADD, id=id, connection=connection, label=label, federated=minted is None, now=now, actor=actor)
    if minted is not None:
        _add_secret(tx, id, connection, minted, expires, now, actor)
    facts = {"label": label, "federated": minted is None, "secret": minted.id if minted else None, "expires": expires}
    events.record(tx, Event(connection, now, actor, "client.created", subject=id, facts=facts))


def find(tx: Tx, id: str) -> Client | None:
    row = tx.one(_ONE, id=id)
    return _client(tx, row) if row else None


def of(tx: Tx, connection: str | None) -> list[Client]:
    """Every client, revoked ones included, oldest first."""
    return [_client(tx, row) for row in tx.all(_ALL, connection=connection or "")]


def rotate(tx: Tx, client: Client, minted: MintedSecret, *, expires: int | None, keep: int, now: int, actor: str) -> None:
    """A new secret beside the others, which last `keep` ms longer at most; with 0 they end at once, and their tokens too."""
    if keep:
        tx.run(_SOONER, client=client.id, until=now + keep)
    else:
        tx.run(_REVOKE_ALL, client=client.id, now=now)
    _add_secret(tx, client.id, client.connection, minted, expires, now, actor)
    facts = {"secret": minted.id, "expires": expires, "others_end": now + keep}
    events.record(tx, Event(client.connection, now, actor, "client.rotated", subject=client.id, facts=facts))


def revoke(tx: Tx, id: str, *, now: int, actor: str) -> str | None:
    """End a client, or one secret of it, with the tokens it got; its connection, None if nothing live has this id."""
    row = tx.one(_REVOKE, id=id, now=now)
    if row is not None:
        tx.run(_REVOKE_ALL, client=id, now=now)
        events.record(tx, Event(row["connection"], now, actor, "client.revoked", subject=id))
        return str(row["connection"])
    row = tx.one(_REVOKE_ONE, id=id, now=now)
    if row is None:
        return None
    event = Event(row["connection"], now, actor, "client.secret_revoked", subject=row["client"], facts={"secret": id})
    events.record(tx, event)
    return str(row["connection"])


def used(tx: Tx, id: str, at: int) -> None:
    tx.run(_USED, id=id, at=at)


def _add_secret(
    tx: Tx, client: str, connection: str, minted: MintedSecret, expires: int | None, now: int, actor: str
) -> None:
    values: dict[str, Any] = {"connection": connection, "expires": expires, "now": now, "actor": actor}
    tx.run(_ADD_SECRET, id=minted.id, client=client, digest=digest(minted.secret), **values)


def _client(tx: Tx, row: Any) -> Client:
    found = tx.all(_SECRETS, client=row["id"])
    kept = tuple(
        Secret(one["id"], bytes(one["digest"]), one["created"], one["created_by"], one["expires"], one["revoked"])
        for one in found
    )
    return Client(
        row["id"],
        row["connection"],
        row["label"],
        bool(row["federated"]),
        row["created"],
        row["created_by"],
        row["last_used"],
        row["revoked"],
        kept,
    )
