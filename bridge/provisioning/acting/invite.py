"""People outside the domains are invited where the operator wants it: sent once, revoked with its reason (rule R5).

Nobody of theirs is linked: whoever accepts is a member by our invitation, and all that is ours is that membership.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from bridge.clerk import invitations as clerk
from bridge.clerk import memberships
from bridge.clerk.errors import ClerkError, Missing, NotNow
from bridge.people import invitations
from bridge.people.grant import Grant
from bridge.people.invitations import Invitation
from bridge.provisioning.acting.guests import accepted, came_by, name
from bridge.provisioning.acting.places import Places
from bridge.provisioning.acting.refused import Refusals, put_off
from bridge.provisioning.acting.run import Run, Stale
from bridge.provisioning.situation import Situation
from scim.keys import fold

AN_HOUR, MOST = 3_600_000, 200  # Clerk sends 250 an hour for an organization; a dashboard sends some, too


class TooMany(ClerkError):
    """More invitations than Clerk sends within an hour."""


def wanted(one: Situation, rows: Iterable[Grant]) -> dict[int, str]:
    """PURE. Workspace -> role key that somebody outside the domains is to be invited to."""
    if one.barrier != "outside_domains":
        return {}
    inviting = {
        known.account.connection
        for known in one.known
        if known.active and known.settings is not None and known.settings.outsiders == "invite"
        if known.settings.mode != "observe" and known.identity is not None and known.identity.email is not None
    }
    return {
        row.workspace: row.decided
        for row in rows
        if row.decided is not None and row.in_clerk is None and not one.joined(row.workspace)
        if inviting.intersection(row.connections)
    }


def undone(one: Situation, rows: Iterable[Grant]) -> bool:
    """PURE. Is anything to be sent or revoked?"""
    roles = wanted(one, rows)
    return bool(roles.keys() - one.invitations.keys() or _stale(one, roles))


async def follow(run: Run, rows: Mapping[int, Grant], places: Places, refused: Refusals) -> None:
    """Revoke first: Clerk lets one address have one pending invitation to an organization."""
    one = run.situation
    roles = wanted(one, rows.values())
    stale = _stale(one, roles)
    for invitation in stale:
        try:
            with refused.kept():
                await _revoke(run, invitation)
        except Missing as error:
            refused.add(error)
    gone = {invitation.workspace for invitation in stale}
    for workspace, role in roles.items():
        if workspace in gone or workspace not in one.invitations:
            await _invite(run, rows[workspace], role, places, refused)


def _stale(one: Situation, roles: Mapping[int, str]) -> list[Invitation]:
    """Nobody accepted them, and they are not wanted as they are."""
    email = _email(one)
    return [
        invitation
        for invitation in one.invitations.values()
        if invitation.clerk_user is None
        if roles.get(invitation.workspace) != invitation.role or email is None or fold(invitation.email) != fold(email)
    ]


async def _invite(run: Run, row: Grant, role: str, places: Places, refused: Refusals) -> None:
    email, now = _email(run.situation), run.tools.clock()
    assert email is not None, "who is to be invited has an address"
    try:
        sent = await run.tools.database.point(lambda tx: invitations.recent(tx, row.workspace, since=now - AN_HOUR))
        if sent >= MOST:
            raise TooMany("invitations_too_many", f"{sent} invitations were sent within the hour; the others come later.")
        organization = await places.organization(run, row.workspace)
        about = Invitation(row.workspace, None, email, role, now)
        await run.record(lambda tx: invitations.put(tx, run.person, about))
        made = await clerk.send(run.tools.clerk, organization, email, role, lane=run.lane)
    except NotNow:
        raise
    except ClerkError as error:
        await run.record(lambda tx: invitations.forget(tx, run.person, row.workspace))
        await put_off(run, row, error)
        refused.add(error)
        return
    await _sent(run, row, replace(about, id=made.id))


async def _sent(run: Run, row: Grant, one: Invitation) -> None:
    facts = {"workspace": name(run, row.workspace), "email": one.email, "role": one.role, "invitation": one.id}
    await run.record(lambda tx: invitations.put(tx, run.person, one), event=run.event("invitation.sent", facts))


async def _revoke(run: Run, one: Invitation) -> None:
    """Stale: it was accepted meanwhile."""
    organization, api = run.situation.workspaces[one.workspace].organization, run.tools.clerk
    id = one.id
    if organization is not None and id is None:  # about to be sent, and nobody knows whether it was
        waiting = await clerk.pending(api, organization, one.email, lane=run.lane)
        id = waiting.id if waiting is not None and waiting.role == one.role else None
    if organization is not None and id is not None and not await clerk.revoke(api, organization, id, lane=run.lane):
        found = await memberships.with_email(api, organization, one.email, lane=run.lane)
        if found is not None and await came_by(run, one):
            await accepted(run, one, found)
            raise Stale
    facts = {"workspace": name(run, one.workspace), "email": one.email, "role": one.role, "invitation": id}
    await run.record(
        lambda tx: invitations.forget(tx, run.person, one.workspace), event=run.event("invitation.revoked", facts)
    )


def _email(one: Situation) -> str | None:
    leading = one.leading
    return leading.identity.email if leading is not None and leading.identity is not None else None
