"""`inferpipe-bridge saml metadata`: our metadata, as the address of it answers."""

import click

from bridge.cli import desk
from bridge.cli.saml.configured import configured
from bridge.saml.ours import ours
from bridge.saml.publish import metadata as published


@click.command()
@click.argument("connection")
def metadata(connection: str) -> None:
    """The metadata of CONNECTION, for an IdP that wants a file: into one with `> acme-okta.xml`."""
    known = desk.settings()
    found, saml = configured(known, connection)
    click.echo(published(ours(known.bridge.public_url, found), saml).decode(), nl=False)
