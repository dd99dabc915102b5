"""Carry out one person's plan in Clerk: sign-out first, then what is gained, the profile, then what is lost.

One call per change; each outcome is written before the next call. Whatever Clerk says against one workspace blocks that
workspace and nothing else; what it says against this person is tried again for this person alone.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from bridge.clerk import memberships, users
from bridge.clerk.errors import (
    AlreadyMember,
    ClerkError,
    LastGovernor,
    LastMembership,
    Missing,
    NotNow,
)
from bridge.clerk.memberships import Membership
from bridge.people import invitations, persons
from bridge.people.grant import Grant, State
from bridge.provisioning import holds
from bridge.provisioning.acting import heir, invite, leaving, owners, strangers
from bridge.provisioning.acting.link import ensure_user
from bridge.provisioning.acting.look import look_at_memberships, user_is_gone
from bridge.provisioning.acting.places import Places, block, may_try, unblocked
from bridge.provisioning.acting.profile import follow_profile
from bridge.provisioning.acting.refused import Refusals, about_person, put_off
from bridge.provisioning.acting.run import Run, Stale
from bridge.provisioning.plan import Step
from scim.ports import Tx

NO_PERSONAL = "Clerk lets nobody be without a workspace"
_PATIENCE = (0.1, 0.3, 0.9)  # seconds: what was made just now may not be seen everywhere at once


@dataclass(frozen=True, slots=True)
class Ruled:
    """What may be done now. `rows` by workspace, as written before the first call; `waits`: some loss is held."""

    steps: Sequence[Step]
    rows: dict[int, Grant]
    waits: bool


async def apply(run: Run, ruled: Ruled, places: Places) -> None:
    """Everything that a ruling lets go. Stale: Clerk had something else, plan again. Refused: all but this is done."""
    refused, clerk_user = Refusals(), run.situation.person.clerk_user
    if clerk_user is not None:
        await _of_user(run, clerk_user, refused, _open_or_close(run, clerk_user, ruled))
    else:
        await strangers.look_once(run)
    clerk_user = await _gain_all(run, ruled, places, refused)
    if clerk_user is not None and run.situation.active and run.situation.barrier is None:
        await _of_user(run, clerk_user, refused, follow_profile(run, clerk_user, refused))
    lost = await _lose_all(run, ruled, refused)
    if clerk_user is not None:
        await _of_user(run, clerk_user, refused, _finish_leaving(run, clerk_user, ruled, lost))
    await invite.follow(run, ruled.rows, places, refused)
    refused.end()


async def _of_user(run: Run, clerk_user: str, refused: Refusals, work: Awaitable[None]) -> None:
    """Work on the user itself: what Clerk refuses of it keeps nothing else back. Stale: there is no such user any more."""
    try:
        with refused.kept():
            await work
    except Missing as error:
        if await users.get(run.tools.clerk, clerk_user, lane=run.lane) is None:
            await user_is_gone(run)
            raise Stale from error
        refused.add(error)


async def _open_or_close(run: Run, clerk_user: str, ruled: Ruled) -> None:
    person = run.situation.person
    if not run.situation.active:
        if person.signed_out is None and not ruled.waits and run.situation.touched:
            await leaving.sign_out(run, clerk_user)
        return
    if person.barred is not None and not _stays_barred(ruled):
        await owners.unbar(run, clerk_user, person.barred)
    if person.signed_out is not None:
        await run.record(lambda tx: persons.set_signed_out(tx, run.person, None))


async def _finish_leaving(run: Run, clerk_user: str, ruled: Ruled, lost: Sequence[Step]) -> None:
    if run.situation.active:
        await leaving.end_sessions_in(run, clerk_user, lost)
    elif not ruled.waits and run.situation.touched:
        await leaving.deactivate(run, clerk_user)


def _stays_barred(ruled: Ruled) -> bool:
    """Nothing is decided, and Clerk keeps the last membership of somebody who should have none."""
    rows = ruled.rows.values()
    return not any(row.decided for row in rows) and any(row.cause == NO_PERSONAL for row in rows)


async def _gain_all(run: Run, ruled: Ruled, places: Places, refused: Refusals) -> str | None:
    """The Clerk user, who is made with the first gain; None: there is none, or Clerk won't have one."""
    before = run.situation.person.clerk_user
    clerk_user, gains = before, [step for step in ruled.steps if not step.is_loss]
    for step in gains:
        if run.situation.joined(step.workspace):
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
        await _gain(run, step, ruled.rows[step.workspace], clerk_user, places, refused, new=before is None)
    for step in gains:
        member = run.situation.member(step.workspace)
        if member is not None and run.situation.joined(step.workspace):
            await _gain(run, step, ruled.rows[step.workspace], member, places, refused, new=False)
    return clerk_user


async def _gain(run: Run, step: Step, row: Grant, clerk_user: str, places: Places, refused: Refusals, *, new: bool) -> None:
    assert step.to_role is not None
    role, act = step.to_role, memberships.add if step.kind == "add" else memberships.change
    new = new or run.situation.workspaces[step.workspace].organization is None
    try:
        organization = await places.organization(run, step.workspace)
        made = await _patiently(lambda: act(run.tools.clerk, organization, clerk_user, role, lane=run.lane), new)
    except AlreadyMember as error:
        await look_at_memberships(run, clerk_user)
        raise Stale from error
    except Missing as error:
        await _who_is_missing(run, row, clerk_user, error)
        return
    except NotNow:
        raise
    except ClerkError as error:
        await _refuse(run, row, error, refused)
        return
    await _write(run, step, _granted(row, made))
    await unblocked(run, step.workspace)
    if owners.governs(run, role):
        await owners.governor_arrived(run, step.workspace)


async def _patiently(act: Callable[[], Awaitable[Membership]], new: bool) -> Membership:
    """A 404 had no effect. About a user or an organization that was made just now it says nothing yet."""
    for wait in _PATIENCE if new else ():
        try:
            return await act()
        except Missing:
            await asyncio.sleep(wait)
    return await act()


async def _refuse(run: Run, row: Grant, error: ClerkError, refused: Refusals) -> None:
    """Of this person alone, or of everybody in the workspace."""
    if about_person(error):
        await put_off(run, row, error)
        refused.add(error)
    else:
        await block(run, row, error)


async def _lose_all(run: Run, ruled: Ruled, refused: Refusals) -> list[Step]:
    """What is done of it, but for memberships by invitation: of whoever accepted one, nothing else is ours."""
    done: list[Step] = []
    for step in ruled.steps:
        member = run.situation.member(step.workspace)
        if step.is_loss and member is not None and await _lose(run, step, ruled, member, refused):
            done.append(step)
    return [step for step in done if not run.situation.joined(step.workspace)]


async def _lose(run: Run, step: Step, ruled: Ruled, clerk_user: str, refused: Refusals) -> bool:
    """True: it is done."""
    row = ruled.rows[step.workspace]
    if not owners.is_owner_loss(run, step):
        return await _take(run, step, row, clerk_user, refused)
    await owners.take_turn(run, step.workspace)
    try:
        organization = run.situation.workspaces[step.workspace].organization
        assert organization is not None, "a membership has an organization"
        others = await owners.others_remain(run, organization, clerk_user)
        if others or await heir.promote(run, step.workspace, organization, clerk_user):
            return await _take(run, step, row, clerk_user, refused)
        await _retain(run, row, clerk_user, "is the last owner of the workspace")
        return False
    finally:
        await owners.drop_turn(run, step.workspace)


async def _take(run: Run, step: Step, row: Grant, clerk_user: str, refused: Refusals) -> bool:
    organization = run.situation.workspaces[step.workspace].organization
    assert organization is not None, "a membership has an organization"
    made = None
    try:
        await may_try(run, step.workspace)
        if step.to_role is None:
            await memberships.remove(run.tools.clerk, organization, clerk_user, lane=run.lane)
        else:
            made = await memberships.change(run.tools.clerk, organization, clerk_user, step.to_role, lane=run.lane)
    except LastGovernor as error:
        await _retain(run, row, clerk_user, f"Clerk keeps the last member who can govern the workspace: {error.sentence}")
        return False
    except LastMembership:
        await _retain(run, row, clerk_user, NO_PERSONAL)
        return False
    except Missing as error:
        await _who_is_missing(run, row, clerk_user, error)
        return False
    except NotNow:
        raise
    except ClerkError as error:
        await _refuse(run, row, error, refused)
        return False
    await _write(run, step, _left(row) if made is None else _granted(row, made))
    await unblocked(run, step.workspace)
    return True


async def _retain(run: Run, row: Grant, clerk_user: str, cause: str) -> None:
    """The membership stays; who may not use it is barred from signing in, and an alarm says so, once."""
    before = next((one for one in run.situation.grants if one.workspace == row.workspace), None)
    kept = replace(row, state=State.RETAINED, cause=cause)
    if before is None or before.state is not State.RETAINED:
        owners.alarm(run, row.workspace)
        facts = {"workspace": run.situation.workspaces[row.workspace].reference, "role": row.in_clerk, "cause": cause}
        await run.record(rows=[kept], event=run.event("membership.retained", facts))
    else:
        await run.record(rows=[kept])
    if run.situation.person.barred is None and (cause == NO_PERSONAL or not run.situation.active):
        await owners.ban(run, clerk_user)


async def _who_is_missing(run: Run, row: Grant, clerk_user: str, error: Missing) -> None:
    """A 404 names nobody: the user, the membership or the organization."""
    joined = run.situation.joined(row.workspace)
    if await users.get(run.tools.clerk, clerk_user, lane=run.lane) is None:
        await (invite.member_is_gone(run, row.workspace) if joined else user_is_gone(run))
        raise Stale from error
    if row.in_clerk is None:
        await block(run, row, error)
        return
    await (invite.look_at_invitations(run) if joined else look_at_memberships(run, clerk_user))
    raise Stale from error


async def _write(run: Run, step: Step, row: Grant) -> None:
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


def _granted(row: Grant, made: Membership) -> Grant:
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


def _left(row: Grant) -> Grant:
    return replace(row, in_clerk=None, membership=None, ours=False, before=None, ending_at=None)
