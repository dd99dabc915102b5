"""Persons with everything of theirs that every decision asks for, in one statement: the accounts, who shares an address."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bridge.people import accounts, persons
from bridge.people.accounts import Account
from bridge.people.persons import Person
from bridge.store.schema import account, invitation, person
from scim.ports import Tx
from scim.sql import integers, within


@dataclass(frozen=True, slots=True)
class Household:
    """`shared`: which of the accounts have an address that an active account of another person has too, in their
    connection. `invited`: some invitation was sent to this person."""

    person: Person
    accounts: tuple[Account, ...]
    shared: frozenset[int]
    invited: bool


_OTHER = account.alias("other")
_SHARED = sa.exists().where(
    _OTHER.c.email_key == account.c.email_key,
    _OTHER.c.connection.concat("") == account.c.connection,  # an expression, so that SQLite goes by the address's index
    _OTHER.c.state == "active",
    _OTHER.c.person != account.c.person,
)
_INVITED = sa.exists().where(invitation.c.person == person.c.pk)
_THEIRS = {name: f"account_{name}" for name in accounts.COLUMNS.split(", ")}
_FIRST, _LAST = len(person.c), len(person.c) + len(_THEIRS)
_SOME = (
    sa.select(
        person,
        *(account.c[name].label(label) for name, label in _THEIRS.items()),
        _SHARED.label("shared"),
        _INVITED.label("invited"),
    )
    .select_from(person.outerjoin(account, account.c.person == person.c.pk))
    .where(within(person.c.pk, integers("pks")))
    .order_by(person.c.pk, account.c.pk)
)


def some(tx: Tx, pks: Sequence[int]) -> list[Household]:
    """Those of these persons that there are, in key order, and their accounts, tombstones included."""
    rows: dict[int, list[Any]] = {}
    for row in tx.all(_SOME, pks=pks):
        rows.setdefault(row["pk"], []).append(row)
    return [_household(theirs) for theirs in rows.values()]


def _household(rows: Sequence[Any]) -> Household:
    owned = [row for row in rows if row["account_pk"] is not None]
    return Household(
        persons.person_of(rows[0]),
        tuple(Account(*row[_FIRST:_LAST]) for row in owned),
        frozenset(row["account_pk"] for row in owned if row["shared"]),
        bool(rows[0]["invited"]),
    )
