"""`inferpipe-bridge preview`: the command; `text` and `markdown` are its answers for people."""

import asyncio
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import click
import orjson

from bridge import memory
from bridge.answers.preview import Governors, Preview, nobody_asked
from bridge.answers.preview import preview as make
from bridge.clerk import memberships
from bridge.clerk.api import Api
from bridge.clerk.budget import Lane
from bridge.clerk.errors import ClerkError
from bridge.cli import desk
from bridge.cli.clerk import client
from bridge.cli.desk import Desk
from bridge.cli.preview import markdown
from bridge.cli.preview import text as plain
from bridge.clock import epoch_ms
from bridge.errors import BridgeError
from bridge.people import accounts
from bridge.provisioning.tools import View
from bridge.rulebook import Rulebook
from bridge.rulebook.proposals import Proposal, read_file

_CLERK_SECONDS = 5.0


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--all", "everybody", is_flag=True, help="Name every person, not the first of each cause.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print Markdown, for a pull request.")
@click.option("--offline", is_flag=True, help="Don't ask Clerk who governs a workspace that loses an owner or admin.")
@desk.as_json
def preview(file: Path, everybody: bool, as_markdown: bool, offline: bool, as_json: bool) -> None:
    """What mapping FILE would change for every person if it were in service now. Changes nothing.

    Exit code 1: the file has errors, and says which.
    """

    async def work(at: Desk) -> Preview:
        proposal = _sound(read_file(at.settings, file))
        view = View(database=at.database, settings=at.settings, rulebook=Rulebook(at.settings.connections), clock=epoch_ms)
        people = await at.database.read(lambda tx: accounts.count_of(tx, proposal.connection))
        roles = [at.settings.bridge.roles[word] for word in ("owner", "admin")]
        async with client.opened(at.settings) as api:
            asking: Governors = nobody_asked if offline else partial(_governors, api, roles)
            with memory.growing(), desk.progress("looking at everybody", people) as on_page:
                return await make(view, proposal, governors=asking, on_page=on_page)

    found = desk.at_desk(work)
    if as_json:
        for piece in _json(found):
            click.echo(piece, nl=False)
    else:
        click.echo("\n".join((markdown if as_markdown else plain).lines(found, everybody=everybody)))


def _sound(proposal: Proposal) -> Proposal:
    if not proposal.checked.ok:
        problems = "\n".join(str(one) for one in proposal.checked.problems if one.severity == "error")
        raise BridgeError("mapping_refused", f"The file can't be taken into service, so it has no preview:\n{problems}")
    return proposal


async def _governors(api: Api, roles: Sequence[str], organization: str) -> dict[str, str] | None:
    try:
        async with asyncio.timeout(_CLERK_SECONDS):
            found = [await memberships.with_role(api, organization, role, lane=Lane.NORMAL) for role in roles]
    except (ClerkError, TimeoutError):
        return None
    return {one.user: one.role for several in found for one in several if not one.banned}


def _json(found: Preview) -> Iterator[str]:
    """Person by person, because they may be a hundred thousand."""
    head = orjson.dumps(found.head(), option=orjson.OPT_INDENT_2).decode()
    yield head.removesuffix("\n}") + ',\n  "affected": ['
    for place, one in enumerate(found.affected):
        yield (",\n    " if place else "\n    ") + orjson.dumps(one.as_dict()).decode()
    yield "\n  ]\n}\n"
