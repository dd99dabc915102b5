"""`inferpipe-bridge client`: the OAuth clients of IdP connectors that fetch access tokens at /oauth2/token."""

from typing import Any

import click

from bridge.callers import clients
from bridge.callers.clients import Client, MintedSecret
from bridge.cli import desk
from bridge.cli.desk import Desk
from bridge.cli.spans import moment, span
from bridge.errors import BridgeError
from bridge.settings import ConnectionSettings


@click.group()
def client() -> None:
    """Make, list, rotate and revoke OAuth clients. A client may have several live secrets, one replacing another."""


@client.command()
@click.argument("connection")
@click.option("--label", help="What it is for, such as the name of the Entra application.")
@click.option("--expires", metavar="SPAN", help="How long its secret lives, such as 365d. Without it, until revoked.")
@click.option("--federated", is_flag=True, help="It needs no secret: it proves itself by what Entra signs.")
@desk.as_json
def create(connection: str, label: str | None, expires: str | None, federated: bool, as_json: bool) -> None:
    """Make a client for CONNECTION. Its secret is shown once; only the hash is kept."""
    if federated and expires is not None:
        raise BridgeError("client_federated", "A federated client has no secret that could expire.", hint="Leave one out.")
    id, minted, lasts = clients.new_id(), None if federated else MintedSecret.new(), span(expires)

    async def work(at: Desk) -> tuple[int | None, str]:
        _may_have_one(at.connection(connection), federated)
        now = at.now()
        until = now + lasts * 1000 if lasts is not None else None
        await at.database.write(
            lambda tx: clients.create(tx, id, connection, minted=minted, label=label, expires=until, now=now, actor=at.actor)
        )
        return until, f"{at.settings.bridge.public_url}/oauth2/token"

    until, address = desk.at_desk(work)
    secret = minted.secret if minted else None
    if as_json:
        made = {"client_id": id, "client_secret": secret, "token_endpoint": address, "connection": connection}
        desk.print_json({**made, "secret": minted.id if minted else None, "expires": until})
        return
    lines = [
        ("client id", id),
        ("client secret", secret or "none: federated"),
        ("token endpoint", address),
        ("scope", "scim"),
    ]
    click.echo("\n".join(desk.columns(lines, indent="")))
    if secret:
        click.echo("The secret is shown once: give it to the IdP now.", err=True)


@client.command("list")
@click.argument("connection", required=False)
@desk.as_json
def list_(connection: str | None, as_json: bool) -> None:
    """Every client, of CONNECTION or of all, with its secrets and last use."""
    found, now = desk.of_connection(connection, clients.of)
    if as_json:
        desk.print_json([_as_dict(one, now) for one in found])
        return
    rows = [("id", "connection", "state", "last used", "expires", "label")]
    for one in found:
        state = "revoked" if one.revoked is not None else "federated" if one.federated else "live"
        rows.append((one.id, one.connection, state, moment(one.last_used), "", one.label or ""))
        rows += [(f"  {kept.id}", "", kept.state(now), "", moment(kept.expires), "") for kept in one.secrets]
    click.echo(
        "\n".join(desk.columns(rows, indent="")) if found else "No clients yet: inferpipe-bridge client create CONNECTION"
    )


@client.command()
@click.argument("id")
@click.option("--expires", metavar="SPAN", help="How long the new secret lives. Without it, until revoked.")
@click.option("--keep", default="7d", show_default=True, metavar="SPAN", help="How long the others go on; 0s: end them now.")
@desk.as_json
def rotate(id: str, expires: str | None, keep: str, as_json: bool) -> None:
    """Make a new secret for the client ID, beside the others for a while. A federated client may have one, too."""
    minted, lasts, kept = MintedSecret.new(), span(expires), span(keep) or 0

    async def work(at: Desk) -> tuple[Client, int | None]:
        found = await at.database.read(lambda tx: clients.find(tx, id))
        if found is None or found.revoked is not None:
            raise _unknown(id)
        now = at.now()
        until = now + lasts * 1000 if lasts is not None else None
        await at.database.write(
            lambda tx: clients.rotate(tx, found, minted, expires=until, keep=kept * 1000, now=now, actor=at.actor)
        )
        return found, until

    found, until = desk.at_desk(work)
    if as_json:
        made = {"client_id": id, "client_secret": minted.secret, "secret": minted.id, "expires": until}
        desk.print_json({**made, "connection": found.connection})
        return
    click.echo(minted.secret)
    click.echo(f"{minted.id} of {id} for {found.connection}. Shown once: give it to the IdP now.", err=True)


@client.command()
@click.argument("id")
@desk.as_json
def revoke(id: str, as_json: bool) -> None:
    """End the client ID, or one of its secrets, within a second; the access tokens it got end with it."""

    async def work(at: Desk) -> str | None:
        now = at.now()
        return await at.database.write(lambda tx: clients.revoke(tx, id, now=now, actor=at.actor))

    connection = desk.at_desk(work)
    if connection is None:
        raise _unknown(id)
    if as_json:
        desk.print_json({"id": id, "connection": connection, "revoked": True})
    else:
        click.echo(f"{id} of {connection} is revoked.")


def _may_have_one(connection: ConnectionSettings, federated: bool) -> None:
    """A client that could never get in is no help to anybody."""
    if "oauth" not in connection.callers.auth:
        listed = ", ".join([*connection.callers.auth, "oauth"])
        hint = f"Write `directory: {{scim: {{auth: [{listed}]}}}}` in config/connections/{connection.name}.yaml."
        raise BridgeError("method_not_listed", f"{connection.name} does not let OAuth clients in.", hint=hint)
    if federated and connection.callers.entra is None:
        hint = f"Write entra_tenant, and entra.audiences, in config/connections/{connection.name}.yaml; see docs/callers.md."
        raise BridgeError("tenant_missing", f"{connection.name} names no tenant whose tokens to believe.", hint=hint)


def _unknown(id: str) -> BridgeError:
    hint = "`inferpipe-bridge client list` shows them."
    return BridgeError("client_unknown", f"There is no live client or secret {id}.", hint=hint)


def _as_dict(one: Client, now: int) -> dict[str, Any]:
    return {
        "id": one.id,
        "connection": one.connection,
        "label": one.label,
        "federated": one.federated,
        "created": one.created,
        "created_by": one.created_by,
        "last_used": one.last_used,
        "revoked": one.revoked,
        "secrets": [
            {"id": kept.id, "state": kept.state(now), "created": kept.created, "expires": kept.expires}
            for kept in one.secrets
        ],
    }
