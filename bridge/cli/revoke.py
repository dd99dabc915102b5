"""`inferpipe-bridge revoke`: somebody must be out now, whatever the directory says and however many have gone already."""

import click

from bridge.cli import desk
from bridge.cli.desk import Desk
from bridge.provisioning.actions import give_back
from bridge.provisioning.actions import revoke as revoke_person


@click.command()
@click.argument("person")
@click.option("--give-back", "back", is_flag=True, help="End a revocation: the rules decide about them again.")
@desk.as_json
def revoke(person: str, back: bool, as_json: bool) -> None:
    """Take everything from PERSON now: sessions end, memberships go, past the brake. It lasts until --give-back."""

    async def work(at: Desk) -> None:
        pk = await at.one_person(person)
        act = give_back if back else revoke_person
        await act(at.database, pk, now=at.now(), actor=at.actor)

    desk.at_desk(work)
    if as_json:
        desk.print_json({"person": person, "revoked": not back})
    elif back:
        click.echo(f"The rules decide about {person} again. The running service does the rest.")
    else:
        click.echo(f"{person} is revoked. The running service signs them out and removes them now.")
