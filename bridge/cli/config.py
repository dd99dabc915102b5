"""`inferpipe-bridge config`: every value in force, and where it comes from."""

from collections.abc import Iterator
from typing import Any

import click

from bridge.cli import desk
from bridge.settings import Settings
from mappings.located import Path

_SECRET = {"secret_key", "webhook_signing_secret", "key"}


@click.command()
@click.argument("connection", required=False)
@desk.as_json
def config(connection: str | None, as_json: bool) -> None:
    """Every value of bridge.yaml, or of CONNECTION, with its origin. Secrets are references and stay so."""
    settings = desk.settings()
    if connection is not None:
        desk.connection_of(settings, connection)
    rows = list(_rows(settings, connection or "bridge"))
    if as_json:
        desk.print_json([{"key": key, "value": value, "origin": origin} for key, value, origin in rows])
        return
    click.echo("\n".join(desk.columns([(key, _shown(value), origin) for key, value, origin in rows], indent="")))
    if connection is None:
        click.echo(f"connections: {', '.join(settings.connections) or 'none'} (inferpipe-bridge config CONNECTION)")


def _rows(settings: Settings, name: str) -> Iterator[tuple[str, Any, str]]:
    layered = settings.origins[name]
    for path, value in _leaves(layered.data, ()):
        yield ".".join(str(part) for part in path), _redacted(path, value), layered.origin(path)


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    else:
        yield path, value


def _redacted(path: Path, value: Any) -> Any:
    """A database URL may hold a password; what is a secret is a reference already."""
    if path[-1] == "database_url" and isinstance(value, str) and "@" in value:
        scheme, _, rest = value.partition("://")
        login, _, host = rest.rpartition("@")
        return f"{scheme}://{login.partition(':')[0]}:[redacted]@{host}" if ":" in login else value
    if path[-1] in _SECRET and isinstance(value, str) and not value.startswith(("env:", "file:")):
        return "[redacted]"
    return value


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_shown(item) for item in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return "-" if value is None or value == {} else str(value)
