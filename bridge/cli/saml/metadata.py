"""`inferpipe-bridge saml metadata`: our metadata, as the address of it answers."""

import click

from bridge.cli import desk
from bridge.cli.saml.configured import configured
from bridge.saml.ours import ours
from bridge.saml.publish import metadata as published


@click.command()
@click.argument("connection")
@desk.as_json
def metadata(connection: str, as_json: bool) -> None:
    """The metadata of CONNECTION, for an IdP that wants a file: into one with `> acme-okta.xml`."""
    known = desk.settings()
    found, saml = configured(known, connection)
    here = ours(known.bridge.public_url, found)
    document = published(here, saml).decode()
    if as_json:
        desk.print_json({"entity_id": here.entity_id, "acs": here.acs, "document": document})
    else:
        click.echo(document, nl=False)
