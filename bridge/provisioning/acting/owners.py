"""A workspace never loses its last owner through us (rule R8): owner losses are serial, each with a fresh count.

Who is banned can't sign in, so doesn't count. The one who stays keeps the membership; somebody inactive is signed out and
barred, and an alarm says so. A new owner makes those who were kept due again.
"""

import structlog

from bridge import metrics
from bridge.clerk import memberships, users
from bridge.clerk.errors import PlanForbids
from bridge.dirty import persons as marks
from bridge.people import grants, persons
from bridge.provisioning.acting.run import Run
from bridge.provisioning.plan import Step
from scim.ports import Tx

BY_OTHERS = "by_others"  # barred by a hand in Clerk before we came to it
log = structlog.get_logger()


def is_owner_loss(run: Run, step: Step) -> bool:
    return step.is_loss and step.from_role == run.tools.settings.bridge.roles["owner"]


async def others_remain(run: Run, organization: str, clerk_user: str) -> bool:
    """Is there an unbanned owner beside this one?"""
    owner = run.tools.settings.bridge.roles["owner"]
    found = await memberships.with_role(run.tools.clerk, organization, owner, lane=run.lane)
    return any(one.user != clerk_user and not one.banned for one in found)


def governs(run: Run, role: str) -> bool:
    """Does a role let somebody else go? Clerk counts admins, too, where there is no owner."""
    return role in {run.tools.settings.bridge.roles["owner"], run.tools.settings.bridge.roles["admin"]}


async def governor_arrived(run: Run, workspace: int) -> None:
    """Somebody can govern the workspace: who was kept as the last one is due."""
    now = run.tools.clock()

    def work(tx: Tx) -> None:
        marks.mark(
            tx, grants.retained_in(tx, workspace, run.person), now=now, cause="somebody else can govern the workspace"
        )

    await run.tools.database.write(work)


def alarm(run: Run, workspace: int) -> None:
    """Somebody was kept because they are the last owner."""
    metrics.last_owner.inc()
    reference = run.situation.workspaces[workspace].reference
    log.error("last owner kept", workspace=reference, person=run.situation.person.id, active=run.situation.active)


async def ban(run: Run, clerk_user: str) -> None:
    """No more sign-in; a lock where the plan has no ban. Who was banned already was so by others, and stays so: hence what
    we are about to do is written first, and a run that dies on the way knows the ban for its own."""
    known = await run.tools.database.point(lambda tx: persons.get(tx, run.person))
    if known is None or known.is_barred:  # in this run, for another workspace
        return
    if known.barred is None:
        user = await users.get(run.tools.clerk, clerk_user, lane=run.lane)
        if user is not None and user.banned:
            await _barred(run, BY_OTHERS)
            return
        await run.record(lambda tx: persons.set_barred(tx, run.person, persons.BANNING))
    try:
        await users.ban(run.tools.clerk, clerk_user, lane=run.lane)
    except PlanForbids:
        log.error("no ban in this plan of Clerk's; the user is only locked", clerk_user=clerk_user)
        await lock(run, clerk_user)
    else:
        await _barred(run, "banned")


async def lock(run: Run, clerk_user: str) -> None:
    """No more sign-in for as long as the instance locks users."""
    await users.lock(run.tools.clerk, clerk_user, lane=run.lane)
    await _barred(run, "locked")


async def unbar(run: Run, clerk_user: str, how: str) -> None:
    """Active again: what we barred, we open."""
    if how != BY_OTHERS:
        undo = users.unlock if how == "locked" else users.unban
        await undo(run.tools.clerk, clerk_user, lane=run.lane)
    await run.record(lambda tx: persons.set_barred(tx, run.person, None), event=run.event("clerk.unbarred", {"was": how}))


async def _barred(run: Run, how: str) -> None:
    await run.record(lambda tx: persons.set_barred(tx, run.person, how), event=run.event("clerk.barred", {"how": how}))
