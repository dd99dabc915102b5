"""Accounts: one person as one connection knows them. Matched by immutable id, then by userName (rule R4).

An account outlives its directory row: a deleted one stays 90 days as a tombstone, so that a re-hire, or an IdP that
re-pushes as delete and create, finds the same person again; one with a different immutable id never does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy import bindparam, text

from bridge.store.schema import account, person
from scim.change import UserFacts
from scim.keys import fold
from scim.ports import Tx
from scim.sql import integers, texts, within

AccountState = Literal["active", "inactive", "deleted"]
TOMBSTONE_MS = 90 * 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Told:
    """What an account is called, as the expressions of its connection say."""

    email: str | None
    display: str | None


@dataclass(frozen=True, slots=True)
class Account:
    """`subject` is the SCIM resource's id, None for one that only ever signed in."""

    pk: int
    connection: str
    subject: str | None
    external_id: str | None
    email: str | None
    email_key: str | None
    display: str | None
    state: AccountState
    person: int
    changed: int


COLUMNS = "pk, connection, subject, external_id, email, email_key, display, state, person, changed"
_BY_EXTERNAL = text(
    f"SELECT {COLUMNS} FROM account WHERE connection = :connection AND external_id = :external_id "  # noqa: S608
    "AND (subject IS NULL OR state = 'deleted') ORDER BY changed DESC LIMIT 1"
)
_BY_ADDRESS = text(
    f"SELECT {COLUMNS} FROM account WHERE connection = :connection AND email_key = :email_key "  # noqa: S608
    "AND subject IS NULL AND (external_id IS NULL OR CAST(:external_id AS TEXT) IS NULL) ORDER BY changed DESC LIMIT 2"
)
_BY_NAME = text(
    f"SELECT {COLUMNS} FROM account WHERE connection = :connection AND name_key = :name_key "  # noqa: S608
    "AND (subject IS NULL OR state = 'deleted') "
    "AND (external_id IS NULL OR CAST(:external_id AS TEXT) IS NULL) ORDER BY changed DESC LIMIT 1"
)
_ROW = tuple(account.c[name] for name in COLUMNS.split(", "))
_OF_PEOPLE = sa.select(*_ROW).where(within(account.c.person, integers("people"))).order_by(account.c.pk)
_ACTIVE_AT = (
    sa.select(account.c.connection, account.c.email_key, account.c.person)
    .where(within(account.c.email_key, texts("keys")), account.c.state == "active")
    .distinct()
)
_LINKED_AT = (
    sa.select(account.c.email_key, account.c.connection, account.c.person)
    .join(person, person.c.pk == account.c.person)
    .where(within(account.c.email_key, texts("keys")), person.c.clerk_user.is_not(None))
    .distinct()
)
_COUNT = text("SELECT count(DISTINCT person) AS n FROM account WHERE connection = :connection")
_OF_SUBJECT = text(
    f"SELECT {COLUMNS} FROM account WHERE connection = :connection AND subject = :subject"  # noqa: S608
)
_BY_EMAIL = text(f"SELECT {COLUMNS} FROM account WHERE email_key = :email_key ORDER BY pk")  # noqa: S608
_PEOPLE = (
    sa.select(account.c.person)
    .where(account.c.connection == bindparam("connection"), within(account.c.subject, texts("subjects")))
    .distinct()
    .order_by(account.c.person)
)
_PAGE = text(
    """SELECT DISTINCT person FROM account WHERE connection = :connection AND person > :after
    ORDER BY person LIMIT :limit"""
)
_INSERT = text(
    """INSERT INTO account (connection, subject, external_id, name_key, email_key, email, display, state, person,
      created, changed)
    VALUES (:connection, :subject, :external_id, :name_key, :email_key, :email, :display, :state, :person, :at, :at)"""
)
_ADOPT = text(
    """UPDATE account SET subject = :subject, external_id = :external_id, name_key = :name_key, email_key = :email_key,
      email = :email, display = :display, state = :state, changed = :at, ended = NULL WHERE pk = :pk"""
)
_CHANGE = text(
    """UPDATE account SET external_id = :external_id, name_key = :name_key, email_key = :email_key, email = :email,
      display = :display, state = :state, changed = :at
    WHERE connection = :connection AND subject = :subject RETURNING person"""
)
_TOLD = sa.select(account.c.subject, account.c.email, account.c.display).where(
    account.c.connection == bindparam("connection"), within(account.c.subject, texts("subjects"))
)
_RETELL = text(
    """UPDATE account SET email = :email, email_key = :email_key, display = :display
    WHERE connection = :connection AND subject = :subject"""
)
_RETELL_ONE = text(
    """UPDATE account SET email = :email, email_key = :email_key, display = :display
    WHERE pk = :pk AND subject IS NULL
      AND (COALESCE(email, '') <> COALESCE(:email, '') OR COALESCE(display, '') <> COALESCE(:display, ''))"""
)
_END = text(
    """UPDATE account SET state = 'deleted', changed = :at, ended = :at
    WHERE connection = :connection AND subject = :subject RETURNING person"""
)
_OVER = "state = 'deleted' AND ended < :before"
_FORGET = (
    text(f"DELETE FROM asserted WHERE account IN (SELECT pk FROM account WHERE {_OVER})"),  # noqa: S608
    text(f"DELETE FROM signed_in WHERE account IN (SELECT pk FROM account WHERE {_OVER})"),  # noqa: S608
    text(f"DELETE FROM account WHERE {_OVER}"),  # noqa: S608
)
_MOVE = tuple(
    text(f"UPDATE {table} SET person = :to WHERE person = :source")  # noqa: S608
    for table in ("account", "signed_in", "ticket")
)


def find_former(tx: Tx, connection: str, facts: UserFacts, *, may_speak: bool) -> Account | None:
    """The tombstone or sign-in-only account that this new directory row continues. `may_speak`: the connection speaks for
    the address, so a sign-in-only account that has it is the same person."""
    row = None
    if facts.external_id is not None:
        row = tx.one(_BY_EXTERNAL, connection=connection, external_id=facts.external_id)
    if row is None:
        values = {"name_key": facts.user_name_key, "external_id": facts.external_id}
        row = tx.one(_BY_NAME, connection=connection, **values)
    if row is None and facts.email is not None and may_speak:
        values = {"email_key": fold(facts.email), "external_id": facts.external_id}
        rows = tx.all(_BY_ADDRESS, connection=connection, **values)
        row = rows[0] if len(rows) == 1 else None
    return account_of(row) if row else None


def add(tx: Tx, connection: str, facts: UserFacts, person: int, *, now: int) -> None:
    """A new account of `person`."""
    tx.run(_INSERT, connection=connection, subject=facts.id, person=person, at=now, **_values(facts))


def adopt(tx: Tx, former: Account, facts: UserFacts, *, now: int) -> None:
    """Continue a former account under a new directory row."""
    tx.run(_ADOPT, pk=former.pk, subject=facts.id, at=now, **_values(facts))


def of_subject(tx: Tx, connection: str, subject: str) -> Account | None:
    """The account of one SCIM user."""
    row = tx.one(_OF_SUBJECT, connection=connection, subject=subject)
    return account_of(row) if row else None


def change(tx: Tx, connection: str, facts: UserFacts, *, now: int) -> int | None:
    """Take over what the directory says now; returns the person."""
    row = tx.one(_CHANGE, connection=connection, subject=facts.id, at=now, **_values(facts))
    return row["person"] if row else None


def reread(tx: Tx, connection: str, told: Mapping[str, Told]) -> int:
    """What the connection file makes of users, by subject, where it is something else than before; returns how many."""
    rows = tx.all(_TOLD, connection=connection, subjects=list(told))
    stale = [row["subject"] for row in rows if Told(row["email"], row["display"]) != told[row["subject"]]]
    for subject in stale:
        one = told[subject]
        key = fold(one.email) if one.email else None
        tx.run(_RETELL, connection=connection, subject=subject, email=one.email, email_key=key, display=one.display)
    return len(stale)


def retell(tx: Tx, pk: int, told: Told) -> bool:
    """What an account that only ever signed in is called now; False: as before."""
    key = fold(told.email) if told.email else None
    return tx.run(_RETELL_ONE, pk=pk, email=told.email, email_key=key, display=told.display) == 1


def end(tx: Tx, connection: str, subject: str, *, now: int) -> int | None:
    """Leave a tombstone; returns the person."""
    row = tx.one(_END, connection=connection, subject=subject, at=now)
    return row["person"] if row else None


def forget(tx: Tx, *, now: int) -> int:
    """Drop tombstones older than 90 days; returns how many."""
    return [tx.run(statement, before=now - TOMBSTONE_MS) for statement in _FORGET][-1]


def of_person(tx: Tx, person: int) -> list[Account]:
    """Every account of a person, tombstones included."""
    return of_people(tx, [person])


def of_people(tx: Tx, people: Sequence[int]) -> list[Account]:
    """Every account of these persons, tombstones included."""
    return [account_of(row) for row in tx.all(_OF_PEOPLE, people=people)]


def active_at(tx: Tx, email_keys: Sequence[str]) -> dict[tuple[str, str], set[int]]:
    """(connection, folded address) -> the persons with an active account there."""
    found: dict[tuple[str, str], set[int]] = {}
    for row in tx.all(_ACTIVE_AT, keys=email_keys):
        found.setdefault((row["connection"], row["email_key"]), set()).add(row["person"])
    return found


def sharing(tx: Tx, connection: str, email_key: str, but: int) -> list[int]:
    """Other persons with an active account of this connection at a folded address."""
    found = active_at(tx, [email_key])
    return sorted(found.get((connection, email_key), set()) - {but})


def linked_at(tx: Tx, email_keys: Sequence[str]) -> dict[str, set[tuple[str, int]]]:
    """Folded address -> (connection, person) of each account there whose person has a Clerk user."""
    found: dict[str, set[tuple[str, int]]] = {}
    for row in tx.all(_LINKED_AT, keys=email_keys):
        found.setdefault(row["email_key"], set()).add((row["connection"], row["person"]))
    return found


def count_of(tx: Tx, connection: str) -> int:
    """How many persons have an account of a connection."""
    row = tx.one(_COUNT, connection=connection)
    return row["n"] if row else 0


def people_of(tx: Tx, connection: str, subjects: Sequence[str]) -> list[int]:
    """The persons behind SCIM users, in key order."""
    return [row["person"] for row in tx.all(_PEOPLE, connection=connection, subjects=subjects)]


def page_of(tx: Tx, connection: str, after: int, limit: int) -> list[int]:
    """Persons with an account of a connection, in key order, after key `after`."""
    return [row["person"] for row in tx.all(_PAGE, connection=connection, after=after, limit=limit)]


def by_email(tx: Tx, email: str) -> list[Account]:
    """Accounts of every connection with this address. Only for operators' eyes and for joining owned domains."""
    return [account_of(row) for row in tx.all(_BY_EMAIL, email_key=fold(email))]


def move(tx: Tx, source: int, to: int) -> None:
    """Give all accounts of one person to another: both were the same human."""
    for statement in _MOVE:
        tx.run(statement, source=source, to=to)


def _values(facts: UserFacts) -> dict[str, Any]:
    return {
        "external_id": facts.external_id,
        "name_key": facts.user_name_key,
        "email": facts.email,
        "email_key": fold(facts.email) if facts.email else None,
        "display": facts.display,
        "state": "active" if facts.active else "inactive",
    }


def account_of(row: Any) -> Account:
    """A row with the COLUMNS."""
    return Account(
        row["pk"],
        row["connection"],
        row["subject"],
        row["external_id"],
        row["email"],
        row["email_key"],
        row["display"],
        row["state"],
        row["person"],
        row["changed"],
    )
