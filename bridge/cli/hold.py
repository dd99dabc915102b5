"""`inferpipe-bridge hold`: losses that wait for a human because they are too many."""

from typing import Any

import click

from bridge.answers import names
from bridge.cli import desk
from bridge.cli.desk import Desk
from bridge.counted import people
from bridge.errors import BridgeError
from bridge.people import accounts, workspaces
from bridge.provisioning import holds
from bridge.provisioning.actions import answer_hold
from bridge.provisioning.holds import Hold
from scim.ports import Tx


@click.group()
def hold() -> None:
    """See and answer what the brake holds. Held means: memberships and sessions stay until you answer."""


@hold.command("list")
@desk.as_json
def list_(as_json: bool) -> None:
    """What waits for an answer."""

    async def work(at: Desk) -> list[Hold]:
        return await at.database.read(holds.open_holds)

    found = desk.at_desk(work)
    if as_json:
        desk.print_json([_as_dict(one) for one in found])
        return
    rows = [("hold", "connection", "people", "since", "why")]
    rows += [(one.name, one.connection, str(one.people), desk.clock_of(one.opened), one.cause) for one in found]
    click.echo("\n".join(desk.columns(rows, indent="")) if found else "Nothing is held.")


@hold.command()
@click.argument("id")
@desk.as_json
def show(id: str, as_json: bool) -> None:
    """Who would lose what in the hold ID, such as h7."""

    async def work(at: Desk) -> tuple[Any, list[dict[str, Any]]]:
        return await at.database.read(lambda tx: _show(tx, at, _number(id)))

    found, rows = desk.at_desk(work)
    if as_json:
        desk.print_json({"hold": id, "connection": found["connection"], "cause": found["cause"], "rows": rows})
        return
    click.echo(f"{id} of {found['connection']}, since {desk.clock_of(found['opened'])}: {found['cause']}")
    table = [("person", "workspace", "from", "to", "status")]
    table += [(row["email"] or "?", row["workspace"], row["from"], row["to"] or "-", row["status"]) for row in rows]
    click.echo("\n".join(desk.columns(table)))
    if found["closed"] is None:
        click.echo(f"inferpipe-bridge hold approve {id} lets it go; hold discard {id} keeps it until their facts change.")


@hold.command()
@click.argument("id")
@desk.as_json
def approve(id: str, as_json: bool) -> None:
    """Let everything go that waits in the hold ID at this moment, once."""
    _answer(id, "approved", as_json)


@hold.command()
@click.argument("id")
@desk.as_json
def discard(id: str, as_json: bool) -> None:
    """Keep what waits in the hold ID until the people's facts change."""
    _answer(id, "discarded", as_json)


def _answer(id: str, answer: str, as_json: bool) -> None:
    async def work(at: Desk) -> int:
        return await answer_hold(at.database, _number(id), answer, now=at.now(), actor=at.actor)

    answered = desk.at_desk(work)
    if as_json:
        desk.print_json({"hold": id, "answer": answer, "people": answered})
    else:
        click.echo(f"{id} is {answer}: {people(answered)}.")


def _show(tx: Tx, at: Desk, pk: int) -> tuple[Any, list[dict[str, Any]]]:
    found = holds.get(tx, pk)
    if found is None:
        raise BridgeError("hold_unknown", f"There is no hold h{pk}.", hint="`inferpipe-bridge hold list` shows what waits.")
    known = names.aliases(at.settings, workspaces.all_of(tx, "main"), [found["connection"]])
    rows = []
    for row in holds.rows(tx, pk):
        email = next((one.email for one in accounts.of_person(tx, row["person"]) if one.email), None)
        rows.append(
            {
                "email": email,
                "workspace": known.get(row["workspace"], str(row["workspace"])),
                "from": names.role_word(at.settings, row["from_role"]),
                "to": names.role_word(at.settings, row["to_role"]),
                "status": row["status"],
            }
        )
    return found, rows


def _number(id: str) -> int:
    digits = id.lower().removeprefix("h")
    if not digits.isdigit():
        raise BridgeError("hold_unknown", f"{id} is no hold.", hint="They are called h1, h2, …")
    return int(digits)


def _as_dict(one: Hold) -> dict[str, Any]:
    return {
        "hold": one.name,
        "connection": one.connection,
        "people": one.people,
        "opened": one.opened,
        "cause": one.cause,
    }
