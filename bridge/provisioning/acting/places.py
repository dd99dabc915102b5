"""The organization behind a workspace: looked up or made once, then pinned; what Clerk refuses blocks only it (rule R10)."""

import asyncio
from dataclasses import replace

import structlog

from bridge.clerk import organizations
from bridge.clerk.errors import ClerkError, Missing, NotNow
from bridge.dirty import persons as marks
from bridge.people import grants, workspaces
from bridge.people.grant import Grant, State
from bridge.people.workspaces import MISSING, Reference, Workspace
from bridge.provisioning.acting.run import Run
from bridge.provisioning.acting.turn import turn
from scim.ports import Tx

log = structlog.get_logger()


class WorkspaceMissing(ClerkError):
    """What an id or slug in a connection file names does not exist at Clerk, or was deleted there."""


class TooManyWorkspaces(ClerkError):
    """The ``"*"`` of a connection file has made as many workspaces as it may."""


class StillBlocked(ClerkError):
    """Somebody else tries this workspace for this minute."""


class Places:
    """One look-up or create at a time per workspace: those of this process wait, those of others are Busy."""

    def __init__(self) -> None:
        self._locks: dict[int, asyncio.Lock] = {}

    async def organization(self, run: Run, pk: int) -> str:
        """Clerk's id of a workspace; StillBlocked, WorkspaceMissing or Clerk's own refusal where there is none to be had."""
        known = run.situation.workspaces[pk]
        await may_try(run, pk)
        if known.organization is not None:
            return known.organization
        async with self._locks.setdefault(pk, asyncio.Lock()):
            found = (await _fresh(run, known)).organization
            if found is not None:
                return found
            async with turn(run, pk):  # another replica lets somebody in at this moment
                fresh = await _fresh(run, known)
                return fresh.organization or await self._resolve(run, fresh)

    async def _resolve(self, run: Run, workspace: Workspace) -> str:
        named = run.situation.reference(workspace)
        if named is not None and named.create is not None:
            found = await _found_or_made(run, workspace, named)
        else:
            existing = await organizations.get(run.tools.clerk, workspace.reference, lane=run.lane)
            if existing is None:
                raise WorkspaceMissing("workspace_missing", f"Clerk has no organization {workspace.reference}.")
            found = existing
        event = run.event("workspace.resolved", {"organization": found.id, "name": found.name}, subject=workspace.reference)
        await run.record(lambda tx: workspaces.pin(tx, workspace.pk, found.id), event=event)
        return found.id


async def _fresh(run: Run, known: Workspace) -> Workspace:
    """As it is by now."""
    fresh = await run.tools.database.point(lambda tx: workspaces.by_reference(tx, run.tools.instance, known.reference))
    assert fresh is not None, "nobody deletes a workspace"
    return fresh


async def may_try(run: Run, pk: int) -> None:
    """Whoever comes first after a block's minute tries; StillBlocked for everybody else."""
    known, now = run.situation.workspaces[pk], run.tools.clock()
    if known.blocked_code is None:
        return
    if not await run.tools.database.write(lambda tx: workspaces.take_probe(tx, pk, now=now)):
        raise StillBlocked(known.blocked_code or "", known.blocked_sentence or "")


async def _found_or_made(run: Run, workspace: Workspace, named: Reference) -> organizations.Organization:
    """Looked for first: a crash came before the pin, or a database was lost."""
    assert named.create is not None
    await _take_place(run, workspace, named)
    found = await organizations.find(run.tools.clerk, named.create, workspace.reference, lane=run.lane)
    if found is not None:
        return found
    try:
        customer, alias = _named_by(run, workspace)
        api, reference = run.tools.clerk, workspace.reference
        return await organizations.create(api, named.create, reference, customer=customer, alias=alias, lane=run.lane)
    except NotNow:
        raise
    except ClerkError:
        await run.record(lambda tx: workspaces.set_creating(tx, workspace.pk, creating=False))
        raise


async def _take_place(run: Run, workspace: Workspace, named: Reference) -> None:
    """A ``"*"`` makes so many workspaces and no more: a group name is no blank cheque."""
    family, at_most, instance = named.family, named.at_most, run.tools.instance
    if family is None or at_most is None:
        await run.record(lambda tx: workspaces.set_creating(tx, workspace.pk))
        return
    made = await run.decide(lambda tx: workspaces.take_place(tx, workspace.pk, instance, family, at_most))
    if made is not None:
        sentence = f'{made} workspaces were made by "*" and its at_most is {at_most}; {named.create} is not made.'
        raise TooManyWorkspaces("too_many_workspaces", sentence)


def _named_by(run: Run, workspace: Workspace) -> tuple[str, str]:
    """The customer whose file names it, and by which alias."""
    for known in run.situation.known:
        for alias in (*known.references, *(known.decision.grants if known.decision else ())):
            found = known.reference(alias)
            if known.settings is not None and found is not None and found.key == workspace.reference:
                return known.settings.customer, alias
    return "", ""


async def block(run: Run, row: Grant, error: ClerkError) -> None:
    """Nobody tries this workspace for a minute; its people are told why, everything else of theirs goes on."""
    now, pk = run.tools.clock(), row.workspace
    if isinstance(error, StillBlocked):
        await run.record(rows=[replace(row, state=State.BLOCKED, cause=error.sentence)])
        return
    known = run.situation.workspaces[pk]
    code, sentence = _why(known, error)
    blocked = replace(row, state=State.BLOCKED, cause=sentence)
    event = None
    if (code, sentence) != (known.blocked_code, known.blocked_sentence):  # said once, not each minute
        log.warning("workspace blocked", workspace=known.reference, code=code, sentence=sentence)
        event = run.event("workspace.blocked", {"code": code, "sentence": sentence}, subject=known.reference)
    await run.record(lambda tx: workspaces.block(tx, pk, code, sentence, now=now), rows=[blocked], event=event)


def _why(known: Workspace, error: ClerkError) -> tuple[str, str]:
    """Clerk's own words, but for an organization that was there and isn't any more."""
    if isinstance(error, Missing) and known.organization is not None:
        return MISSING, workspaces.gone_sentence(known.organization)
    return error.code, error.sentence


async def unblocked(run: Run, pk: int) -> None:
    """Clerk took a call for a workspace that was blocked: everybody who waits for it is due."""
    known, now = run.situation.workspaces[pk], run.tools.clock()
    if known.blocked_code is None:
        return

    def work(tx: Tx) -> None:
        if workspaces.unblock(tx, pk, now=now):
            waiting = [person for person in grants.blocked_in(tx, pk) if person != run.person]
            marks.mark(tx, waiting, now=now, cause="the workspace is open again")

    await run.record(work, event=run.event("workspace.unblocked", {}, subject=known.reference))
