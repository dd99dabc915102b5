"""What we believe a workspace to be at Clerk: its rows, and whether somebody is at work on the people in them.

Pages of Clerk's are read for seconds, so the rows are read before and after: only who rested all the time is compared.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from bridge.people import grants
from bridge.people.grant import Grant
from bridge.store.schema import account, granted, person
from scim.ports import Tx
from scim.sql import integers, texts, within


@dataclass(frozen=True, slots=True)
class Known:
    """A person as far as a comparison needs one. `wanted` is None while somebody is at work on them, or is about to be;
    else it is another number after any work. `connections`: of their accounts."""

    pk: int
    user: str | None
    barred: str | None
    wanted: int | None
    connections: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Believed:
    """A person's row in one workspace."""

    known: Known
    row: Grant


_RESTS = sa.and_(
    person.c.wanted == person.c.applied,
    person.c.claim_until <= bindparam("now"),
    sa.not_(person.c.open),
    sa.not_(person.c.look),
)
_COLUMNS = (
    person.c.pk,
    person.c.clerk_user,
    person.c.barred,
    sa.case((_RESTS, person.c.wanted)).label("rested"),
)
_IN = (
    sa.select(*_COLUMNS).join(granted, granted.c.person == person.c.pk).where(granted.c.workspace == bindparam("workspace"))
)
_LINKED = (
    sa.select(*_COLUMNS, account.c.connection)
    .join(account, account.c.person == person.c.pk)
    .where(person.c.clerk_instance == bindparam("instance"), within(person.c.clerk_user, texts("users")))
)
_SOME = sa.select(*_COLUMNS).where(within(person.c.pk, integers("pks"))).order_by(person.c.pk).with_for_update()


def rows(tx: Tx, workspace: int, *, now: int) -> list[Believed]:
    """Everybody with a row in a workspace."""
    people = {row["pk"]: _known(row) for row in tx.all(_IN, workspace=workspace, now=now)}
    return [Believed(people[pk], row) for pk, row in grants.in_workspace(tx, workspace) if pk in people]


def linked(tx: Tx, instance: str, users: Sequence[str], *, now: int) -> dict[str, Known]:
    """Those of these Clerk users that are people of ours, by user."""
    connections: dict[str, set[str]] = {}
    people: dict[str, Known] = {}
    for row in tx.all(_LINKED, instance=instance, users=list(users), now=now):
        people[row["clerk_user"]] = _known(row)
        connections.setdefault(row["clerk_user"], set()).add(row["connection"])
    return {user: Known(one.pk, user, one.barred, one.wanted, frozenset(connections[user])) for user, one in people.items()}


def rested(before: Iterable[Believed]) -> dict[int, int]:
    """Who rests, and the number by which any work is told."""
    return {one.known.pk: one.known.wanted for one in before if one.known.wanted is not None}


def still(tx: Tx, rested: Mapping[int, int], *, now: int) -> list[int]:
    """Those whom nobody has worked on since, in key order; locked until the transaction ends."""
    return [row["pk"] for row in tx.all(_SOME, pks=list(rested), now=now) if row["rested"] == rested[row["pk"]]]


def _known(row: Any) -> Known:
    return Known(row["pk"], row["clerk_user"], row["barred"], row["rested"])
