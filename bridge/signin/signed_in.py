"""Sign-ins that were accepted: what a logout names (NameID and SessionIndex), and the ticket that opened the session.

Which session that is nobody tells; it is found by when its ticket was good, and so it ends by its ticket's end.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from sqlalchemy import text

from bridge.people import tickets
from bridge.saml.assertion import Assertion, NameId
from bridge.saml.party import Party
from scim.ports import Tx, Write

KEPT_MS = 30 * 86_400_000  # longer than most sessions of Clerk's live, and shorter than its ticket is known
AGAIN_MS = 600_000  # so long after its end a sign-in can be signed out of once more, if the first time was not enough


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`browser`: a hash. `ticket`: the one made for it, if it came that far. `ended`: when somebody signed out, epoch ms."""

    pk: int
    connection: str
    account: int
    person: int
    browser: str
    name_id: NameId
    session_index: str | None
    ticket: str | None
    began: int
    until: int | None
    ended: int | None


_COLUMNS = "pk, connection, account, person, browser, name_id, session_index, ticket, began, until, ended"
_BEGIN = text(
    """INSERT INTO signed_in (connection, account, person, browser, name_key, name_id, session_index, began, until)
    VALUES (:connection, :account, :person, :browser, :name_key, :name_id, :session_index, :began, :until) RETURNING pk"""
)
_TICKETED = text(
    """UPDATE signed_in SET ticket = :ticket WHERE pk = :pk AND ended IS NULL AND EXISTS (SELECT 1 FROM account
      JOIN person ON person.pk = account.person
      WHERE account.pk = signed_in.account AND account.state = 'active' AND person.revoked IS NULL)"""
)
_PERSON = text("SELECT person FROM signed_in WHERE pk = :pk")
_NAMED = text(
    f"SELECT {_COLUMNS} FROM signed_in WHERE connection = :connection AND name_key = :name_key ORDER BY pk"  # noqa: S608
)
_OF_BROWSER = text(
    f"""SELECT {_COLUMNS} FROM signed_in WHERE browser = :browser AND connection = :connection
      AND (ended IS NULL OR ended > :since) ORDER BY pk"""  # noqa: S608
)
_END = text("UPDATE signed_in SET ended = :now WHERE pk = :pk AND ended IS NULL")
_FORGET = text("DELETE FROM signed_in WHERE began < :before")


def begin(tx: Tx, party: Party, assertion: Assertion, *, account: int, person: int, browser: str, now: int) -> int:
    """Somebody was accepted; returns the key of the sign-in."""
    row = tx.one(
        _BEGIN,
        connection=party.connection,
        account=account,
        person=person,
        browser=browser,
        name_key=_key(party, assertion.name_id),
        name_id=orjson.dumps(assertion.name_id).decode(),
        session_index=assertion.session_index,
        began=now,
        until=assertion.session_until,
    )
    assert row is not None
    return int(row["pk"])


def person_of(tx: Tx, pk: int) -> int | None:
    """Whose it is now: two persons of ours may turn out to be one."""
    row = tx.one(_PERSON, pk=pk)
    return int(row["person"]) if row else None


def ticketing(pk: int, ticket: str) -> Write:
    """This ticket opens its session. No row touched: somebody signed out of it meanwhile, or was deactivated while Clerk
    made it, so nobody may be given the ticket."""
    return _TICKETED, {"pk": pk, "ticket": ticket}


def matching(tx: Tx, party: Party, name_id: NameId, session_indexes: Sequence[str]) -> list[SignedIn]:
    """What a LogoutRequest names, ended or not; without a SessionIndex all of that person (SAML core §3.7.1)."""
    rows = [_signed_in(row) for row in tx.all(_NAMED, connection=party.connection, name_key=_key(party, name_id))]
    return [one for one in rows if not session_indexes or one.session_index in session_indexes]


def of_browser(tx: Tx, browser: str, connection: str, *, now: int) -> list[SignedIn]:
    """What one browser signed in to, oldest first; what it signed out of a moment ago as well."""
    rows = tx.all(_OF_BROWSER, browser=browser, connection=connection, since=now - AGAIN_MS)
    return [_signed_in(row) for row in rows]


def end(tx: Tx, one: SignedIn, now: int) -> None:
    """Somebody signed out of it: no ticket for it any more, and its session is over from now on."""
    tx.run(_END, pk=one.pk, now=now)
    if one.ticket is not None and one.ended is None:
        tickets.end(tx, [one.ticket], at=now)


def forget(tx: Tx, *, now: int) -> None:
    """Old ones: a logout that names one finds nobody, and is told so."""
    tx.run(_FORGET, before=now - KEPT_MS)


def _key(party: Party, name_id: NameId) -> str:
    """A LogoutRequest may leave out the format."""
    return replace(party.between_us(name_id), format=None).key(party.idp.entity_id)


def _signed_in(row: Any) -> SignedIn:
    values = {name: row[name] for name in _COLUMNS.split(", ")}
    return SignedIn(**values | {"name_id": NameId(**orjson.loads(row["name_id"]))})
