"""The command that runs the sandbox, the same as `inferpipe-bridge sandbox` and as `python -m bridge.sandbox`."""

import sqlite3
from pathlib import Path

import click

from bridge.sandbox.clerk.api import SECRET_KEY
from bridge.sandbox.server import make_app, serve


class Address(click.ParamType[tuple[str, int]]):
    """HOST:PORT"""

    name = "host:port"

    def convert(
        self, value: str | tuple[str, int], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        """(host, port)"""
        if isinstance(value, tuple):
            return value
        host, _, port = value.rpartition(":")
        if not host or not port.isdigit() or int(port) > 65535:
            self.fail(f"{value} is not HOST:PORT, for example 127.0.0.1:8081", param, ctx)
        return host.strip("[]"), int(port)


@click.command()
@click.option(
    "--listen",
    type=Address(),
    envvar="BRIDGE_SANDBOX_LISTEN",
    default="127.0.0.1:8081",
    show_default=True,
    help="Address and port.",
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="BRIDGE_DATA",
    default="data",
    show_default=True,
    help="Data folder; the sandbox keeps its state in its subfolder sandbox/.",
)
@click.option("--dev-limits", is_flag=True, help="100 calls in 10 s, as Clerk's development instances allow.")
@click.option("--membership-required", is_flag=True, help="Nobody may leave their last workspace.")
def sandbox(listen: tuple[str, int], data: Path, dev_limits: bool, membership_required: bool) -> None:
    """Run the stand-in for Clerk's Backend API, until it is stopped. Its state survives."""
    host, port = listen
    try:
        app = make_app(data / "sandbox", production_limits=not dev_limits, membership_required=membership_required)
        click.echo(f"sandbox: page http://{host}:{port}/  API http://{host}:{port}/v1  key {SECRET_KEY}", err=True)
        serve(app, host, port)
    except sqlite3.OperationalError as error:
        raise click.ClickException(f"{data / 'sandbox'} is held by another sandbox, or unreadable ({error})") from error
    except OSError as error:
        raise click.ClickException(f"cannot listen on {host}:{port}: {error.strerror or error}") from error
