"""`inferpipe-bridge plan`: what would change in Clerk now."""

import click
from sqlalchemy import text

from bridge import memory
from bridge.answers.report import Report, report
from bridge.cli import desk
from bridge.cli.desk import Desk
from bridge.clock import epoch_ms
from bridge.counted import many, people
from bridge.provisioning.tools import View
from bridge.rulebook import Rulebook

_COUNT = text("SELECT count(*) AS n FROM person")


@click.command()
@desk.as_json
def plan(as_json: bool) -> None:
    """What would change in Clerk now, person by person, and what is risky about it. Changes nothing."""

    async def work(at: Desk) -> Report:
        view = View(database=at.database, settings=at.settings, rulebook=Rulebook(at.settings.connections), clock=epoch_ms)
        total = await at.database.read(lambda tx: tx.one(_COUNT))
        with memory.growing(), desk.progress("planning", total["n"] if total else 0) as on_page:
            return await report(view, on_page)

    found = desk.at_desk(work)
    if as_json:
        desk.print_json(found.as_dict())
        return
    for risk in found.risks:
        click.echo(f"RISK  {risk}")
    rows = [("person", "workspace", "from", "to", "when", "why")]
    rows += [
        (one.email or one.person, one.workspace, one.from_role or "-", one.to_role or "-", one.when, one.cause)
        for one in found.changes
    ]
    click.echo("\n".join(desk.columns(rows, indent="")) if found.changes else "Nothing: Clerk has what is decided.")
    if found.changes:
        changes, who = many(len(found.changes), "change"), people(len({one.person for one in found.changes}))
        click.echo(f"{changes} for {who}. Nothing has been changed by this command.")
