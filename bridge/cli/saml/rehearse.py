"""`inferpipe-bridge saml test`: a link to a login that signs nobody in."""

import click

from bridge.audit import events
from bridge.audit.events import Event
from bridge.cli import desk
from bridge.cli.desk import Desk
from bridge.cli.saml.configured import configured
from bridge.signin import links
from scim.ports import Tx


@click.command()
@click.argument("connection")
@desk.as_json
def test(connection: str, as_json: bool) -> None:
    """A link for one test login at CONNECTION, good for an hour: it shows which attributes the IdP sent, whose account that
    is and what the rules would make of it. Nobody is signed in and nothing is changed.
    """

    async def work(at: Desk) -> tuple[str, int]:
        configured(at.settings, connection)
        secret, now = links.new(), at.now()

        def offer(tx: Tx) -> int:
            events.record(tx, Event(connection, now, at.actor, "saml.test_link"))
            return links.offer(tx, connection, secret, now=now)

        until = await at.database.write(offer)
        return f"{at.settings.bridge.public_url}/saml/{connection}/test?key={secret}", until

    url, until = desk.at_desk(work)
    if as_json:
        desk.print_json({"url": url, "until": until})
    else:
        click.echo(f"{url}\nGood for one login until {desk.clock_of(until)}. Whoever has it may log in, as themselves.")
        click.echo(f"If their IdP's answer can't be believed, `inferpipe-bridge saml doctor {connection}` says why.")
