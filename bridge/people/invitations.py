"""Invitations of people outside the domains: one per person and workspace, sent once, and who accepted it (rule R5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import text

from bridge.store.schema import invitation
from scim.ports import Tx
from scim.sql import integers, within


@dataclass(frozen=True, slots=True)
class Invitation:
    """`id` None: it was about to be sent. `clerk_user`: who accepted it; the membership there is ours by that."""

    workspace: int
    id: str | None
    email: str
    role: str
    created: int
    clerk_user: str | None = None


_OF_PEOPLE = sa.select(invitation).where(within(invitation.c.person, integers("people")))
_PUT = text(
    """INSERT INTO invitation (person, workspace, id, email, role, created, clerk_user)
    VALUES (:person, :workspace, :id, :email, :role, :created, :clerk_user)
    ON CONFLICT (person, workspace) DO UPDATE SET id = excluded.id, email = excluded.email, role = excluded.role,
      created = excluded.created, clerk_user = excluded.clerk_user"""
)
_DROP = text("DELETE FROM invitation WHERE person = :person AND workspace = :workspace")
_RECENT = text("SELECT count(*) AS n FROM invitation WHERE workspace = :workspace AND created > :since")


def of_people(tx: Tx, people: Sequence[int]) -> dict[int, dict[int, Invitation]]:
    """The invitations of each of these persons, by workspace. Of nobody, as most often, nothing is asked."""
    found: dict[int, dict[int, Invitation]] = {person: {} for person in people}
    for row in tx.all(_OF_PEOPLE, people=people) if people else ():
        found[row["person"]][row["workspace"]] = _invitation(row)
    return found


def put(tx: Tx, person: int, one: Invitation) -> None:
    """As it is now."""
    tx.run(
        _PUT,
        person=person,
        workspace=one.workspace,
        id=one.id,
        email=one.email,
        role=one.role,
        created=one.created,
        clerk_user=one.clerk_user,
    )


def forget(tx: Tx, person: int, workspace: int) -> None:
    """Revoked, or what it led to is taken back."""
    tx.run(_DROP, person=person, workspace=workspace)


def recent(tx: Tx, workspace: int, *, since: int) -> int:
    """How many were sent for a workspace after `since`."""
    row = tx.one(_RECENT, workspace=workspace, since=since)
    return row["n"] if row else 0


def _invitation(row: Any) -> Invitation:
    return Invitation(row["workspace"], row["id"], row["email"], row["role"], row["created"], row["clerk_user"])
