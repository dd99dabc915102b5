"""`inferpipe-bridge saml doctor`: why can't they sign in?"""

from collections.abc import Iterator

import click

from bridge.answers.saml.doctor import judge, reading
from bridge.answers.saml.doctor.look import Look
from bridge.answers.saml.trail import Came
from bridge.cli import desk, findings
from bridge.cli.desk import Desk
from bridge.cli.saml.configured import configured, idps_of

_SHOWN = 5


@click.command()
@click.argument("connection")
@desk.as_json
def doctor(connection: str, as_json: bool) -> None:
    """Look at the sign-in of CONNECTION and say what is wrong: addresses, metadata, certificates, clocks, ids, groups.
    Then who signed in last, and who was refused, with the exact reason and what to do.

    Changes nothing. Each line names its check, what was found and what to do. Exit code 1: there is a problem.
    """

    async def work(at: Desk) -> Look:
        configured(at.settings, connection)
        async with idps_of(at) as idps:
            return await reading.look(at.database, at.settings, idps, connection, now=at.now())

    look = desk.at_desk(work)
    more = {
        "sign_ins": [_dict(one, look) for one in look.sign_ins],
        "refusals": [_dict(one, look) for one in look.refusals],
    }
    findings.tell(judge(look), as_json, more=more, after=[*_accepted(look), *_refused(look)])


def _accepted(look: Look) -> Iterator[str]:
    if look.sign_ins:
        yield "last sign-ins"
        rows = [
            (desk.clock_of(one.at), one.who or "?", f"by {one.facts.get('by', '?')}", one.second_factor or "-")
            for one in look.sign_ins
        ]
        yield from desk.columns(rows[:_SHOWN])
        yield ""


def _refused(look: Look) -> Iterator[str]:
    if look.refusals:
        yield "last refusals"
    for one in look.refusals[:_SHOWN]:
        yield f"  {desk.clock_of(one.at)}  {one.who or 'not proved who'}  {one.code}  (request {one.request_id})"
        yield f"         {one.sentence}"
        hint = one.advice(look.here)
        if hint is not None:
            yield f"         {hint}"
    if look.refusals:
        yield ""


def _dict(one: Came, look: Look) -> dict[str, object]:
    return {
        "at": one.at,
        "who": one.who,
        "request_id": one.request_id,
        "code": one.code,
        "sentence": one.sentence,
        "advice": one.advice(look.here),
        "facts": dict(one.facts),
    }
