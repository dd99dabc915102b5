"""Whom does an admin mean? By e-mail, our person id, Clerk's user id, the IdP's id, userName or SCIM id."""

import difflib
from dataclasses import dataclass

from sqlalchemy import text

from bridge.errors import BridgeError
from scim.keys import fold
from scim.ports import Tx


@dataclass(frozen=True, slots=True)
class Found:
    """`accounts` is a line for people."""

    pk: int
    id: str
    accounts: str


_FIND = text(
    """SELECT person.pk AS pk, person.id AS id, account.connection AS connection, account.state AS state,
      account.email AS email FROM person JOIN account ON account.person = person.pk
    WHERE account.email_key = :key OR account.name_key = :key OR account.subject = :given OR account.external_id = :given
      OR person.id = :given OR person.clerk_user = :given
    ORDER BY person.pk, account.pk"""
)
_BEGINNING = text(
    """SELECT name_key, email_key, email, display FROM account
    WHERE substr(email_key, 1, :length) = :beginning OR substr(name_key, 1, :length) = :beginning
      OR lower(substr(display, 1, :length)) = :beginning
    ORDER BY pk LIMIT 5000"""
)


def persons(tx: Tx, given: str) -> list[Found]:
    """Everybody it may mean; somebody whose accounts are all deleted only when nobody else is meant."""
    rows = tx.all(_FIND, key=fold(given.strip()), given=given.strip())
    lines: dict[int, list[str]] = {}
    for row in rows:
        lines.setdefault(row["pk"], []).append(f"{row['connection']} {row['email'] or ''} ({row['state']})")
    ids = {row["pk"]: row["id"] for row in rows}
    living = {row["pk"] for row in rows if row["state"] != "deleted"}
    return [Found(pk, ids[pk], ", ".join(lines[pk])) for pk in ids if pk in living or not living]


def meant(tx: Tx, given: str) -> list[Found]:
    """The same, and an error that says who may have been meant if it is nobody."""
    found = persons(tx, given)
    if not found:
        near = near_to(tx, given)
        hint = f"Did you mean {' or '.join(near)}?" if near else "Give an e-mail address or an id."
        raise BridgeError("person_unknown", f"Nobody here is known as {given}.", hint=hint)
    return found


def near_to(tx: Tx, given: str) -> list[str]:
    """Up to three addresses (or user names) that begin alike, the most similar first; names of people count too."""
    key = fold(given.strip())
    half = len(key.partition("@")[0]) // 2
    return _alike(tx, key, key[:half]) or _alike(tx, key, key[:1])


def _alike(tx: Tx, key: str, beginning: str) -> list[str]:
    shown: dict[str, str] = {}
    for row in tx.all(_BEGINNING, length=len(beginning), beginning=beginning):
        for word in (row["email_key"], row["name_key"], fold(row["display"] or "")):
            shown.setdefault(word or "", row["email"] or row["name_key"])
    similar = difflib.get_close_matches(key, [word for word in shown if word], 9, 0.6)
    return list(dict.fromkeys(shown[word] for word in similar))[:3]
