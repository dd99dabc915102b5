"""What else ends when somebody leaves: sessions, and with `ban`, `lock` or `delete` the Clerk user (rule R7)."""

from bridge.clerk import memberships, sessions, tickets, users
from bridge.clerk.errors import Missing
from bridge.people import persons
from bridge.people import tickets as ours
from bridge.provisioning.acting import owners
from bridge.provisioning.acting.look import user_is_gone
from bridge.provisioning.acting.run import Run
from bridge.provisioning.plan import Step
from bridge.provisioning.sessions import due


async def sign_out(run: Run, clerk_user: str) -> None:
    """Every session of somebody who is inactive, unless the operator's `end_on` says otherwise. A ticket that is still good
    is taken back first: it could open one yet."""
    if "deactivated" not in _ends_on(run):
        return
    now = run.tools.clock()
    for ticket in await run.tools.database.point(lambda tx: ours.unspent(tx, run.person, now=now)):
        await tickets.revoke(run.tools.clerk, ticket, lane=run.lane)
    ended = await sessions.live(run.tools.clerk, clerk_user, lane=run.lane)
    for session in ended:
        await sessions.revoke(run.tools.clerk, session.id, lane=run.lane)
    event = run.event("sessions.ended", {"sessions": len(ended), "cause": run.situation.person.cause})
    await run.record(lambda tx: persons.signed_out_as(tx, run.person, now, run.claim.wanted), event=event)


async def end_sessions_in(run: Run, clerk_user: str, step: Step) -> None:
    """Who is about to lose one workspace, or a role there, is signed out where that one is active, and nowhere else.

    Before the loss: whoever dies after it, or finds Clerk gone, would have nothing left that tells of these sessions.
    """
    if ("removed" if step.to_role is None else "lowered") not in _ends_on(run):
        return
    organization = run.situation.workspaces[step.workspace].organization
    live = await sessions.live(run.tools.clerk, clerk_user, lane=run.lane)
    ended = [session for session in live if session.organization == organization]
    for session in ended:
        await sessions.revoke(run.tools.clerk, session.id, lane=run.lane)
    if ended:
        ids = [session.id for session in ended]
        event = run.event("sessions.ended", {"sessions": len(ended), "cause": "lost the workspace"})
        await run.record(lambda tx: due.ended(tx, run.person, ids), event=event)


def _ends_on(run: Run) -> tuple[str, ...]:
    leading = run.situation.leading
    return leading.settings.end_on if leading and leading.settings else ("deactivated", "removed")


async def deactivate(run: Run, clerk_user: str) -> None:
    """`ban`, `lock` and `delete` only where nothing else is left of the person: no foreign membership anywhere."""
    person, leading = run.situation.person, run.situation.leading
    wanted = leading.settings.deactivation if leading and leading.settings else "remove"
    if wanted == "remove" or person.is_barred:
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
        await owners.lock(run, clerk_user)
    else:
        await owners.ban(run, clerk_user)
