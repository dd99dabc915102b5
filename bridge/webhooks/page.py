"""What is known of those whom a page of events concerns: a handful of statements, however many events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from bridge.people import grants
from bridge.people.grant import Grant
from bridge.store.schema import invitation, person, workspace
from bridge.webhooks.event import Event
from scim.ports import Tx
from scim.sql import texts, within


@dataclass(frozen=True, slots=True)
class Known:
    """A person of ours. `busy`: somebody is at work on them; `unsure`: their next claim looks in Clerk anyway.

    `rows`: what we believe of their memberships, by workspace; `barred`: banned or locked by us.
    """

    pk: int
    id: str
    clerk_user: str | None
    barred: str | None
    busy: bool
    unsure: bool
    rows: Mapping[int, Grant] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Concerned:
    """Persons by Clerk user, by our own id and by Clerk's id of their invitation; workspaces' keys by organization.

    `joined`: whoever accepted an invitation is no user of ours, but their membership there is.
    """

    users: Mapping[str, Known]
    joined: Mapping[str, Known]
    ids: Mapping[str, Known]
    invited: Mapping[str, Known]
    places: Mapping[str, tuple[int, ...]]

    def about(self, event: Event) -> Known | None:
        """The person of ours whom an event is about. A user who isn't linked is known by our id alone, if at all."""
        if event.noun == "organizationInvitation":
            return self.invited.get(event.facts["id"])
        linked = self.users.get(event.clerk_user or "")
        if linked is None and (event.noun == "organizationMembership" or event.type == "user.deleted"):
            return self.joined.get(event.clerk_user or "")
        return linked or (self.ids.get(event.facts.get("external_id", "")) if event.noun == "user" else None)


_PERSON = (
    person.c.pk,
    person.c.id,
    person.c.clerk_user,
    person.c.barred,
    person.c.claim_until,
    person.c.open,
    person.c.look,
)
_OURS = person.c.clerk_instance == bindparam("instance")
_USERS = sa.select(*_PERSON).where(_OURS, within(person.c.clerk_user, texts("users")))
_IDS = sa.select(*_PERSON).where(_OURS, within(person.c.id, texts("ids")))
_JOINED = (
    sa.select(*_PERSON, invitation.c.clerk_user.label("joined"))
    .join(invitation, invitation.c.person == person.c.pk)
    .where(_OURS, within(invitation.c.clerk_user, texts("users")))
)
_INVITED = (
    sa.select(*_PERSON, invitation.c.id.label("invitation"))
    .join(invitation, invitation.c.person == person.c.pk)
    .where(_OURS, within(invitation.c.id, texts("invitations")))
)
_PLACES = (
    sa.select(workspace.c.pk, workspace.c.organization)
    .where(workspace.c.clerk_instance == bindparam("instance"), within(workspace.c.organization, texts("organizations")))
    .order_by(workspace.c.pk)
)


def concerned(tx: Tx, instance: str, events: Sequence[Event], *, now: int) -> Concerned:
    """Whether somebody is at work on a person is read before their rows: so what an earlier claim wrote is seen."""
    told = sorted({one.clerk_user for one in events if one.clerk_user})
    users, joined = (tx.all(statement, instance=instance, users=told) for statement in (_USERS, _JOINED))
    ids = tx.all(_IDS, instance=instance, ids=_said(events, "user", "external_id"))
    invited = tx.all(_INVITED, instance=instance, invitations=_said(events, "organizationInvitation", "id"))
    rows = grants.of_people(tx, sorted({row["pk"] for row in (*users, *joined, *ids, *invited)}))
    places: dict[str, tuple[int, ...]] = {}
    organizations = sorted({one.organization for one in events if one.organization})
    for row in tx.all(_PLACES, instance=instance, organizations=organizations):
        places[row["organization"]] = (*places.get(row["organization"], ()), row["pk"])
    return Concerned(
        {row["clerk_user"]: _known(row, rows, now) for row in users},
        {row["joined"]: _known(row, rows, now) for row in joined},
        {row["id"]: _known(row, rows, now) for row in ids},
        {row["invitation"]: _known(row, rows, now) for row in invited},
        places,
    )


def _said(events: Sequence[Event], noun: str, fact: str) -> list[str]:
    return sorted({one.facts[fact] for one in events if one.noun == noun and fact in one.facts})


def _known(row: Any, rows: Mapping[int, Sequence[Grant]], now: int) -> Known:
    return Known(
        row["pk"],
        row["id"],
        row["clerk_user"],
        row["barred"],
        row["claim_until"] > now,
        bool(row["open"] or row["look"]),
        {one.workspace: one for one in rows[row["pk"]]},
    )
