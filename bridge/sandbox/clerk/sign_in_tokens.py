"""Sign-in tokens (tickets): made for a person, perhaps with an organization to activate; revoked while unused."""

import secrets

import orjson

from bridge.sandbox.clerk import errors, people
from bridge.sandbox.clerk.call import Call, Route
from bridge.sandbox.clerk.forms import Form, at_least, text
from bridge.sandbox.clerk.ids import new_id

_CREATE = Form({"user_id": text(), "org_id": text(), "expires_in_seconds": at_least(1)}, required=("user_id",), closed=False)
_DEFAULT_SECONDS = 2_592_000
_INSERT = "INSERT INTO sign_in_tokens (id, token, user_id, organization_id, expires_at, doc) VALUES (?, ?, ?, ?, ?, ?)"


def create(call: Call) -> bytes:
    """POST /sign_in_tokens"""
    form = _CREATE.read(call.body)
    user_id, organization_id = form["user_id"], form.get("org_id") or None
    people.fetch_bytes(call.store, user_id)
    sql = "SELECT 1 FROM memberships WHERE organization_id = ? AND user_id = ?"
    if organization_id and call.store.one(sql, organization_id, user_id) is None:
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
    token |= {"status": "revoked", "updated_at": call.now}
    document = orjson.dumps(token)
    call.store.run("UPDATE sign_in_tokens SET doc = ? WHERE id = ?", document, token["id"])
    return document


ROUTES = (
    Route("POST", "/sign_in_tokens", create),
    Route("POST", "/sign_in_tokens/{sign_in_token_id}/revoke", revoke),
)
