"""The sign-in tokens that we made: whose sessions came through us. The token itself is nowhere but in one answer."""

from sqlalchemy import text

from scim.ports import Tx

KEPT_MS = 7 * 86_400_000  # longer than a session of theirs is young
_PUT = text(
    "INSERT INTO ticket (id, person, connection, created, expires) VALUES (:id, :person, :connection, :created, :expires)"
)
_OPENED = text(
    """SELECT connection FROM ticket WHERE person = :person AND created <= :until AND expires >= :since
    ORDER BY created DESC LIMIT 1"""
)
_FORGET = text("DELETE FROM ticket WHERE created < :before")


def remember(tx: Tx, id: str, person: int, connection: str, *, created: int, expires: int) -> None:
    """A ticket of this person's may be used until `expires`."""
    tx.run(_PUT, id=id, person=person, connection=connection, created=created, expires=expires)


def covers(tx: Tx, person: int, at: int, *, slack_ms: int = 5_000) -> bool:
    """Could a session that began `at` have come through us? `slack_ms`: how far Clerk's clock may be from ours."""
    return opened_by(tx, person, at, slack_ms=slack_ms) is not None


def opened_by(tx: Tx, person: int, at: int, *, slack_ms: int = 5_000) -> str | None:
    """The connection by whose ticket a session that began `at` may have come; None: by none that is still known."""
    row = tx.one(_OPENED, person=person, since=at - slack_ms, until=at + slack_ms)
    return str(row["connection"]) if row else None


def forget(tx: Tx, *, now: int) -> None:
    """Old ones tell nothing any more."""
    tx.run(_FORGET, before=now - KEPT_MS)
