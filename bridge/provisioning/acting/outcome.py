"""What came of one call about a membership: the row as it is now, with its audit event; whose fault a refusal was."""

from dataclasses import replace

from bridge.clerk import organizations, users
from bridge.clerk.errors import ClerkError, Missing
from bridge.clerk.memberships import Membership
from bridge.people import invitations, workspaces
from bridge.people.grant import Grant, State
from bridge.provisioning import holds
from bridge.provisioning.acting.guests import look_at_invitations, member_is_gone
from bridge.provisioning.acting.look import look_at_memberships, user_is_gone
from bridge.provisioning.acting.places import block
from bridge.provisioning.acting.refused import Refusals, about_person, put_off
from bridge.provisioning.acting.run import Run, Stale
from bridge.provisioning.plan import Step
from bridge.provisioning.sweep import gone
from scim.ports import Tx


async def write(run: Run, step: Step, row: Grant) -> None:
    facts = {
        "workspace": run.situation.workspaces[step.workspace].reference,
        "from": step.from_role,
        "to": step.to_role,
        "cause": step.cause,
        "because": list(row.because),
    }
    verb = {"add": "added", "raise": "raised", "lower": "lowered", "remove": "removed"}[step.kind]

    def work(tx: Tx) -> None:
        holds.applied(tx, run.person, [step.workspace])
        if step.to_role is None and step.workspace in run.situation.invitations:
            invitations.forget(tx, run.person, step.workspace)

    await run.record(
        work,
        rows=[row],
        event=run.event(f"membership.{verb}", facts),
    )


def granted(row: Grant, made: Membership) -> Grant:
    """Ours if it is decided; given back to what was there before us if nothing is."""
    ours = row.decided is not None
    return replace(
        row,
        in_clerk=made.role,
        membership=made.id,
        ours=ours,
        before=row.before if ours else None,
        state=State.GRANTED if ours else State.LEFT_ALONE,
        cause=None if ours else "was here before us",
        ending_at=None,
    )


def left(row: Grant) -> Grant:
    return replace(row, in_clerk=None, membership=None, ours=False, before=None, ending_at=None)


async def refuse(run: Run, row: Grant, error: ClerkError, refused: Refusals) -> None:
    """Of this person alone, or of everybody in the workspace."""
    if about_person(error):
        await put_off(run, row, error)
        refused.add(error)
    else:
        await block(run, row, error)


async def who_is_missing(run: Run, row: Grant, clerk_user: str, error: Missing) -> None:
    """A 404 names nobody: the user, the membership or the organization."""
    if await users.get(run.tools.clerk, clerk_user, lane=run.lane) is None:
        joined = run.situation.joined(row.workspace)
        await (member_is_gone(run, row.workspace) if joined else user_is_gone(run))
        raise Stale from error
    if await _organization_is_gone(run, row.workspace):
        raise Stale from error
    if row.in_clerk is None:
        await block(run, row, error)
        return
    await look_at_member(run, row.workspace, clerk_user)
    raise Stale from error


async def _organization_is_gone(run: Run, workspace: int) -> bool:
    """Then everybody's membership went with it, and it is nobody's hand edit of theirs."""
    known, instance, now = run.situation.workspaces[workspace], run.tools.instance, run.tools.clock()
    if known.organization is None or await organizations.get(run.tools.clerk, known.organization, lane=run.lane) is not None:
        return False

    def work(tx: Tx) -> None:
        fresh = workspaces.by_reference(tx, instance, known.reference)
        if fresh is not None and fresh.organization == known.organization:
            gone(tx, fresh, now=now)

    await run.record(work)
    return True


async def look_at_member(run: Run, workspace: int, clerk_user: str) -> None:
    """What the user has there, be it the person's own or a guest's."""
    if run.situation.joined(workspace):
        await look_at_invitations(run)
    else:
        await look_at_memberships(run, clerk_user)
