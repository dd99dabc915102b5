"""`inferpipe-bridge conflict`: people who get nothing until a human says whose address it is."""

import click

from bridge.cli import desk
from bridge.cli.desk import Desk
from bridge.provisioning import conflicts


@click.group()
def conflict() -> None:
    """See and settle whose address it is. Until you do, nothing is given to them and nothing is taken."""


@conflict.command("list")
@click.option("--connection", help="Only people of this connection.")
@desk.as_json
def list_(connection: str | None, as_json: bool) -> None:
    """Who waits, and why."""
    found, _ = desk.of_connection(connection, lambda tx, name: conflicts.standing(tx, "main", name))
    if as_json:
        desk.print_json([one.as_dict() for one in found])
        return
    rows = [("person", "connection", "Clerk user", "why")]
    rows += [
        (one.email or one.person, ", ".join(one.connections) or "-", one.clerk_user or "-", one.sentence) for one in found
    ]
    click.echo("\n".join(desk.columns(rows, indent="")) if found else "Nobody is in conflict.")


@conflict.command()
@click.argument("person")
@desk.as_json
def join(person: str, as_json: bool) -> None:
    """The Clerk user with the address of PERSON is the same human: they go on with it, and with what it has."""

    async def work(at: Desk) -> str:
        return await conflicts.join(at.database, await at.one_person(person), now=at.now(), actor=at.actor)

    clerk_user = desk.at_desk(work)
    if as_json:
        desk.print_json({"person": person, "clerk_user": clerk_user})
    else:
        click.echo(f"{person} is {clerk_user}. The running service joins them now.")


@conflict.command()
@click.argument("person")
@desk.as_json
def retry(person: str, as_json: bool) -> None:
    """It was cleared up at Clerk or in the IdP: look again whose the address of PERSON is."""

    async def work(at: Desk) -> None:
        await conflicts.retry(at.database, await at.one_person(person), now=at.now(), actor=at.actor)

    desk.at_desk(work)
    if as_json:
        desk.print_json({"person": person})
    else:
        click.echo(f"The running service looks again whose the address of {person} is.")
