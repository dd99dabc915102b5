"""Access tokens of OAuth clients: short-lived, 256 random bits, a row each with the hash; docs/decisions/0010 says why.

A token lives as long as its own time, its client and the secret it was asked for with.
"""

import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import text

from bridge.callers.tokens import digest
from scim.ports import Tx

PREFIX = "brg_at."

_ISSUE = text(
    """INSERT INTO oauth_token (digest, connection, client, secret, expires)
    VALUES (:digest, :connection, :client, :secret, :expires)"""
)
_LIVE = text(
    """SELECT t.client, t.connection, t.expires FROM oauth_token t JOIN oauth_client c ON c.id = t.client
    LEFT JOIN oauth_secret s ON s.id = t.secret
    WHERE t.digest = :digest AND t.expires > :now AND c.revoked IS NULL AND s.revoked IS NULL"""
)
_FORGET = text("DELETE FROM oauth_token WHERE client = :client AND expires <= :now")
_USE_UP = text(
    """INSERT INTO oauth_assertion (connection, digest, expires) VALUES (:connection, :digest, :expires)
    ON CONFLICT (connection, digest) DO NOTHING"""
)
_FORGET_ASSERTIONS = text("DELETE FROM oauth_assertion WHERE connection = :connection AND expires <= :now")


@dataclass(frozen=True, slots=True)
class Live:
    """Whose token it is, and until when (epoch ms)."""

    client: str
    connection: str
    expires: int


def new_secret() -> str:
    """A token: the only time it is seen."""
    return PREFIX + secrets.token_urlsafe(32)


def issue(tx: Tx, token: str, connection: str, client: str, *, secret: str | None, expires: int, now: int) -> None:
    """Keep a token's hash, and forget those of the client that are over."""
    tx.run(_FORGET, client=client, now=now)
    tx.run(_ISSUE, digest=digest(token), connection=connection, client=client, secret=secret, expires=expires)


def live(tx: Tx, secret_digest: bytes, *, now: int) -> Live | None:
    """The live token of this hash."""
    row = tx.one(_LIVE, digest=secret_digest, now=now)
    return Live(row["client"], row["connection"], row["expires"]) if row else None


def use_up(tx: Tx, connection: str, jti: str, *, expires: int, now: int) -> bool:
    """Whether this is the first use of an assertion's `jti` (RFC 7523 §3, 7.); kept while it could be sent again."""
    tx.run(_FORGET_ASSERTIONS, connection=connection, now=now)
    hashed = hashlib.sha256(jti.encode("utf-8", "surrogatepass")).digest()
    return tx.run(_USE_UP, connection=connection, digest=hashed, expires=expires) == 1
