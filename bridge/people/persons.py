"""Persons: our row for one Clerk user, whose id is minted and committed before Clerk hears of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import text

from bridge.store.schema import person
from scim.ports import Tx
from scim.sql import integers, within

BANNING = "banning"  # we are about to ban them, or have and don't know it yet


@dataclass(frozen=True, slots=True)
class Person:
    """`id` is Clerk's external_id; `clerk_user` None until the first grant.

    `email`, `names` and `locale` as Clerk has them from us.
    """

    pk: int
    instance: str
    id: str
    clerk_user: str | None
    created_here: bool
    email: str | None
    names: tuple[str, str] | None
    locale: str | None
    signed_out: int | None
    barred: str | None
    wanted: int
    applied: int
    not_before: int
    changed_at: int
    cause: str | None
    batch: str | None
    problem: dict[str, Any] | None
    revoked: int | None
    revoked_by: str | None
    conflict: "Doubt | None" = None
    accepted: str | None = None

    @property
    def is_barred(self) -> bool:
        """Banned or locked, by us or by others before us; not only about to be."""
        return self.barred is not None and self.barred != BANNING


@dataclass(frozen=True, slots=True)
class Doubt:
    """Whose `email` is, nobody can tell: `clerk_user` has it, and only a human can say whether that is the same person."""

    sentence: str
    email: str
    clerk_user: str | None


_COLUMNS = """pk, clerk_instance, id, clerk_user, created_here, email, names, locale, signed_out, barred, wanted, applied,
  not_before, changed_at, cause, batch, problem, revoked, revoked_by, conflict, accepted"""
_NEW = text(
    """INSERT INTO person (clerk_instance, id, wanted, not_before, changed_at, cause)
    VALUES (:instance, :id, 0, :now, :now, NULL) RETURNING pk"""
)
_SOME = sa.select(person).where(within(person.c.pk, integers("pks"))).order_by(person.c.pk)
_BY_CLERK = text(
    f"SELECT {_COLUMNS} FROM person WHERE clerk_instance = :instance AND clerk_user = :clerk_user"  # noqa: S608
)
_BY_ID = text(f"SELECT {_COLUMNS} FROM person WHERE id = :id")  # noqa: S608
_PAGE = text(
    f"SELECT {_COLUMNS} FROM person WHERE clerk_instance = :instance AND pk > :after ORDER BY pk LIMIT :limit"  # noqa: S608
)
_LINK = text(
    """UPDATE person SET clerk_user = :clerk_user, created_here = :created, email = :email, names = :names,
      locale = :locale, conflict = NULL, accepted = NULL
    WHERE pk = :pk"""
)
_UNLINK = text(
    """UPDATE person SET clerk_user = NULL, created_here = false, email = NULL, names = NULL, locale = NULL
    WHERE pk = :pk"""
)
_EMAIL = text("UPDATE person SET email = :email WHERE pk = :pk")
_PROFILE = text("UPDATE person SET names = :names, locale = :locale WHERE pk = :pk")
_SIGNED_OUT = text("UPDATE person SET signed_out = :at WHERE pk = :pk")
_SIGNED_OUT_IF = text("UPDATE person SET signed_out = :at WHERE pk = :pk AND wanted = :wanted")
_BARRED = text("UPDATE person SET barred = :how WHERE pk = :pk")
_REVOKED = text("UPDATE person SET revoked = :at, revoked_by = :actor WHERE pk = :pk")
_CONFLICT = text("UPDATE person SET conflict = :doubt WHERE pk = :pk")
_ACCEPTED = text("UPDATE person SET accepted = :clerk_user, conflict = NULL WHERE pk = :pk")
_IN_CONFLICT = text(
    f"""SELECT {_COLUMNS} FROM person WHERE clerk_instance = :instance AND (conflict IS NOT NULL
      OR EXISTS (SELECT 1 FROM granted WHERE granted.person = person.pk AND granted.state = 'conflict'))
    ORDER BY pk"""  # noqa: S608
)
_DELETE = tuple(
    text(f"DELETE FROM {table} WHERE {key} = :pk")  # noqa: S608 - the names beside it
    for table, key in (
        ("held", "person"),
        ("ticket", "person"),
        ("signed_in", "person"),
        ("invitation", "person"),
        ("person", "pk"),
    )
)


def new(tx: Tx, instance: str, id: str, *, now: int) -> int:
    """A person nobody has granted anything yet; returns its key."""
    row = tx.one(_NEW, instance=instance, id=id, now=now)
    assert row is not None
    return int(row["pk"])


def get(tx: Tx, pk: int) -> Person | None:
    found = some(tx, [pk])
    return found[0] if found else None


def some(tx: Tx, pks: Sequence[int]) -> list[Person]:
    """Those of these that there are, in key order."""
    return [person_of(row) for row in tx.all(_SOME, pks=pks)]


def by_id(tx: Tx, id: str) -> Person | None:
    row = tx.one(_BY_ID, id=id)
    return person_of(row) if row else None


def by_clerk_user(tx: Tx, instance: str, clerk_user: str) -> Person | None:
    row = tx.one(_BY_CLERK, instance=instance, clerk_user=clerk_user)
    return person_of(row) if row else None


def page(tx: Tx, instance: str, after: int, limit: int) -> list[Person]:
    """Persons of an instance in key order, after key `after`."""
    return [person_of(row) for row in tx.all(_PAGE, instance=instance, after=after, limit=limit)]


def link(
    tx: Tx,
    pk: int,
    clerk_user: str,
    *,
    created: bool,
    email: str | None,
    names: tuple[str, str] | None = None,
    locale: str | None = None,
) -> None:
    """Remember which Clerk user this is, and what of it is ours to write."""
    tx.run(_LINK, pk=pk, clerk_user=clerk_user, created=created, email=email, names=_json(names), locale=locale)


def unlink(tx: Tx, pk: int) -> None:
    """The Clerk user is gone."""
    tx.run(_UNLINK, pk=pk)


def set_email(tx: Tx, pk: int, email: str) -> None:
    tx.run(_EMAIL, pk=pk, email=email)


def set_profile(tx: Tx, pk: int, names: tuple[str, str] | None, locale: str | None) -> None:
    tx.run(_PROFILE, pk=pk, names=_json(names), locale=locale)


def set_signed_out(tx: Tx, pk: int, at: int | None) -> None:
    """When all sessions were ended for the present inactivity; None: active again."""
    tx.run(_SIGNED_OUT, pk=pk, at=at)


def signed_out_as(tx: Tx, pk: int, at: int, wanted: int) -> None:
    """All sessions were ended for what `wanted` stood for; whoever was marked meanwhile may have signed in since."""
    tx.run(_SIGNED_OUT_IF, pk=pk, at=at, wanted=wanted)


def set_barred(tx: Tx, pk: int, how: str | None) -> None:
    """``banned`` or ``locked`` by us, ``banning`` until that is known, ``by_others``; None: none of these."""
    tx.run(_BARRED, pk=pk, how=how)


def set_revoked(tx: Tx, pk: int, at: int | None, actor: str | None) -> None:
    """Everything is taken away by hand, whatever the directory says; None: given back to the rules."""
    tx.run(_REVOKED, pk=pk, at=at, actor=actor)


def set_conflict(tx: Tx, pk: int, doubt: Doubt | None) -> None:
    """It stands until a human says, or the address is another one; None: nothing is in doubt any more."""
    said = orjson.dumps([doubt.sentence, doubt.email, doubt.clerk_user]).decode() if doubt is not None else None
    tx.run(_CONFLICT, pk=pk, doubt=said)


def accept(tx: Tx, pk: int, clerk_user: str | None) -> None:
    """A human says whose Clerk user that is; None: only that nothing is in doubt any more."""
    tx.run(_ACCEPTED, pk=pk, clerk_user=clerk_user)


def in_conflict(tx: Tx, instance: str) -> list[Person]:
    """Whoever gets nothing until a human says, in key order."""
    return [person_of(row) for row in tx.all(_IN_CONFLICT, instance=instance)]


def delete(tx: Tx, pk: int) -> None:
    """Drop a person whose accounts all moved to another."""
    for statement in _DELETE:
        tx.run(statement, pk=pk)


def _json(names: tuple[str, str] | None) -> str | None:
    return orjson.dumps(names).decode() if names else None


def person_of(row: Any) -> Person:
    """A row with the columns of the table."""
    names = orjson.loads(row["names"]) if row["names"] else None
    return Person(
        row["pk"],
        row["clerk_instance"],
        row["id"],
        row["clerk_user"],
        bool(row["created_here"]),
        row["email"],
        (names[0], names[1]) if names else None,
        row["locale"],
        row["signed_out"],
        row["barred"],
        row["wanted"],
        row["applied"],
        row["not_before"],
        row["changed_at"],
        row["cause"],
        row["batch"],
        orjson.loads(row["problem"]) if row["problem"] else None,
        row["revoked"],
        row["revoked_by"],
        Doubt(*orjson.loads(row["conflict"])) if row["conflict"] else None,
        row["accepted"],
    )
