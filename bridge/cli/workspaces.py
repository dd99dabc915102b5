"""`inferpipe-bridge workspaces`: which organizations stand for workspaces, and what to do about one that was deleted."""

import click

from bridge.answers import names
from bridge.answers.workspaces import Place, places
from bridge.clerk import organizations
from bridge.clerk.budget import Lane
from bridge.cli import desk
from bridge.cli.clerk import client
from bridge.cli.desk import Desk
from bridge.counted import people
from bridge.errors import BridgeError
from bridge.people.workspaces import Workspace
from bridge.provisioning.actions import forget_workspace


@click.group()
def workspaces() -> None:
    """The workspaces that people were given, and the Clerk organizations that they are pinned to."""


@workspaces.command("list")
@desk.as_json
def list_(as_json: bool) -> None:
    """Every workspace: its organization, how many people of ours are in it, and why it is blocked."""
    found = desk.at_desk(lambda at: at.database.read(lambda tx: places(tx, at.settings, "main")))
    if as_json:
        desk.print_json([one.as_dict() for one in found])
        return
    rows = [("workspace", "connections", "organization", "ours", "left alone", "state")]
    rows += [
        (one.workspace, ", ".join(one.connections), one.organization or "-", str(one.ours), str(one.others), _state(one))
        for one in found
    ]
    click.echo("\n".join(desk.columns(rows, indent="")) if found else "No workspace has been used yet.")


@workspaces.command()
@click.argument("workspace")
@desk.as_json
def forget(workspace: str, as_json: bool) -> None:
    """Let WORKSPACE, whose organization was deleted at Clerk, be made again.

    WORKSPACE is an alias, a reference or an organization id. It is made at the next grant; one that a file names by its slug
    is looked up again. Refused while Clerk has the organization.
    """

    async def work(at: Desk) -> tuple[Workspace, int]:
        found = await at.database.read(lambda tx: names.named(tx, at.settings, "main", workspace))
        if len(found) > 1:
            several = ", ".join(one.reference for one in found)
            raise BridgeError("workspace_ambiguous", f"{workspace} may mean {several}.", hint="Give one of these.")
        await _sure_that_gone(at, found[0])
        return found[0], await forget_workspace(at.database, found[0], now=at.now(), actor=at.actor)

    forgotten, waiting = desk.at_desk(work)
    if as_json:
        desk.print_json({"workspace": forgotten.reference, "organization": forgotten.organization, "people": waiting})
    else:
        click.echo(f"{workspace} is not pinned any more. It concerns {people(waiting)}; the running service does the rest.")


async def _sure_that_gone(at: Desk, one: Workspace) -> None:
    if one.organization is None:
        raise BridgeError("workspace_not_pinned", f"{one.reference} has no organization yet, so there is nothing to forget.")
    if one.organization == one.reference:
        hint = "Write another id, or {create: Name}, into the connection file."
        raise BridgeError(
            "workspace_by_id", f"The connection file names the organization {one.reference} by its id.", hint=hint
        )
    async with client.opened(at.settings) as api:
        there = await organizations.get(api, one.organization, lane=Lane.NORMAL)
    if there is not None:
        hint = "Delete it there first, if that is what you want: everybody in it loses it."
        raise BridgeError("workspace_there", f"Clerk still has {there.name} ({there.id}).", hint=hint)


def _state(one: Place) -> str:
    if one.blocked is not None and one.next_probe is not None:
        when = desk.clock_of(one.next_probe)
        return f"blocked for {people(one.waiting)}, tried again at {when}: {one.sentence} ({one.blocked})"
    return "open" if one.organization else "made or looked up at the first grant"
