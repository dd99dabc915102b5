"""`inferpipe-bridge sessions`: where somebody is signed in, and the end of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click

from bridge.answers.signed_in import SignedIn, signed_in
from bridge.cli import desk
from bridge.cli.clerk import client
from bridge.cli.desk import Desk
from bridge.counted import many
from bridge.errors import BridgeError
from bridge.provisioning.sessions import by_hand

_BY = {"max_age": "max_age", "idle": "idle, unless used", "clerk": "by Clerk", "idp": "by the IdP", "logout": "signed out"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What there was, and what of it was ended."""

    found: Sequence[SignedIn]
    ended: Sequence[str]

    def as_dict(self, person: str) -> dict[str, Any]:
        return {"person": person, "sessions": [one.as_dict() for one in self.found], "revoked": list(self.ended)}


@click.command()
@click.argument("person")
@click.option("--revoke", "ids", multiple=True, metavar="ID", help="End this session; repeatable.")
@click.option("--revoke-all", "everything", is_flag=True, help="End all of them.")
@desk.as_json
def sessions(person: str, ids: tuple[str, ...], everything: bool, as_json: bool) -> None:
    """Where PERSON is signed in, asked of Clerk: browser, place, address, workspace, and when it ends by the rules. Ended
    sessions can be begun again: `revoke` takes everything away.
    """
    if ids and everything:
        raise click.UsageError("--revoke and --revoke-all: say one of them")

    async def work(at: Desk) -> Answer:
        pk = await at.one_person(person)
        async with client.opened(at.settings) as api:
            who, found = await signed_in(at.database, at.settings, api, pk, now=at.now())
            chosen = [one.session.id for one in found] if everything else _among(found, ids, person)
            return Answer(found, await by_hand.end(at.database, api, who, chosen, now=at.now(), actor=at.actor))

    answer = desk.at_desk(work)
    if as_json:
        desk.print_json(answer.as_dict(person))
    elif ids or everything:
        click.echo(f"{many(len(answer.ended), 'session')} ended. What a browser holds already is good for another minute.")
    else:
        click.echo("\n".join(_lines(answer.found)) if answer.found else f"{person} is signed in nowhere.")


def _among(found: Sequence[SignedIn], ids: Sequence[str], person: str) -> list[str]:
    missing = sorted(set(ids) - {one.session.id for one in found})
    if missing:
        hint = f"`inferpipe-bridge sessions {person}` lists what there is."
        raise BridgeError("session_unknown", f"{person} has no live session {missing[0]}.", hint=hint)
    return list(ids)


def _lines(found: Sequence[SignedIn]) -> list[str]:
    rows = [("session", "browser", "place", "address", "since", "last seen", "workspace", "through", "ends")]
    return desk.columns([*rows, *map(_row, found)], indent="")


def _row(one: SignedIn) -> tuple[str, ...]:
    device, session = one.session.device, one.session
    return (
        session.id,
        " ".join(filter(None, (device.browser, device.version, "(mobile)" if device.mobile else ""))) or "?",
        ", ".join(filter(None, (device.city, device.country))) or "?",
        device.address or "?",
        desk.clock_of(session.created),
        desk.clock_of(session.active),
        one.workspace or "-",
        {None: "too old to tell", "": "not through us"}.get(one.through, one.through or ""),
        f"{desk.clock_of(one.ends)} ({_BY[one.ends_by]})",
    )
