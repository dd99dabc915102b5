"""`inferpipe-bridge saml`: sign-in of one connection, set up and looked after."""

import click

from bridge.cli.saml.doctor import doctor
from bridge.cli.saml.guide import guide
from bridge.cli.saml.metadata import metadata
from bridge.cli.saml.rehearse import test


@click.group()
def saml() -> None:
    """Sign-in by SAML: what an identity team has to enter, what is wrong, and a login to try it."""


saml.add_command(guide)
saml.add_command(doctor)
saml.add_command(metadata)
saml.add_command(test)

__all__ = ["saml"]
