"""Somebody leaves to whom no rule ever gave anything: a membership from before us would outlive them (rule R3).

So an inactive person who has no Clerk user of ours is looked for by address, once. Only what the rules govern is taken:
where Clerk has nobody, or somebody without a membership in the connection's workspaces, nothing is linked or ended.
"""

from bridge.clerk import memberships, users
from bridge.clerk.budget import Lane
from bridge.clerk.errors import Missing
from bridge.clerk.users import User
from bridge.people import persons, workspaces
from bridge.people.domains import speaks_for
from bridge.provisioning.acting.link import link, person_of
from bridge.provisioning.acting.look import believe
from bridge.provisioning.acting.run import Run, Stale
from bridge.provisioning.situation import Situation
from bridge.settings import ConnectionSettings, Settings


def unlooked(one: Situation, settings: Settings) -> str | None:
    """PURE. The address under which a leaver must still be looked for."""
    if one.person.clerk_user is not None or one.active or one.person.signed_out is not None:
        return None
    for known in one.known:
        email = known.account.email
        if (
            email is not None
            and _takes(known.settings)
            and speaks_for(settings.connections, known.account.connection, email)
        ):
            return email
    return None


async def look_once(run: Run) -> None:
    """Stale: there is something to be taken, plan again."""
    if run.situation.active:
        if run.situation.person.signed_out is not None:
            await run.record(lambda tx: persons.set_signed_out(tx, run.person, None))
        return
    email = unlooked(run.situation, run.tools.settings)
    if email is None:
        return
    await _know_every_workspace(run)
    user = await _theirs(run, email)
    if user is not None:
        await _link_member(run, user, email)
    now = run.tools.clock()
    await run.record(lambda tx: persons.set_signed_out(tx, run.person, now))


async def _know_every_workspace(run: Run) -> None:
    """Those listed in files, too, in which nobody of ours has been yet."""
    missing = [item for item in run.situation.listed if item.key not in run.situation.places]
    if missing:
        await run.record(lambda tx: workspaces.ensure(tx, run.tools.instance, missing))
        raise Stale


async def _theirs(run: Run, email: str) -> User | None:
    """The Clerk user who proved to own the address, and is no other person of ours."""
    found = await users.by_addresses(run.tools.clerk, [email], lane=Lane.NORMAL)  # a directory may have thousands of them
    for user in found:
        address = user.address(email)
        if address is not None and address.verified:
            other = await run.tools.database.point(lambda tx, user=user: person_of(tx, run.tools.instance, user))  # type: ignore[misc]
            return user if other is None or other.pk == run.person else None
    return None


async def _link_member(run: Run, user: User, email: str) -> None:
    try:
        found = await memberships.of_user(run.tools.clerk, user.id, lane=run.lane)
    except Missing:
        return
    ours = {workspace.organization for workspace in run.situation.workspaces.values()}
    if any(one.organization in ours for one in found):
        await link(run, user, created=False, email=email)
        await believe(run, found)
        raise Stale


def _takes(connection: ConnectionSettings | None) -> bool:
    """Does the connection take memberships from before us away?"""
    if connection is None or connection.mode != "enforce":
        return False
    return any(place.existing == "adopt" for place in connection.workspaces.values())
