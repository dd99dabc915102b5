"""`inferpipe-bridge mapping`: which versions there are, how they differ, and which one is in service."""

import click

from bridge.cli.mapping.difference import diff, show
from bridge.cli.mapping.history import history
from bridge.cli.mapping.service import activate, rollback

__all__ = ["mapping"]


@click.group()
def mapping() -> None:
    """The versions of a connection's mapping file. The database says which one is in service, not the file."""


for _command in (history, diff, show, activate, rollback):
    mapping.add_command(_command)
