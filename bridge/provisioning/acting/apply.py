"""Carry out one person's plan in Clerk: sign-out first, then what is gained, the profile, then what is lost.

One call per change; each outcome is written before the next call. Whatever Clerk says against one workspace blocks that
workspace and nothing else; what it says against this person is tried again for this person alone.
"""

from collections.abc import Awaitable

from bridge.clerk import users
from bridge.clerk.errors import Missing
from bridge.people import persons
from bridge.provisioning.acting import invite, leaving, owners, strangers
from bridge.provisioning.acting.gains import gain_all
from bridge.provisioning.acting.look import user_is_gone
from bridge.provisioning.acting.losses import NO_PERSONAL, lose_all
from bridge.provisioning.acting.places import Places
from bridge.provisioning.acting.profile import follow_profile
from bridge.provisioning.acting.refused import Refusals
from bridge.provisioning.acting.ruled import Ruled
from bridge.provisioning.acting.run import Run, Stale


async def apply(run: Run, ruled: Ruled, places: Places) -> None:
    """Everything that a ruling lets go. Stale: Clerk had something else, plan again. Refused: all but this is done."""
    refused, clerk_user = Refusals(), run.situation.person.clerk_user
    if clerk_user is not None:
        await _of_user(run, clerk_user, refused, _open_or_close(run, clerk_user, ruled))
    else:
        await strangers.look_once(run)
    clerk_user = await gain_all(run, ruled, places, refused)
    if clerk_user is not None and run.situation.active and run.situation.barrier is None:
        await _of_user(run, clerk_user, refused, follow_profile(run, clerk_user, refused))
    await lose_all(run, ruled, refused)
    if clerk_user is not None and not (run.situation.active or ruled.waits) and run.situation.touched:
        await _of_user(run, clerk_user, refused, leaving.deactivate(run, clerk_user))
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


def _stays_barred(ruled: Ruled) -> bool:
    """Nothing is decided, and Clerk keeps the last membership of somebody who should have none."""
    rows = ruled.rows.values()
    return not any(row.decided for row in rows) and any(row.cause == NO_PERSONAL for row in rows)
