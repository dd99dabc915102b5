"""Organizations that are told to be deleted: Clerk is asked, and if it is so, everybody's membership went with them.

Known before their members' events are judged, so that the end of a thousand memberships costs one call.
"""

import structlog
from sqlalchemy import text

from bridge.clerk import organizations
from bridge.clerk.budget import Lane
from bridge.clerk.errors import ClerkError, NotNow
from bridge.people import workspaces
from bridge.provisioning.sweep import gone
from bridge.provisioning.tools import Tools
from scim.ports import Tx

_TOLD = text(
    """SELECT DISTINCT workspace.organization AS organization FROM clerk_event JOIN workspace
      ON workspace.organization = clerk_event.organization AND workspace.clerk_instance = clerk_event.clerk_instance
    WHERE clerk_event.clerk_instance = :instance AND clerk_event.done IS NULL AND clerk_event.type = 'organization.deleted'
    ORDER BY 1"""
)
log = structlog.get_logger()


async def asked(tools: Tools) -> frozenset[str]:
    """Those of ours that are told to be deleted, and Clerk's answer about each is written. Where it gave none: later."""
    told = await tools.database.read(lambda tx: [row["organization"] for row in tx.all(_TOLD, instance=tools.instance)])
    answered = set()
    for one in told:
        try:
            there = await organizations.get(tools.clerk, one, lane=Lane.NORMAL)
        except NotNow:
            break  # the next one would be no other's, and events wait behind this
        except ClerkError as error:
            log.warning("whether an organization was deleted is asked again", organization=one, code=error.code)
            continue
        if there is None:
            await tools.database.write(lambda tx, one=one: _gone(tx, tools, one))  # type: ignore[misc]
        answered.add(one)
    return frozenset(answered)


def _gone(tx: Tx, tools: Tools, organization: str) -> None:
    for workspace in workspaces.all_of(tx, tools.instance).values():
        if workspace.organization == organization:
            gone(tx, workspace, now=tools.clock(), actor="webhook")
