"""Whom does an admin mean? By e-mail, our person id, Clerk's user id, the IdP's id, userName or SCIM id."""

from dataclasses import dataclass

from sqlalchemy import text

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


def persons(tx: Tx, given: str) -> list[Found]:
    """Everybody it may mean; somebody whose accounts are all deleted only when nobody else is meant."""
    rows = tx.all(_FIND, key=fold(given.strip()), given=given.strip())
    lines: dict[int, list[str]] = {}
    for row in rows:
        lines.setdefault(row["pk"], []).append(f"{row['connection']} {row['email'] or ''} ({row['state']})")
    ids = {row["pk"]: row["id"] for row in rows}
    living = {row["pk"] for row in rows if row["state"] != "deleted"}
    return [Found(pk, ids[pk], ", ".join(lines[pk])) for pk in ids if pk in living or not living]
