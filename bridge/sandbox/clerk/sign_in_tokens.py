"""Sign-in tokens (tickets): made for a person, perhaps with an organization to activate; used once, or revoked unused."""

import secrets
from typing import Any

import orjson

from bridge.sandbox.clerk import errors, people, sessions, tickets
from bridge.sandbox.clerk.call import Call, Route
from bridge.sandbox.clerk.forms import Form, at_least, text
from bridge.sandbox.clerk.ids import new_id

_CREATE = Form({"user_id": text(), "org_id": text(), "expires_in_seconds": at_least(1)}, required=("user_id",), closed=False)
_DEFAULT_SECONDS = 2_592_000
_JOINED_LAST = "SELECT organization_id FROM memberships WHERE user_id = ? ORDER BY seq DESC"
_INSERT = "INSERT INTO sign_in_tokens (id, token, user_id, organization_id, expires_at, doc) VALUES (?, ?, ?, ?, ?, ?)"


def create(call: Call) -> bytes:
    """POST /sign_in_tokens"""
    form = _CREATE.read(call.body)
    user_id, organization_id = form["user_id"], form.get("org_id") or None
    people.fetch_bytes(call.store, user_id)
    if organization_id and not sessions.is_member(call.store, organization_id, user_id):
        raise errors.REFERENCE_MISSING("org_id")
    token = {
        "object": "sign_in_token",
        "id": new_id("sit", call.now),
        "user_id": user_id,
        "status": "pending",
        "token": secrets.token_urlsafe(32),
        "url": None,
        "created_at": call.now,
        "updated_at": call.now,
    }
    expires_at = call.now + 1000 * (form.get("expires_in_seconds") or _DEFAULT_SECONDS)
    document = orjson.dumps(token)
    call.store.run(_INSERT, token["id"], token["token"], user_id, organization_id, expires_at, document)
    return document


def revoke(call: Call) -> bytes:
    """POST /sign_in_tokens/{id}/revoke"""
    row = call.store.one("SELECT doc FROM sign_in_tokens WHERE id = ?", call.path["sign_in_token_id"])
    if row is None:
        raise errors.RESOURCE_NOT_FOUND()
    token = orjson.loads(row[0])
    if token["status"] != "pending":
        raise errors.TICKET_NOT_PENDING(status=token["status"])
    return _keep(call, token, "revoked")


def redeem(call: Call, ticket: str, client_id: str) -> sessions.Session:
    """Use a ticket: the person is signed in, in the ticket's organization or else in that joined last."""
    token, organization_id = readable(call, ticket)
    user = people.fetch(call.store, token["user_id"])
    if user["banned"]:
        raise errors.USER_BANNED()
    if user["locked"]:
        raise tickets.USER_LOCKED()
    _keep(call, token, "accepted")
    if organization_id is None or not sessions.is_member(call.store, organization_id, user["id"]):
        joined = call.store.one(_JOINED_LAST, user["id"])
        organization_id = None if joined is None else str(joined[0])
    return sessions.begin(call, user, organization_id, client_id)


def readable(call: Call, ticket: str) -> tuple[dict[str, Any], str | None]:
    """The token of a ticket that may be used now, and the organization it names; else the refusal that says why not."""
    row = call.store.one("SELECT doc, organization_id, expires_at FROM sign_in_tokens WHERE token = ?", ticket)
    if row is None:
        raise tickets.INVALID()
    token: dict[str, Any] = orjson.loads(row[0])
    if token["status"] != "pending":
        raise (tickets.ALREADY_USED if token["status"] == "accepted" else tickets.REVOKED)()
    if row[2] <= call.now:
        raise tickets.EXPIRED()
    return token, row[1]


def _keep(call: Call, token: dict[str, Any], status: str) -> bytes:
    token |= {"status": status, "updated_at": call.now}
    document = orjson.dumps(token)
    call.store.run("UPDATE sign_in_tokens SET doc = ? WHERE id = ?", document, token["id"])
    return document


ROUTES = (
    Route("POST", "/sign_in_tokens", create),
    Route("POST", "/sign_in_tokens/{sign_in_token_id}/revoke", revoke),
)
