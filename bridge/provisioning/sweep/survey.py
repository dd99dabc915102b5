"""Read a workspace at Clerk in pages of 500, and compare it with our rows: the one way for the sweep and for ``drift``.

A page that shifts while others are read hides somebody. So who is expected and was not seen is asked for by name, and
whoever was worked on meanwhile is not compared at all.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass

from bridge.clerk import memberships, organizations, users
from bridge.clerk.api import Api
from bridge.clerk.budget import Lane
from bridge.clerk.errors import Missing
from bridge.clerk.memberships import Membership
from bridge.clerk.organizations import Organization
from bridge.people import workspaces
from bridge.people.grant import State
from bridge.people.workspaces import Workspace
from bridge.provisioning.situation import role_keys
from bridge.provisioning.sweep import believed
from bridge.provisioning.sweep.believed import Believed, Known
from bridge.provisioning.sweep.compare import Difference, Scene, compare
from bridge.provisioning.tools import View
from bridge.settings import Settings
from scim.ports import Tx


@dataclass(frozen=True, slots=True)
class Surveyed:
    """One workspace. `organization` None: it is not at Clerk any more. `members` at Clerk, `ours` of them.

    `busy`: people who were not compared, because somebody is at work on them. `stuck`: people who wait for a block that is
    over.
    """

    workspace: Workspace
    organization: Organization | None
    members: int = 0
    ours: int = 0
    busy: int = 0
    differences: tuple[Difference, ...] = ()
    stuck: tuple[int, ...] = ()


async def survey(view: View, api: Api, places: Sequence[Workspace], *, lane: Lane) -> AsyncGenerator[Surveyed, None]:
    """Each of these workspaces that is pinned, one after the other."""
    pinned = [(one.organization, one) for one in places if one.organization is not None]
    there = await organizations.some(api, sorted({id for id, _ in pinned}), lane=lane)
    for id, workspace in pinned:
        found = there.get(id) or await organizations.get(api, id, lane=lane)
        try:
            yield await _one(view, api, workspace, found, lane) if found else Surveyed(workspace, None)
        except Missing:  # deleted since
            yield Surveyed(workspace, None)


async def _one(view: View, api: Api, workspace: Workspace, organization: Organization, lane: Lane) -> Surveyed:
    pk, began = workspace.pk, view.clock()
    before = await view.database.read(lambda tx: believed.rows(tx, pk, now=began))
    seen = await _members(api, organization.id, before, lane)
    now = view.clock()
    after, linked, elsewhere = await view.database.read(lambda tx: _again(tx, view.instance, workspace, seen, now))
    rows, strangers = _rested(before, after, linked)
    busy = ({one.known.user for one in after} | linked.keys()) - {one.known.user for one in rows} - strangers.keys()
    absent = sorted({one.known.user for one in rows if one.row.in_clerk and one.known.user} - seen.keys())
    gone = await _gone(api, absent, lane)
    scene = Scene(pk, role_keys(view.settings), reach(view.settings, workspace), gone, now)
    compared = {user: member for user, member in seen.items() if user not in busy | elsewhere}
    return Surveyed(
        workspace,
        organization,
        members=len(seen),
        ours=sum(one.row.ours and one.known.user in seen for one in after),
        busy=len(after) - len(rows) + len(linked) - len(strangers),
        differences=tuple(compare(rows, compared, strangers, scene)),
        stuck=tuple(one.known.pk for one in rows if one.row.state is State.BLOCKED and workspace.blocked_code is None),
    )


def _again(
    tx: Tx, instance: str, workspace: Workspace, seen: Mapping[str, Membership], now: int
) -> tuple[list[Believed], dict[str, Known], frozenset[str]]:
    """The rows once more; who of those that Clerk shows beside them is a person of ours; and whose rows are another
    workspace's of the same organization: one file may name it by its slug, another by its id."""
    rows = believed.rows(tx, workspace.pk, now=now)
    others = [one.pk for one in workspaces.all_of(tx, instance).values() if one.organization == workspace.organization]
    theirs = {row.known.user for pk in others if pk != workspace.pk for row in believed.rows(tx, pk, now=now)}
    beside = seen.keys() - {one.known.user for one in rows}
    linked = believed.linked(tx, instance, sorted(beside - theirs), now=now)
    return rows, linked, frozenset(user for user in beside & theirs if user)


def _rested(
    before: Sequence[Believed], after: Sequence[Believed], linked: Mapping[str, Known]
) -> tuple[list[Believed], dict[str, Known]]:
    """Those of both whom nobody has worked on all the time."""
    numbers, had = believed.rested(before), {one.known.pk for one in before}
    rows = [one for one in after if numbers.get(one.known.pk, -1) == one.known.wanted]
    return rows, {user: one for user, one in linked.items() if one.wanted is not None and one.pk not in had}


async def _members(api: Api, organization: str, rows: Sequence[Believed], lane: Lane) -> dict[str, Membership]:
    seen = {one.user: one for one in await memberships.everybody(api, organization, lane=lane)}
    expected = {one.known.user for one in rows if one.row.in_clerk is not None and one.known.user is not None}
    hidden = await memberships.among(api, organization, sorted(expected - seen.keys()), lane=lane)
    return seen | {one.user: one for one in hidden}


async def _gone(api: Api, ids: Sequence[str], lane: Lane) -> frozenset[str]:
    """Those of these users that Clerk has no more."""
    return frozenset(ids) - {user.id for user in await users.by_ids(api, ids, lane=lane)}


def reach(settings: Settings, workspace: Workspace) -> frozenset[str]:
    """The connections whose files list a workspace."""
    return frozenset(
        name
        for name, connection in settings.connections.items()
        for alias in connection.workspaces
        if (found := workspaces.reference(connection, alias)) is not None and found.key == workspace.reference
    )
