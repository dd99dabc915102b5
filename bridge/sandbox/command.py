"""The command that runs the sandbox, the same as `inferpipe-bridge sandbox` and as `python -m bridge.sandbox`."""

import socket
import sqlite3
from pathlib import Path
from typing import Any

import click
from aiohttp import web

from bridge.sandbox.clerk.api import SECRET_KEY
from bridge.sandbox.server import listen as listen_on
from bridge.sandbox.server import make_app, serve
from bridge.sandbox.watch import Watch, recorder, watch
from bridge.sandbox.webhooks import begin_with

_OFF = {"dev_limits": "production_limits", "no_bans": "bans", "no_custom_roles": "custom_roles", "no_slugs": "slugs"}


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
@click.option("--bare", is_flag=True, help="A new instance has Clerk's own two roles only, and no JWT template.")
@click.option("--url", help="The address by which its tokens name it, where callers do not use that of --listen.")
@click.option("--no-bans", is_flag=True, help="A plan without bans.")
@click.option("--no-custom-roles", is_flag=True, help="A plan without roles, permissions and role sets of one's own.")
@click.option("--no-slugs", is_flag=True, help="Workspaces may be given no slug.")
@click.option("--member-cap", type=click.IntRange(0), help="Members of a new workspace, at most; 0 is any number.")
@click.option("--users-cap", type=click.IntRange(0), help="Users of the instance, at most; development has 100.")
@click.option("--organizations-cap", type=click.IntRange(0), help="Workspaces of the instance, at most.")
@click.option("--webhook-url", envvar="SANDBOX_WEBHOOK_URL", help="Where every change is sent, as Clerk sends webhooks.")
@click.option("--webhook-secret", envvar="SANDBOX_WEBHOOK_SECRET", help="What they are signed with: whsec_…")
@click.option(
    "--record",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="SANDBOX_RECORD",
    help="Append every call and its answer to this file, a line of JSON each.",
)
def sandbox(
    listen: tuple[str, int],
    data: Path,
    record: Path | None,
    webhook_url: str | None,
    webhook_secret: str | None,
    **given: Any,
) -> None:
    """Run the stand-in for Clerk's Backend API, until it is stopped. Its state survives."""
    with _listener(*listen) as listener:
        app = _app(data / "sandbox", _switches(given))
        if record is not None:
            watch(app, _recorder(record))
        _send_webhooks(app, webhook_url, webhook_secret)
        host, port = listener.getsockname()[:2]
        url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        click.echo(f"sandbox: page {url}/  API {url}/v1  key {SECRET_KEY}", err=True)
        serve(app, listener)


def _listener(host: str, port: int) -> socket.socket:
    try:
        return listen_on(host, port)
    except OSError as error:
        raise click.ClickException(f"cannot listen on {host}:{port}: {error.strerror or error}") from error


def _recorder(file: Path) -> Watch:
    try:
        return recorder(file)
    except OSError as error:
        raise click.ClickException(f"cannot write {file}: {error.strerror or error}") from error


def _send_webhooks(app: web.Application, url: str | None, secret: str | None) -> None:
    if (url is None) != (secret is None):
        raise click.UsageError("--webhook-url and --webhook-secret belong together")
    if url is not None and secret is not None:
        try:
            begin_with(app, url, secret)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--webhook-secret") from error


def _switches(given: dict[str, Any]) -> dict[str, Any]:
    """The switches that were given; what was not is left as it is."""
    off = {flag: name for flag, name in _OFF.items() if given.pop(flag)}
    return {name: value for name, value in given.items() if value not in (None, False)} | dict.fromkeys(off.values(), False)


def _app(folder: Path, switches: dict[str, Any]) -> web.Application:
    try:
        return make_app(folder, **switches)
    except sqlite3.OperationalError as error:
        hint = "stop that one, or give another --data"
        raise click.ClickException(f"{folder} is held by another sandbox, or unwritable ({error}): {hint}") from error
    except (sqlite3.DatabaseError, OSError) as error:
        raise click.ClickException(f"{folder} cannot hold the sandbox's state: {error}") from error
