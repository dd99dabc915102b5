"""`inferpipe-bridge clerk doctor`: what is wrong with the instance, and what has to be looked at by hand."""

from collections import Counter

import click

from bridge.cli import desk
from bridge.cli.clerk import client
from bridge.cli.desk import Desk
from bridge.counted import many
from bridge.instance import reading
from bridge.instance.checks import Answer, judge
from bridge.instance.finding import Verdict
from bridge.instance.look import Look
from bridge.instance.wanted import wanted

_ORDER = (Verdict.PROBLEM, Verdict.WARNING, Verdict.UNSEEN, Verdict.OK, Verdict.BY_HAND)
_COLOURS = {Verdict.PROBLEM: "red", Verdict.WARNING: "yellow", Verdict.UNSEEN: "yellow", Verdict.OK: "green"}


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

    answers = judge(desk.at_desk(work))
    counts = Counter(one.finding.verdict for one in answers)
    if as_json:
        desk.print_json(
            {"counts": {verdict: counts[verdict] for verdict in Verdict}, "checks": [_dict(one) for one in answers]}
        )
    else:
        for verdict in _ORDER:
            _tell(verdict, [one for one in answers if one.finding.verdict is verdict])
        click.echo(", ".join(_counted(verdict, counts[verdict]) for verdict in _ORDER))
    if counts[Verdict.PROBLEM]:
        raise SystemExit(1)


def _counted(verdict: Verdict, count: int) -> str:
    return many(count, verdict) if verdict in (Verdict.PROBLEM, Verdict.WARNING) else f"{count} {verdict}"


def _tell(verdict: Verdict, answers: list[Answer]) -> None:
    for one in answers:
        mark = click.style(f"{verdict:<8}", fg=_COLOURS.get(verdict))
        click.echo(f"{mark} {one.check.name}: {one.finding.sentence}")
        if one.finding.hint:
            click.echo(f"         {one.finding.hint}  [{one.check.page}]")
    if answers:
        click.echo()


def _dict(one: Answer) -> dict[str, str | None]:
    found = one.finding
    return {
        "check": one.check.name,
        "verdict": found.verdict,
        "sentence": found.sentence,
        "hint": found.hint,
        "page": one.check.page,
    }
