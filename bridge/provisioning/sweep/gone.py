"""An organization that was deleted at Clerk: everybody's membership went with it, and nobody need be looked at to know.

The workspace is blocked as missing, because its loss was somebody's doing: it is never made again by itself.
"""

from dataclasses import replace

from bridge.audit import events
from bridge.audit.events import Event
from bridge.people import grants, workspaces
from bridge.people.grant import Grant, State
from bridge.people.workspaces import MISSING, Workspace
from scim.ports import Tx


def gone(tx: Tx, workspace: Workspace, *, now: int, actor: str = "system") -> int:
    """Write what that means; returns how many people lost a membership. Twice is as good as once."""
    assert workspace.organization is not None, "only what is pinned can be found missing"
    sentence, lost = workspaces.gone_sentence(workspace.organization), 0
    for person, row in grants.in_workspace(tx, workspace.pk):
        if row.in_clerk is not None or row.state is State.DRIFTED:
            grants.put(tx, person, [_without(row, sentence)])
            lost += row.in_clerk is not None
    workspaces.block(tx, workspace.pk, MISSING, sentence, now=now)
    if lost or workspace.blocked_code != MISSING:
        facts = {"organization": workspace.organization, "memberships": lost}
        events.record(tx, Event("-", now, actor, "workspace.missing", subject=workspace.reference, facts=facts))
    return lost


def _without(row: Grant, sentence: str) -> Grant:
    """Blocked where something is decided; the row goes where nothing is."""
    return replace(
        row, in_clerk=None, membership=None, ours=False, before=None, ending_at=None, state=State.BLOCKED, cause=sentence
    )
