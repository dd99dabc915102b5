"""`inferpipe-bridge who`: an access review of one workspace."""

import click

from bridge.answers.access import Access
from bridge.answers.access import who as who_has
from bridge.cli import desk
from bridge.cli.desk import Desk


@click.command()
@click.argument("workspace")
@desk.as_json
def who(workspace: str, as_json: bool) -> None:
    """Who has access to WORKSPACE (an alias or an organization id), with which role, and why."""

    async def work(at: Desk) -> list[Access]:
        return await at.database.read(lambda tx: who_has(tx, at.settings, "main", workspace))

    found = desk.at_desk(work)
    if as_json:
        desk.print_json({"workspace": workspace, "people": [one.as_dict() for one in found]})
        return
    rows = [("person", "from", "role", "decided", "state", "since", "why")]
    rows += [
        (
            one.email or one.display or "?",
            ", ".join(one.connections),
            one.role or "-",
            one.decided or "-",
            one.state,
            desk.clock_of(one.since),
            "; ".join(one.because) or one.cause or "",
        )
        for one in found
    ]
    click.echo("\n".join(desk.columns(rows, indent="")) if found else "Nobody.")
