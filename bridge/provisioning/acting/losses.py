"""Memberships that are lowered or taken away; what Clerk or the last owner's rule keeps is retained (rules R7, R8)."""

from dataclasses import replace

from bridge.clerk import memberships
from bridge.clerk.errors import ClerkError, LastGovernor, LastMembership, Missing, NotNow
from bridge.people.grant import Grant, State
from bridge.provisioning.acting import heir, leaving, owners
from bridge.provisioning.acting.outcome import granted, left, refuse, who_is_missing, write
from bridge.provisioning.acting.places import may_try, unblocked
from bridge.provisioning.acting.refused import Refusals
from bridge.provisioning.acting.ruled import Ruled
from bridge.provisioning.acting.run import Run
from bridge.provisioning.acting.turn import turn
from bridge.provisioning.plan import Step

NO_PERSONAL = "Clerk lets nobody be without a workspace"


async def lose_all(run: Run, ruled: Ruled, refused: Refusals) -> None:
    """One after another, each to its own end."""
    for step in ruled.steps:
        member = run.situation.member(step.workspace)
        if step.is_loss and member is not None:
            await _lose(run, step, ruled, member, refused)


async def _lose(run: Run, step: Step, ruled: Ruled, clerk_user: str, refused: Refusals) -> None:
    row = ruled.rows[step.workspace]
    if not owners.is_owner_loss(run, step):
        await _take(run, step, row, clerk_user, refused)
        return
    async with turn(run, step.workspace) as mine:
        organization = run.situation.workspaces[step.workspace].organization
        assert organization is not None, "a membership has an organization"
        others = await owners.others_remain(run, organization, clerk_user)
        if others or await heir.promote(run, step.workspace, organization, clerk_user):
            await mine.keep()
            await _take(run, step, row, clerk_user, refused)
        else:
            await _retain(run, row, clerk_user, "is the last owner of the workspace")


async def _take(run: Run, step: Step, row: Grant, clerk_user: str, refused: Refusals) -> None:
    organization = run.situation.workspaces[step.workspace].organization
    assert organization is not None, "a membership has an organization"
    made = None
    try:
        await may_try(run, step.workspace)
        await _sign_out_there(run, step, clerk_user, refused)
        if step.to_role is None:
            await memberships.remove(run.tools.clerk, organization, clerk_user, lane=run.lane)
        else:
            made = await memberships.change(run.tools.clerk, organization, clerk_user, step.to_role, lane=run.lane)
    except LastGovernor as error:
        await _retain(run, row, clerk_user, f"Clerk keeps the last member who can govern the workspace: {error.sentence}")
    except LastMembership:
        await _retain(run, row, clerk_user, NO_PERSONAL)
    except Missing as error:
        await who_is_missing(run, row, clerk_user, error)
    except NotNow:
        raise
    except ClerkError as error:
        await refuse(run, row, error, refused)
    else:
        await write(run, step, left(row) if made is None else granted(row, made))
        await unblocked(run, step.workspace)


async def _sign_out_there(run: Run, step: Step, clerk_user: str, refused: Refusals) -> None:
    """Of whoever is inactive every session has ended already; a guest's user is none of ours."""
    if run.situation.active and not run.situation.joined(step.workspace):
        with refused.kept():
            await leaving.end_sessions_in(run, clerk_user, step)


async def _retain(run: Run, row: Grant, clerk_user: str, cause: str) -> None:
    """The membership stays; who may not use it is barred from signing in, and an alarm says so, once. A guest never is:
    the user is none of ours."""
    before = next((one for one in run.situation.grants if one.workspace == row.workspace), None)
    kept = replace(row, state=State.RETAINED, cause=cause)
    if before is None or before.state is not State.RETAINED:
        owners.alarm(run, row.workspace)
        facts = {"workspace": run.situation.workspaces[row.workspace].reference, "role": row.in_clerk, "cause": cause}
        await run.record(rows=[kept], event=run.event("membership.retained", facts))
    else:
        await run.record(rows=[kept])
    if not run.situation.joined(row.workspace) and (cause == NO_PERSONAL or not run.situation.active):
        await owners.ban(run, clerk_user)
