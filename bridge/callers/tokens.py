"""Bearer tokens of IdP connectors: 256 random bits, kept as their SHA-256, several live per connection for rotation."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from bridge.audit import events
from bridge.audit.events import Event
from scim.ports import Tx

PREFIX = "brg_"


@dataclass(frozen=True, slots=True)
class Token:
    """A token without its secret. Times in epoch ms, None: never. `subject`: the id of the user it was made for."""

    id: str
    connection: str
    label: str | None
    created: int
    created_by: str
    expires: int | None
    last_used: int | None
    revoked: int | None
    subject: str | None

    def state(self, now: int) -> str:
        """``live``, ``expired`` or ``revoked``."""
        if self.revoked is not None:
            return "revoked"
        return "expired" if self.expires is not None and self.expires <= now else "live"


@dataclass(frozen=True, slots=True)
class Minted:
    """A new token: the only time its secret is seen."""

    id: str
    secret: str

    @classmethod
    def new(cls) -> "Minted":
        return cls(f"tok_{secrets.token_hex(6)}", PREFIX + secrets.token_urlsafe(32))


_COLUMNS = "id, connection, label, created, created_by, expires, last_used, revoked, subject"
_ADD = text(
    """INSERT INTO token (id, connection, digest, label, created, created_by, expires, subject)
    VALUES (:id, :connection, :digest, :label, :now, :actor, :expires, :subject)"""
)
_ALL = text(
    f"SELECT {_COLUMNS} FROM token WHERE (:connection = '' OR connection = :connection) ORDER BY created, id"  # noqa: S608
)
_LIVE = text(
    f"""SELECT {_COLUMNS} FROM token WHERE digest = :digest AND revoked IS NULL
    AND (expires IS NULL OR expires > :now)"""  # noqa: S608
)
_REVOKE = text("UPDATE token SET revoked = :now WHERE id = :id AND revoked IS NULL RETURNING connection")
_USED = text("UPDATE token SET last_used = :at WHERE id = :id AND (last_used IS NULL OR last_used < :at)")


def create(
    tx: Tx,
    minted: Minted,
    connection: str,
    *,
    label: str | None,
    expires: int | None,
    now: int,
    actor: str,
    subject: str | None = None,
) -> None:
    """Keep the hash of a minted token."""
    values: dict[str, Any] = {"label": label, "expires": expires, "now": now, "actor": actor, "subject": subject}
    tx.run(_ADD, id=minted.id, connection=connection, digest=digest(minted.secret), **values)
    facts = {"label": label, "expires": expires} | ({"subject": subject} if subject else {})
    events.record(tx, Event(connection, now, actor, "token.created", subject=minted.id, facts=facts))


def of(tx: Tx, connection: str | None) -> list[Token]:
    """Every token, revoked ones included, oldest first."""
    return [_token(row) for row in tx.all(_ALL, connection=connection or "")]


def revoke(tx: Tx, id: str, *, now: int, actor: str) -> str | None:
    """End a token at once; returns its connection, None if there is no such live token."""
    row = tx.one(_REVOKE, id=id, now=now)
    if row is None:
        return None
    events.record(tx, Event(row["connection"], now, actor, "token.revoked", subject=id))
    return str(row["connection"])


def live(tx: Tx, secret_digest: bytes, *, now: int) -> Token | None:
    """The live token of this hash. The look-up is by hash, so its time tells nothing about a secret."""
    row = tx.one(_LIVE, digest=secret_digest, now=now)
    return _token(row) if row else None


def used(tx: Tx, id: str, at: int) -> None:
    tx.run(_USED, id=id, at=at)


def digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _token(row: Any) -> Token:
    return Token(
        row["id"],
        row["connection"],
        row["label"],
        row["created"],
        row["created_by"],
        row["expires"],
        row["last_used"],
        row["revoked"],
        row["subject"],
    )
