"""`inferpipe-bridge clerk doctor`: what is wrong with the instance, and what has to be looked at by hand."""

import click

from bridge.cli import desk, findings
from bridge.cli.clerk import client
from bridge.cli.desk import Desk
from bridge.instance import reading
from bridge.instance.checks import judge
from bridge.instance.look import Look
from bridge.instance.wanted import wanted


@click.command()
@click.option("--session", metavar="SESSION", help="A live session (sess_…): mint its tokens, and judge what is in them.")
@desk.as_json
def doctor(session: str | None, as_json: bool) -> None:
    """Look at the Clerk instance and say what is wrong: keys, limits, roles, tokens, webhooks, side doors.

    Changes nothing. Each line names its check, what was found and what to do; what Clerk's Backend API doesn't show is
    listed with where to look in its dashboard. Exit code 1: there is a problem.
    """

    async def work(at: Desk) -> Look:
        async with client.opened(at.settings) as api:
            goal = wanted(at.settings.bridge.roles)
            return await reading.look(api, at.database, at.settings, goal, now=at.now(), session=session)

    findings.tell(judge(desk.at_desk(work)), as_json)
