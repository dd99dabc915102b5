"""The sign-in tokens that we made: whose sessions came through us, and when those must be over by their IdP's word. The
token itself is nowhere but in one answer."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import bindparam, text

from bridge.store.schema import ticket
from scim.ports import Tx, Write
from scim.sql import texts, within

KEPT_MS = 31 * 86_400_000  # longer than a sign-in is known: its logout ends what its ticket opened
SLACK_MS = 5_000  # how far Clerk's clock may be from ours
_PUT = text(
    """INSERT INTO ticket (id, person, connection, created, expires, until)
    VALUES (:id, :person, :connection, :created, :expires, :until)"""
)
_OPENED = text(
    """SELECT connection FROM ticket WHERE person = :person AND created <= :until AND expires >= :since
    ORDER BY created DESC LIMIT 1"""
)
_ENDINGS = text(
    """SELECT ticket.created, ticket.expires, ticket.until, ticket.connection, signed_in.ended
    FROM ticket LEFT JOIN signed_in ON signed_in.person = ticket.person AND signed_in.ticket = ticket.id
    WHERE ticket.person = :person AND ticket.until IS NOT NULL ORDER BY ticket.created, ticket.id"""
)
_SOONER = sa.or_(ticket.c.until.is_(None), ticket.c.until > bindparam("at"))
_END = sa.update(ticket).where(within(ticket.c.id, texts("ids")), _SOONER).values(until=bindparam("at"))
_GOOD = sa.select(ticket.c.id).where(within(ticket.c.id, texts("ids")), ticket.c.expires > bindparam("now"))
_UNSPENT = text("SELECT id FROM ticket WHERE person = :person AND expires > :now ORDER BY created, id")
_OVER = text("UPDATE ticket SET until = NULL WHERE person = :person AND until IS NOT NULL")
_FORGET = text("DELETE FROM ticket WHERE created < :before AND (until IS NULL OR until < :before)")


@dataclass(frozen=True, slots=True)
class Ending:
    """Whatever session this ticket opened must be over at `until`. `signed_out`: somebody said so, at the IdP or here; else
    the assertion did (SessionNotOnOrAfter). Times in epoch ms."""

    created: int
    expires: int
    until: int
    connection: str
    signed_out: bool


def remembering(id: str, person: int, connection: str, *, created: int, expires: int, until: int | None = None) -> Write:
    """A ticket of this person's may be used until `expires`; the session that it opens must be over at `until`."""
    times = {"created": created, "expires": expires, "until": until}
    return _PUT, {"id": id, "person": person, "connection": connection, **times}


def covers(tx: Tx, person: int, at: int, *, slack_ms: int = SLACK_MS) -> bool:
    """Could a session that began `at` have come through us?"""
    return opened_by(tx, person, at, slack_ms=slack_ms) is not None


def opened_by(tx: Tx, person: int, at: int, *, slack_ms: int = SLACK_MS) -> str | None:
    """The connection by whose ticket a session that began `at` may have come; None: by none that is still known."""
    row = tx.one(_OPENED, person=person, since=at - slack_ms, until=at + slack_ms)
    return str(row["connection"]) if row else None


def end(tx: Tx, ids: Sequence[str], *, at: int) -> None:
    """The sessions that these tickets opened must be over at `at`, if not sooner."""
    tx.run(_END, ids=ids, at=at)


def good(tx: Tx, ids: Sequence[str], *, now: int) -> list[str]:
    """Those of them that may still be used, as far as we know."""
    return [row["id"] for row in tx.all(_GOOD, ids=ids, now=now)]


def unspent(tx: Tx, person: int, *, now: int) -> list[str]:
    """All of one person's that may still be used, as far as we know."""
    return [row["id"] for row in tx.all(_UNSPENT, person=person, now=now)]


def endings(tx: Tx, person: int) -> list[Ending]:
    """What is still to be seen to of one person."""
    return [
        Ending(row["created"], row["expires"], row["until"], row["connection"], row["ended"] is not None)
        for row in tx.all(_ENDINGS, person=person)
    ]


def over(tx: Tx, person: int) -> None:
    """No session that a ticket of theirs opened has an end ahead of it any more."""
    tx.run(_OVER, person=person)


def forget(tx: Tx, *, now: int) -> None:
    """Old ones tell nothing any more, but for those whose session may still have to end."""
    tx.run(_FORGET, before=now - KEPT_MS)
