"""Look in Clerk and believe what is there: after a crash, a lost answer, or linking somebody who was there before."""

from collections.abc import Iterator, Sequence

from bridge.audit import events
from bridge.clerk import memberships, users
from bridge.clerk.errors import Missing
from bridge.clerk.memberships import Membership
from bridge.people import grants, persons, workspaces
from bridge.people.grant import Grant
from bridge.provisioning.acting.guests import look_at_invitations
from bridge.provisioning.acting.run import Run
from bridge.provisioning.observed import observed
from bridge.provisioning.situation import role_keys
from scim.ports import Tx


async def look(run: Run) -> None:
    """Correct the person's link and rows by what Clerk has, perhaps from a call of ours whose answer was lost."""
    clerk_user = run.situation.person.clerk_user or await _found_by_our_id(run)
    if clerk_user is not None:
        await look_at_memberships(run, clerk_user)
    await look_at_invitations(run)


async def look_at_memberships(run: Run, clerk_user: str) -> None:
    """Every membership of the user, in workspaces we know; the user's absence is a fact, too."""
    try:
        found = await memberships.of_user(run.tools.clerk, clerk_user, lane=run.lane)
    except Missing:
        await user_is_gone(run)
        return
    await believe(run, found)


async def believe(run: Run, found: Sequence[Membership]) -> None:
    """These are all the memberships that the person has."""
    by_organization = {one.organization: run.seen(one) for one in found}
    ranks, now = role_keys(run.tools.settings), run.tools.clock()
    keys = [item.key for item in run.situation.listed]  # some may have got their row since this run began

    def correct(tx: Tx) -> None:
        places = workspaces.some(tx, run.tools.instance, keys, list(run.situation.workspaces))
        seen = {pk: by_organization[one.organization] for pk, one in places.items() if one.organization in by_organization}
        theirs = [row for row in _believed(tx, run) if not run.situation.joined(row.workspace)]
        rows = observed(theirs, seen, ranks, now=now)
        if rows:
            grants.put(tx, run.person, rows)
            shown = [{"workspace": row.workspace, "in_clerk": row.in_clerk, "cause": row.cause} for row in rows]
            events.record(tx, run.event("clerk.observed", {"rows": shown}))

    await run.record(correct)


def _believed(tx: Tx, run: Run) -> Iterator[Grant]:
    """The rows as they were read for this run, but for what it has done itself since; what is only planned is no belief."""
    read = {row.workspace: row for row in run.situation.grants}
    for row in grants.of_person(tx, run.person):
        before = read.get(row.workspace)
        done = (row.in_clerk, row.membership) != ((before.in_clerk, before.membership) if before else (None, None))
        if done:
            yield row
        elif before is not None:
            yield before


async def user_is_gone(run: Run) -> None:
    """The Clerk user was deleted: nothing is left of it there, and a new one may be made."""

    def work(tx: Tx) -> None:
        persons.unlink(tx, run.person)
        gone = [row.workspace for row in grants.of_person(tx, run.person) if row.in_clerk is not None]
        for workspace in gone:
            grants.forget(tx, run.person, workspace)
        facts = {"clerk_user": run.situation.person.clerk_user, "memberships": len(gone)}
        events.record(tx, run.event("clerk.user_missing", facts))

    await run.record(work)


async def _found_by_our_id(run: Run) -> str | None:
    """A create whose answer was lost left a user with our external id.

    What Clerk has is noted, not what the directory says by now: so a change that came meanwhile is still made.
    """
    user = await users.by_external_id(run.tools.clerk, run.situation.person.id, lane=run.lane)
    if user is None:
        return None
    await run.record(
        lambda tx: persons.link(
            tx, run.person, user.id, created=True, email=user.primary, names=user.names, locale=user.locale
        ),
        event=run.event("clerk.user_found", {"clerk_user": user.id}),
    )
    return user.id
