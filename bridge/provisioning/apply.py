"""Carry out one person's plan in Clerk: sign-out first, then what is gained, the profile, then what is lost.

One call per change; each outcome is written before the next call. Whatever Clerk says against one workspace blocks that
workspace and nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bridge.clerk import memberships, sessions, users
from bridge.clerk.errors import (
    AlreadyMember,
    ClerkError,
    KeyRefused,
    LastGovernor,
    LastMembership,
    Missing,
    Outage,
    Unknown,
)
from bridge.clerk.memberships import Membership
from bridge.people import persons
from bridge.people.grant import Grant, State
from bridge.provisioning import holds, owners
from bridge.provisioning.link import ensure_user, follow_profile
from bridge.provisioning.look import look_at_memberships, user_is_gone
from bridge.provisioning.places import Places, block, unblocked
from bridge.provisioning.plan import Step
from bridge.provisioning.run import Run, Stale


@dataclass(frozen=True, slots=True)
class Ruled:
    """What may be done now. `rows` by workspace, as written before the first call; `waits`: some loss is held."""

    steps: Sequence[Step]
    rows: dict[int, Grant]
    waits: bool


async def apply(run: Run, ruled: Ruled, places: Places) -> None:
    """Everything that a ruling lets go. Stale: Clerk had something else, plan again."""
    clerk_user = run.situation.person.clerk_user
    if clerk_user is not None:
        await _open_or_close(run, clerk_user, ruled)
    for step in ruled.steps:
        if not step.is_loss:
            clerk_user = clerk_user or await ensure_user(run)
            await _gain(run, step, ruled.rows[step.workspace], clerk_user, places)
    if clerk_user is None:
        return
    if run.situation.active and run.situation.barrier is None:
        await follow_profile(run, clerk_user)
    left = [step.workspace for step in ruled.steps if step.is_loss and await _lose(run, step, ruled, clerk_user)]
    if run.situation.active:
        await _end_sessions_in(run, clerk_user, left)
    elif not ruled.waits:
        await _deactivate(run, clerk_user)


async def _open_or_close(run: Run, clerk_user: str, ruled: Ruled) -> None:
    person = run.situation.person
    if not run.situation.active:
        if person.signed_out is None and not ruled.waits:
            await _sign_out(run, clerk_user)
        return
    if person.barred is not None:
        await owners.unbar(run, clerk_user, person.barred)
    if person.signed_out is not None:
        await run.record(lambda tx: persons.set_signed_out(tx, run.person, None))


async def _sign_out(run: Run, clerk_user: str) -> None:
    ended = await sessions.live(run.tools.clerk, clerk_user, lane=run.lane)
    for session in ended:
        await sessions.revoke(run.tools.clerk, session.id, lane=run.lane)
    now = run.tools.clock()
    event = run.event("sessions.ended", {"sessions": len(ended), "cause": run.situation.person.cause})
    await run.record(lambda tx: persons.set_signed_out(tx, run.person, now), event=event)


async def _end_sessions_in(run: Run, clerk_user: str, left: Sequence[int]) -> None:
    """Who loses one workspace is signed out where that one was active, and nowhere else."""
    if not left:
        return
    organizations = {run.situation.workspaces[pk].organization for pk in left}
    live = await sessions.live(run.tools.clerk, clerk_user, lane=run.lane)
    ended = [session for session in live if session.organization in organizations]
    for session in ended:
        await sessions.revoke(run.tools.clerk, session.id, lane=run.lane)
    if ended:
        await run.record(event=run.event("sessions.ended", {"sessions": len(ended), "cause": "left the workspace"}))


async def _gain(run: Run, step: Step, row: Grant, clerk_user: str, places: Places) -> None:
    assert step.to_role is not None
    act = memberships.add if step.kind == "add" else memberships.change
    try:
        organization = await places.organization(run, step.workspace)
        made = await act(run.tools.clerk, organization, clerk_user, step.to_role, lane=run.lane)
    except AlreadyMember as error:
        await look_at_memberships(run, clerk_user)
        raise Stale from error
    except Missing as error:
        await _who_is_missing(run, row, clerk_user, error)
        return
    except (Outage, Unknown, KeyRefused):
        raise
    except ClerkError as error:
        await block(run, row, error)
        return
    await _write(run, step, _granted(row, made))
    await unblocked(run, step.workspace)
    if step.to_role == run.tools.settings.bridge.roles["owner"]:
        await owners.owner_arrived(run, step.workspace)


async def _lose(run: Run, step: Step, ruled: Ruled, clerk_user: str) -> bool:
    """True: the person left the workspace."""
    row = ruled.rows[step.workspace]
    if not owners.is_owner_loss(run, step):
        return await _take(run, step, row, clerk_user)
    await owners.take_turn(run, step.workspace)
    try:
        organization = run.situation.workspaces[step.workspace].organization
        assert organization is not None, "a membership has an organization"
        if await owners.others_remain(run, step.workspace, organization, clerk_user):
            return await _take(run, step, row, clerk_user)
        await _retain(run, row, clerk_user, "is the last owner of the workspace")
        return False
    finally:
        await owners.drop_turn(run, step.workspace)


async def _take(run: Run, step: Step, row: Grant, clerk_user: str) -> bool:
    organization = run.situation.workspaces[step.workspace].organization
    assert organization is not None, "a membership has an organization"
    made = None
    try:
        if step.to_role is None:
            await memberships.remove(run.tools.clerk, organization, clerk_user, lane=run.lane)
        else:
            made = await memberships.change(run.tools.clerk, organization, clerk_user, step.to_role, lane=run.lane)
    except LastGovernor as error:
        await _retain(run, row, clerk_user, f"Clerk keeps the last member who can govern the workspace: {error.sentence}")
        return False
    except LastMembership:
        await _retain(run, row, clerk_user, "Clerk lets nobody be without a workspace")
        return False
    except Missing as error:
        await _who_is_missing(run, row, clerk_user, error)
        return False
    except (Outage, Unknown, KeyRefused):
        raise
    except ClerkError as error:
        await block(run, row, error)
        return False
    await _write(run, step, _left(row) if made is None else _granted(row, made))
    await unblocked(run, step.workspace)
    return step.to_role is None


async def _retain(run: Run, row: Grant, clerk_user: str, cause: str) -> None:
    """The membership stays; who is inactive is barred from signing in, and an alarm says so, once."""
    before = next((one for one in run.situation.grants if one.workspace == row.workspace), None)
    kept = replace(row, state=State.RETAINED, cause=cause)
    if before is None or before.state is not State.RETAINED:
        owners.alarm(run, row.workspace)
        facts = {"workspace": run.situation.workspaces[row.workspace].reference, "role": row.in_clerk, "cause": cause}
        await run.record(rows=[kept], event=run.event("membership.retained", facts))
    else:
        await run.record(rows=[kept])
    if not run.situation.active and run.situation.person.barred is None:
        await owners.bar(run, clerk_user)


async def _deactivate(run: Run, clerk_user: str) -> None:
    """`ban`, `lock` and `delete` only where nothing else is left of the person: no foreign membership anywhere."""
    person, leading = run.situation.person, run.situation.leading
    wanted = leading.settings.deactivation if leading and leading.settings else "remove"
    if wanted == "remove" or person.barred is not None:
        return
    try:
        remaining = await memberships.of_user(run.tools.clerk, clerk_user, lane=run.lane)
    except Missing:
        await user_is_gone(run)
        return
    if remaining:
        return
    if wanted == "delete" and person.created_here:
        await users.delete(run.tools.clerk, clerk_user, lane=run.lane)
        event = run.event("clerk.user_deleted", {"clerk_user": clerk_user})
        await run.record(lambda tx: persons.unlink(tx, run.person), event=event)
    elif wanted == "lock":
        await users.lock(run.tools.clerk, clerk_user, lane=run.lane)
        event = run.event("clerk.barred", {"how": "locked"})
        await run.record(lambda tx: persons.set_barred(tx, run.person, "locked"), event=event)
    else:
        await owners.bar(run, clerk_user)


async def _who_is_missing(run: Run, row: Grant, clerk_user: str, error: Missing) -> None:
    """A 404 names nobody: the user, the membership or the organization."""
    if await users.get(run.tools.clerk, clerk_user, lane=run.lane) is None:
        await user_is_gone(run)
        raise Stale from error
    if row.in_clerk is None:
        await block(run, row, error)
        return
    await look_at_memberships(run, clerk_user)
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
    await run.record(
        lambda tx: holds.applied(tx, run.person, [step.workspace]),
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
