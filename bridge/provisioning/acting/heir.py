"""The last resort of a workspace is made its owner before the last one goes, where the operator named one (rule R8).

It is somebody else's person: claimed like by any worker, made a Clerk user if there is none yet, and their row tells what
they are from now on. They stay owner until another one comes, like everybody who is kept as the last.
"""

from dataclasses import replace

import structlog

from bridge.clerk import memberships
from bridge.clerk.errors import ClerkError, Missing, NotNow
from bridge.clerk.memberships import Membership
from bridge.dirty import persons as marks
from bridge.people.grant import Grant, State
from bridge.people.persons import Person
from bridge.provisioning import situation
from bridge.provisioning.acting.link import Conflict, Merged, ensure_user
from bridge.provisioning.acting.run import CLAIM_MS, Busy, Run, Stale
from bridge.provisioning.heirs import last_resort
from bridge.provisioning.situation import Situation
from scim.ports import Tx

PROMOTED = "was made owner as the last resort"
log = structlog.get_logger()


async def promote(run: Run, workspace: int, organization: str, leaver: str) -> bool:
    """Is somebody else owner now? Busy while another worker has them."""
    settings, reference = run.tools.settings, run.situation.workspaces[workspace].reference
    named = await run.tools.database.point(lambda tx: last_resort(tx, settings, reference))
    if named is None or named.clerk_user == leaver or named.pk == run.person:
        return False
    theirs, unknown = await _claimed(run, named), True
    try:
        made = await _made_owner(theirs, workspace, organization)
        unknown = False
    except NotNow:
        raise
    except (ClerkError, Conflict, Merged) as error:
        log.error("the last resort can't become owner", workspace=reference, person=named.id, sentence=str(error))
        made = unknown = False
    finally:
        await _let_go(theirs, unknown=unknown)
    return made


async def _claimed(run: Run, named: Person) -> Run:
    tools, now = run.tools, run.tools.clock()
    claim = await tools.database.write(lambda tx: marks.claim_one(tx, named.pk, tools.holder, now=now, until=now + CLAIM_MS))
    if claim is None:
        raise Busy
    return Run(tools, claim, await _situation(run, named.pk), run.lane)


async def _situation(run: Run, pk: int) -> Situation:
    tools, now = run.tools, run.tools.clock()
    found = await tools.database.read(lambda tx: situation.load(tx, tools.settings, tools.rulebook, pk, now=now))
    assert found is not None, "a claimed person is there"
    return found


async def _made_owner(theirs: Run, workspace: int, organization: str) -> bool:
    """Their Clerk user first, if there was no reason for one yet. False for who may be nothing, or was banned by a hand."""
    if not theirs.situation.active or theirs.situation.barrier is not None:
        return False
    try:
        clerk_user = await ensure_user(theirs)
    except Stale:
        theirs = replace(theirs, situation=await _situation(theirs, theirs.person))
        clerk_user = await ensure_user(theirs)
    made = await _owner(theirs, organization, clerk_user)
    facts = {"promoted": theirs.situation.person.id, "organization": organization}
    row = _promoted(theirs, workspace, made)
    await theirs.record(rows=[row], event=theirs.event("owner.last_resort", facts))
    return not made.banned


async def _owner(theirs: Run, organization: str, clerk_user: str) -> Membership:
    api, role = theirs.tools.clerk, theirs.tools.settings.bridge.roles["owner"]
    try:
        return await memberships.change(api, organization, clerk_user, role, lane=theirs.lane)
    except Missing:
        person = theirs.situation.person.id
        return await memberships.add(api, organization, clerk_user, role, person, lane=theirs.lane)


def _promoted(theirs: Run, workspace: int, made: Membership) -> Grant:
    """What was there before us is kept, to be given back."""
    had = next((row for row in theirs.situation.grants if row.workspace == workspace), None)
    if had is None:
        now, names = theirs.tools.clock(), (theirs.connection,)
        return Grant(workspace, names, None, made.role, made.id, True, None, State.RETAINED, PROMOTED, (), None, now)
    before = had.before if had.ours else had.in_clerk
    return replace(
        had, in_clerk=made.role, membership=made.id, ours=True, before=before, state=State.RETAINED, cause=PROMOTED
    )


async def _let_go(theirs: Run, *, unknown: bool) -> None:
    """They are due: what their own rules say of it is for their own run, which looks first if an answer was lost."""
    tools, now = theirs.tools, theirs.tools.clock()

    def work(tx: Tx) -> None:
        marks.mark(tx, [theirs.person], now=now, cause="the last resort of a workspace")
        marks.release(tx, theirs.claim, not_before=now, unknown=unknown, problem=None)

    await tools.database.write(work)
