"""`inferpipe-bridge explain`: why does this person have these roles, and what if?"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from bridge.answers import imagined
from bridge.answers.explain import Explained
from bridge.answers.explain import explain as explain_person
from bridge.answers.imagined import If
from bridge.answers.whatif import WhatIf, what_if
from bridge.clerk import users
from bridge.clerk.budget import Lane
from bridge.clerk.errors import ClerkError
from bridge.cli import desk, explained
from bridge.cli.clerk import client
from bridge.cli.desk import Desk
from bridge.people import find
from bridge.rulebook import Rulebook
from bridge.rulebook.proposals import Proposal, read_file
from scim.ports import Tx

_CLERK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Answer:
    """One person; `what` only where something was supposed."""

    now: Explained
    what: WhatIf | None

    def as_dict(self) -> dict[str, Any]:
        return {**self.now.as_dict(), "what_if": self.what.as_dict() if self.what else None}


@click.command()
@click.argument("person")
@click.option("--if", "ifs", multiple=True, metavar="WHAT", help='As if: "+group", "-group", "attribute=value"; repeatable.')
@click.option("--file", type=click.Path(path_type=Path), help="As if this mapping file were in service.")
@click.option("--all", "everything", is_flag=True, help="Every rule and limit, not only the nearest misses.")
@desk.as_json
def explain(person: str, ifs: tuple[str, ...], file: Path | None, everything: bool, as_json: bool) -> None:
    """Why PERSON (an e-mail address, a user name or an id) has these roles: every fact, rule, limit and state behind them.

    With --if or --file: what would change for them, and why. Nothing is changed. "acme-okta:+group" supposes it for the
    account in one connection alone.
    """

    async def work(at: Desk) -> tuple[list[Answer], list[str]]:
        supposed, proposal = [imagined.read(one, at.settings) for one in ifs], _proposal(at, file)
        answers = await at.database.read(lambda tx: _answers(tx, at, person, supposed, proposal))
        plain = not as_json and not supposed and proposal is None
        return answers, [await _signed_in(at, one.now) if plain else "" for one in answers]

    answers, signed_in = desk.at_desk(work)
    if as_json:
        desk.print_json({"people": [one.as_dict() for one in answers]})
        return
    if len(answers) > 1:
        click.echo(f"{person} is {len(answers)} people here.\n")
    blocks = [_text(one, seen, everything) for one, seen in zip(answers, signed_in, strict=True)]
    click.echo("\n\n".join("\n".join(lines) for lines in blocks))


def _answers(tx: Tx, at: Desk, person: str, ifs: Sequence[If], file: Proposal | None) -> list[Answer]:
    """Everybody who may be meant, in one snapshot."""
    rulebook, now, found = Rulebook(at.settings.connections), at.now(), list[Answer]()
    for one in find.meant(tx, person):
        before = explain_person(tx, at.settings, rulebook, one.pk, now=now)
        assert before is not None, "whoever is found is there in the same snapshot"
        asked = bool(ifs) or file is not None
        found.append(
            Answer(before, what_if(tx, at.settings, rulebook, one.pk, before, ifs, file, now=now) if asked else None)
        )
    return found


def _text(answer: Answer, signed_in: str, everything: bool) -> list[str]:
    if answer.what is not None:
        return explained.then(answer.now, answer.what, everything)
    return explained.now(answer.now, signed_in, everything)


def _proposal(at: Desk, file: Path | None) -> Proposal | None:
    """A file that could be taken; else its problems are printed, and that is all."""
    if file is None:
        return None
    proposal = read_file(at.settings, file)
    if not proposal.checked.ok:
        for problem in proposal.checked.problems:
            click.echo(str(problem), err=True)
        raise click.ClickException(f"{file} has errors, so it could not be in service.")
    return proposal


async def _signed_in(at: Desk, found: Explained) -> str:
    """When they last signed in, in words. Clerk may be away: then there are none."""
    clerk_user = found.person["clerk_user"]
    if not clerk_user:
        return ""
    try:
        async with client.opened(at.settings) as api, asyncio.timeout(_CLERK_SECONDS):
            user = await users.get(api, clerk_user, lane=Lane.NORMAL)
    except (ClerkError, TimeoutError):
        return ""
    return f"last sign-in {_ago(at.now() - user.last_sign_in_at)}" if user and user.last_sign_in_at else ""


def _ago(milliseconds: int) -> str:
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("min", 60_000)):
        if milliseconds >= size:
            return f"{milliseconds // size} {unit} ago"
    return "just now"
