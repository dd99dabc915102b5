"""`inferpipe-bridge token`: the bearer tokens that IdP connectors present."""

from typing import Any

import click

from bridge.callers import tokens
from bridge.callers.tokens import Minted, Token
from bridge.cli import desk
from bridge.cli.desk import Desk
from bridge.cli.spans import moment, span
from bridge.errors import BridgeError
from scim import users
from scim.ports import Tx


@click.group()
def token() -> None:
    """Make, list and revoke bearer tokens. Several may be live per connection, so that one can replace another."""


@token.command()
@click.argument("connection")
@click.option("--label", help="What it is for, such as the name of the Okta app.")
@click.option("--expires", metavar="SPAN", help="How long it lives, such as 365d. Without it, until revoked.")
@click.option("--subject", metavar="USERNAME", help="Make it for this user, who may read /Me with it and nothing else.")
@desk.as_json
def create(connection: str, label: str | None, expires: str | None, subject: str | None, as_json: bool) -> None:
    """Make a token for CONNECTION. It is shown once; only its hash is kept."""
    minted = Minted.new()
    lasts = span(expires)

    async def work(at: Desk) -> int | None:
        at.connection(connection)
        now = at.now()
        until = now + lasts * 1000 if lasts is not None else None
        given: dict[str, Any] = {"label": label, "expires": until, "now": now, "actor": at.actor}

        def make(tx: Tx) -> None:
            tokens.create(tx, minted, connection, subject=_user(tx, connection, subject), **given)

        await at.database.write(make)
        return until

    until = desk.at_desk(work)
    if as_json:
        desk.print_json({"token": minted.secret, "id": minted.id, "connection": connection, "expires": until})
        return
    click.echo(minted.secret)
    click.echo(f"{minted.id} for {connection}. Shown once: give it to the IdP now.", err=True)


def _user(tx: Tx, connection: str, name: str | None) -> str | None:
    """The id of a user by their userName."""
    found = users.id_of(tx, connection, name) if name is not None else None
    if name is not None and found is None:
        hint = "`inferpipe-bridge who` knows people; userName is what the IdP calls them."
        raise BridgeError("user_unknown", f"{connection} has no user {name}.", hint=hint)
    return found


@token.command("list")
@click.argument("connection", required=False)
@desk.as_json
def list_(connection: str | None, as_json: bool) -> None:
    """Every token, of CONNECTION or of all, with its last use."""
    found, now = desk.of_connection(connection, tokens.of)
    if as_json:
        desk.print_json([_as_dict(one, now) for one in found])
        return
    rows = [("id", "connection", "state", "last used", "expires", "label")]
    for one in found:
        rows.append((one.id, one.connection, one.state(now), moment(one.last_used), moment(one.expires), one.label or ""))
    click.echo(
        "\n".join(desk.columns(rows, indent="")) if found else "No tokens yet: inferpipe-bridge token create CONNECTION"
    )


@token.command()
@click.argument("id")
@desk.as_json
def revoke(id: str, as_json: bool) -> None:
    """End the token ID within a second."""

    async def work(at: Desk) -> str | None:
        now = at.now()
        return await at.database.write(lambda tx: tokens.revoke(tx, id, now=now, actor=at.actor))

    connection = desk.at_desk(work)
    if connection is None:
        raise BridgeError("token_unknown", f"There is no live token {id}.", hint="`inferpipe-bridge token list` shows them.")
    if as_json:
        desk.print_json({"id": id, "connection": connection, "revoked": True})
    else:
        click.echo(f"{id} of {connection} is revoked.")


def _as_dict(one: Token, now: int) -> dict[str, Any]:
    return {
        "id": one.id,
        "connection": one.connection,
        "state": one.state(now),
        "label": one.label,
        "created": one.created,
        "created_by": one.created_by,
        "expires": one.expires,
        "last_used": one.last_used,
        "revoked": one.revoked,
        "subject": one.subject,
    }
