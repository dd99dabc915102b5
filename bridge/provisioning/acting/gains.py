"""Memberships that are given or raised; the Clerk user is made with the first of them."""

import asyncio
from collections.abc import Awaitable, Callable

from bridge.clerk import memberships
from bridge.clerk.errors import AlreadyMember, ClerkError, Missing, NotNow
from bridge.clerk.memberships import Membership
from bridge.people.grant import Grant
from bridge.provisioning.acting import owners
from bridge.provisioning.acting.link import ensure_user
from bridge.provisioning.acting.outcome import granted, look_at_member, refuse, who_is_missing, write
from bridge.provisioning.acting.places import Places, unblocked
from bridge.provisioning.acting.refused import Refusals, put_off
from bridge.provisioning.acting.ruled import Ruled
from bridge.provisioning.acting.run import Run, Stale
from bridge.provisioning.plan import Step, StepKind

_PATIENCE = (0.1, 0.3, 0.9)  # seconds: what was made just now may not be seen everywhere at once


async def gain_all(run: Run, ruled: Ruled, places: Places, refused: Refusals) -> str | None:
    """The Clerk user, who is made with the first gain; None: there is none, or Clerk won't have one."""
    before = run.situation.person.clerk_user
    clerk_user, gains = before, [step for step in ruled.steps if not step.is_loss]
    for step in gains:
        if run.situation.joined(step.workspace):
            continue
        organization = await _place(run, step, ruled.rows[step.workspace], places, refused)
        if organization is None:
            continue
        try:
            clerk_user = clerk_user or await ensure_user(run)
        except NotNow:
            raise
        except ClerkError as error:
            for each in gains:
                await put_off(run, ruled.rows[each.workspace], error)
            refused.add(error)
            return None
        await _gain(run, step, ruled.rows[step.workspace], organization, clerk_user, refused, new=before is None)
    for step in gains:
        member = run.situation.member(step.workspace)
        if member is not None and run.situation.joined(step.workspace):
            organization = await _place(run, step, ruled.rows[step.workspace], places, refused)
            if organization is not None:
                await _gain(run, step, ruled.rows[step.workspace], organization, member, refused, new=False)
    return clerk_user


async def _place(run: Run, step: Step, row: Grant, places: Places, refused: Refusals) -> str | None:
    """The organization, before any user is made for it; None: there is none to be had now, and the row tells why."""
    try:
        return await places.organization(run, step.workspace)
    except NotNow:
        raise
    except ClerkError as error:
        await refuse(run, row, error, refused)
        return None


async def _gain(
    run: Run, step: Step, row: Grant, organization: str, clerk_user: str, refused: Refusals, *, new: bool
) -> None:
    assert step.to_role is not None
    role = step.to_role
    new = new or run.situation.workspaces[step.workspace].organization is None
    try:
        made = await _patiently(lambda: _given(run, step.kind, organization, clerk_user, role), new)
    except AlreadyMember as error:
        await look_at_member(run, step.workspace, clerk_user)
        raise Stale from error
    except Missing as error:
        await who_is_missing(run, row, clerk_user, error)
        return
    except NotNow:
        raise
    except ClerkError as error:
        await refuse(run, row, error, refused)
        return
    await write(run, step, granted(row, made))
    await unblocked(run, step.workspace)
    if owners.governs(run, role):
        await owners.governor_arrived(run, step.workspace)


async def _given(run: Run, kind: StepKind, organization: str, clerk_user: str, role: str) -> Membership:
    if kind == "add":
        person = run.situation.person.id
        return await memberships.add(run.tools.clerk, organization, clerk_user, role, person, lane=run.lane)
    return await memberships.change(run.tools.clerk, organization, clerk_user, role, lane=run.lane)


async def _patiently(act: Callable[[], Awaitable[Membership]], new: bool) -> Membership:
    """A 404 had no effect. About a user or an organization that was made just now it says nothing yet."""
    for wait in _PATIENCE if new else ():
        try:
            return await act()
        except Missing:
            await asyncio.sleep(wait)
    return await act()
