"""`inferpipe-bridge clerk`: the Clerk instance itself, made ready and looked after."""

import click

from bridge.cli.clerk.doctor import doctor
from bridge.cli.clerk.setup import setup


@click.group()
def clerk() -> None:
    """Make a Clerk instance ready for the bridge and the dashboard, and find out what is wrong with one."""


clerk.add_command(setup)
clerk.add_command(doctor)

__all__ = ["clerk"]
