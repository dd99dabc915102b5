"""The organization behind a workspace: looked up or made once, then pinned; what Clerk refuses blocks only it (rule R10)."""

import asyncio
from dataclasses import replace

import structlog

from bridge.clerk import organizations
from bridge.clerk.errors import ClerkError
from bridge.dirty import persons as marks
from bridge.people import grants, workspaces
from bridge.people.grant import Grant, State
from bridge.people.workspaces import Reference, Workspace
from bridge.provisioning.acting.run import Run
from scim.ports import Tx

log = structlog.get_logger()


class WorkspaceMissing(ClerkError):
    """What an id or slug in a connection file names does not exist at Clerk."""


class TooManyWorkspaces(ClerkError):
    """The ``"*"`` of a connection file has made as many workspaces as it may."""


class Places:
    """One look-up or create at a time per workspace."""

    def __init__(self) -> None:
        self._locks: dict[int, asyncio.Lock] = {}

    async def organization(self, run: Run, pk: int) -> str:
        """Clerk's id of a workspace; WorkspaceMissing or Clerk's own refusal where there is none to be had."""
        known = run.situation.workspaces[pk]
        if known.organization is not None:
            return known.organization
        async with self._locks.setdefault(pk, asyncio.Lock()):
            instance, reference = run.tools.instance, known.reference
            fresh = await run.tools.database.point(lambda tx: workspaces.by_reference(tx, instance, reference))
            assert fresh is not None
            return fresh.organization or await self._resolve(run, fresh)

    async def _resolve(self, run: Run, workspace: Workspace) -> str:
        named = run.situation.reference(workspace)
        if named is not None and named.create is not None:
            await _within_limit(run, named)
            found = await self._create(run, workspace, named.create)
        else:
            existing = await organizations.get(run.tools.clerk, workspace.reference, lane=run.lane)
            if existing is None:
                raise WorkspaceMissing("workspace_missing", f"Clerk has no organization {workspace.reference}.")
            found = existing
        event = run.event("workspace.resolved", {"organization": found.id, "name": found.name}, subject=workspace.reference)
        await run.record(lambda tx: workspaces.pin(tx, workspace.pk, found.id), event=event)
        return found.id

    async def _create(self, run: Run, workspace: Workspace, name: str) -> organizations.Organization:
        """After a crash in the middle of a create, look for it first."""
        if workspace.creating:
            found = await organizations.find(run.tools.clerk, name, workspace.reference, lane=run.lane)
            if found is not None:
                return found
        await run.record(lambda tx: workspaces.set_creating(tx, workspace.pk))
        return await organizations.create(run.tools.clerk, name, workspace.reference, lane=run.lane)


async def _within_limit(run: Run, named: Reference) -> None:
    """A ``"*"`` makes so many workspaces and no more: a group name is no blank cheque."""
    family, at_most = named.family, named.at_most
    if family is None or at_most is None:
        return
    made = await run.tools.database.read(lambda tx: workspaces.made_of(tx, run.tools.instance, family))
    if made >= at_most:
        sentence = f'{made} workspaces were made by "*" and its at_most is {at_most}; {named.create} is not made.'
        raise TooManyWorkspaces("too_many_workspaces", sentence)


async def block(run: Run, row: Grant, error: ClerkError) -> None:
    """Nobody tries this workspace for a minute; its people are told why, everything else of theirs goes on."""
    now, pk = run.tools.clock(), row.workspace
    log.warning("workspace blocked", workspace=pk, code=error.code, sentence=error.sentence)
    event = run.event("workspace.blocked", {"code": error.code, "sentence": error.sentence}, subject=str(pk))
    blocked = replace(row, state=State.BLOCKED, cause=error.sentence)
    await run.record(lambda tx: workspaces.block(tx, pk, error.code, error.sentence, now=now), rows=[blocked], event=event)


async def unblocked(run: Run, pk: int) -> None:
    """Clerk took a call for a workspace that was blocked: everybody who waits for it is due."""
    if run.situation.workspaces[pk].blocked_code is None:
        return
    now = run.tools.clock()

    def work(tx: Tx) -> None:
        if workspaces.unblock(tx, pk):
            waiting = [person for person in grants.blocked_in(tx, pk) if person != run.person]
            marks.mark(tx, waiting, now=now, cause="the workspace is open again")

    await run.record(work, event=run.event("workspace.unblocked", {}, subject=str(pk)))
