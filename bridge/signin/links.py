"""One-time links to a test login: made by the command line, good for an hour and one login, kept as a hash.

A link is a row of `attempt` that no browser has, so no assertion can arrive at it; whoever follows it begins an attempt of
their own.
"""

import secrets

from sqlalchemy import text

from bridge.signin import attempts
from bridge.signin.attempts import Attempt
from scim.ports import Tx

LASTS_MS = 3_600_000
_NOBODY = ""  # no browser's hash is empty
_GOOD = """FROM attempt WHERE id = :id AND connection = :connection AND kind = 'test' AND browser = ''
    AND expires > :now"""
_GOOD_STILL = text(f"SELECT id {_GOOD}")
_TAKE = text(f"DELETE {_GOOD} RETURNING id")


def new() -> str:
    """A secret for a link, which is nowhere but in it."""
    return secrets.token_urlsafe(32)


def offer(tx: Tx, connection: str, secret: str, *, now: int) -> int:
    """Let one test login begin by this secret; returns until when, epoch ms."""
    until = now + LASTS_MS
    attempts.begin(
        tx, Attempt(attempts.digest(secret), connection, "test", _NOBODY, None, None, 0, False, created=now, expires=until)
    )
    return until


def good(tx: Tx, connection: str, secret: str, *, now: int) -> bool:
    """Whether a test login may begin by it; it stays so."""
    return tx.one(_GOOD_STILL, id=attempts.digest(secret), connection=connection, now=now) is not None


def take(tx: Tx, connection: str, secret: str, *, now: int) -> bool:
    """Use it up; False: it was used, is too old or never was."""
    return tx.one(_TAKE, id=attempts.digest(secret), connection=connection, now=now) is not None
