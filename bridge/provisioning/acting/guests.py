"""Whoever accepted an invitation of ours: a member by it, linked to nobody, and judged like everybody by what hands do."""

from dataclasses import replace

from bridge.clerk import invitations as clerk
from bridge.clerk import memberships
from bridge.clerk.memberships import Membership
from bridge.people import grants, invitations
from bridge.people.grant import Grant, State
from bridge.people.invitations import Invitation
from bridge.provisioning.acting.run import Run
from bridge.provisioning.observed import observed
from bridge.provisioning.situation import role_keys
from scim.ports import Tx


async def look_at_invitations(run: Run) -> None:
    """Who accepted one is a member by it; what became of that membership since is a hand's doing (rule R9)."""
    for one in run.situation.invitations.values():
        organization = run.situation.workspaces[one.workspace].organization
        if organization is not None:
            await _noted(run, one, await _membership(run, one, organization))


async def member_is_gone(run: Run, workspace: int) -> None:
    """Whoever accepted the invitation is no user any more."""

    def work(tx: Tx) -> None:
        invitations.forget(tx, run.person, workspace)
        grants.forget(tx, run.person, workspace)

    facts = {"workspace": name(run, workspace), "cause": "no such user"}
    await run.record(work, event=run.event("invitation.ended", facts))


async def _membership(run: Run, one: Invitation, organization: str) -> Membership | None:
    """By their user once there is one: addresses change."""
    if one.clerk_user is not None:
        return await memberships.with_user(run.tools.clerk, organization, one.clerk_user, lane=run.lane)
    return await memberships.with_email(run.tools.clerk, organization, one.email, lane=run.lane)


async def _noted(run: Run, one: Invitation, found: Membership | None) -> None:
    if one.clerk_user is not None:
        await _still_there(run, one, found)
    elif found is not None and await came_by(run, one):
        await accepted(run, one, found)
    elif one.id is None:
        await _about_to_be_sent(run, one)


async def _still_there(run: Run, one: Invitation, found: Membership | None) -> None:
    """What a hand did to the membership is judged like everybody's (rule R9)."""
    row = _row(run, one.workspace)
    if row is None or (found is None and row.decided is None):
        await member_is_gone(run, one.workspace)
        return
    seen = {one.workspace: run.seen(found)} if found is not None else {}
    rows = observed([row], seen, role_keys(run.tools.settings), now=run.tools.clock())
    if rows:
        facts = {"workspace": name(run, one.workspace), "in_clerk": rows[0].in_clerk, "cause": rows[0].cause}
        await run.record(rows=rows, event=run.event("invitation.observed", facts))


async def came_by(run: Run, one: Invitation) -> bool:
    """A member whom a hand added while the invitation waits is none of ours."""
    organization = run.situation.workspaces[one.workspace].organization
    if organization is None or one.id is None:
        return False
    return await clerk.accepted(run.tools.clerk, organization, one.id, lane=run.lane)


async def _about_to_be_sent(run: Run, one: Invitation) -> None:
    """The answer was lost: it was sent, or it is to be sent still."""
    organization = run.situation.workspaces[one.workspace].organization
    assert organization is not None, "an invitation has an organization"
    waiting = await clerk.pending(run.tools.clerk, organization, one.email, lane=run.lane)
    known = replace(one, id=waiting.id) if waiting is not None and waiting.role == one.role else None

    def work(tx: Tx) -> None:
        if known is not None:
            invitations.put(tx, run.person, known)
        else:
            invitations.forget(tx, run.person, one.workspace)

    await run.record(work)


async def accepted(run: Run, one: Invitation, found: Membership) -> None:
    """Ours from now on, even if nothing is decided any more: then it is taken back."""
    joined, now = replace(one, clerk_user=found.user), run.tools.clock()
    names = tuple(known.account.connection for known in run.situation.known)
    new = Grant(one.workspace, names, None, None, None, True, None, State.GRANTED, None, (), None, now)
    row = _row(run, one.workspace) or new
    ours = replace(row, in_clerk=found.role, membership=found.id, ours=True, state=State.GRANTED, cause=None)
    facts = {"workspace": name(run, one.workspace), "email": one.email, "role": found.role, "clerk_user": found.user}
    await run.record(
        lambda tx: invitations.put(tx, run.person, joined),
        rows=[ours],
        event=run.event("invitation.accepted", facts),
    )


def _row(run: Run, workspace: int) -> Grant | None:
    return next((grant for grant in run.situation.grants if grant.workspace == workspace), None)


def name(run: Run, workspace: int) -> str:
    return run.situation.workspaces[workspace].reference
