"""Invitations into an organization: pending until they are accepted or revoked or run out; a pending one takes a place."""

from typing import Any

import orjson

from bridge.sandbox.clerk import addresses, errors, memberships, people
from bridge.sandbox.clerk.call import Call, Route
from bridge.sandbox.clerk.forms import Form, between, flag, metadata, text
from bridge.sandbox.clerk.ids import new_id
from bridge.sandbox.clerk.store import Store

Invitation = dict[str, Any]

_CREATE = Form(
    {
        "email_address": text(),
        "inviter_user_id": text(),
        "role": text(),
        "public_metadata": metadata,
        "private_metadata": metadata,
        "redirect_url": text(2048),
        "expires_in_days": between(1, 365),
        "notify": flag,
    },
    required=("email_address", "role"),
    closed=False,
)
_REVOKE = Form({"requesting_user_id": text()}, closed=False)
_MOST_IN_BULK = 10
_DAY = 86_400_000  # milliseconds
_INSERT = """INSERT INTO invitations (id, organization_id, email, role, status, expires_at, created_at, doc)
  VALUES (?, ?, ?, ?, 'pending', ?, ?, ?)"""
_PENDING = "status = 'pending' AND expires_at > ?"
_INVITED = f"SELECT 1 FROM invitations WHERE organization_id = ? AND email = ? AND {_PENDING}"  # noqa: S608
_ROLE = """SELECT r.name, r.governs FROM memberships m JOIN roles r ON r.key = m.role
  WHERE m.organization_id = ? AND m.user_id = ?"""


def create(call: Call) -> bytes:
    """POST /organizations/{organization_id}/invitations"""
    return _create(call, call.body)


def create_many(call: Call) -> bytes:
    """POST /organizations/{organization_id}/invitations/bulk: all of them or none."""
    if not 1 <= len(call.items) <= _MOST_IN_BULK:
        raise errors.BULK_SIZE(size=_MOST_IN_BULK)
    if not all(isinstance(item, dict) for item in call.items):
        raise errors.BODY_INVALID()
    made = [orjson.Fragment(_create(call, item)) for item in call.items]
    return orjson.dumps({"data": made, "total_count": len(made)})


def get(call: Call) -> bytes:
    """GET /organizations/{organization_id}/invitations/{invitation_id}"""
    return orjson.dumps(_fetch(call))


def revoke(call: Call) -> bytes:
    """POST /organizations/{organization_id}/invitations/{invitation_id}/revoke"""
    form = _REVOKE.read(call.body)
    invitation = _fetch(call)
    if form.get("requesting_user_id"):
        _require_admin(call.store, invitation["organization_id"], form["requesting_user_id"])
    if invitation["status"] != "pending":
        raise errors.INVITATION_NOT_PENDING()
    return _keep(call, invitation, "revoked")


def accept(call: Call, invitation_id: str) -> bytes:
    """Whoever has the address takes a pending invitation, as by the link in the mail; a new user if nobody has it."""
    row = call.store.one("SELECT doc FROM invitations WHERE id = ?", invitation_id)
    invitation = None if row is None else aged(orjson.loads(row[0]), call.now)
    if invitation is None or invitation["status"] != "pending":
        raise errors.INVITATION_NOT_PENDING()
    user_id = addresses.holder(call.store, invitation["email_address"]) or _new_user(call, invitation["email_address"])
    answer = _keep(call, invitation, "accepted")
    memberships.insert(call, invitation["organization_id"], user_id, invitation["role"], invitation)
    call.news.append(f"{invitation['email_address']} takes an invitation")
    return answer


def aged(invitation: Invitation, now: int) -> Invitation:
    """Time ends invitations without a write."""
    if invitation["status"] == "pending" and invitation["expires_at"] <= now:
        invitation["status"] = "expired"
    return invitation


def _create(call: Call, body: dict[str, Any]) -> bytes:
    form = _CREATE.read(body)
    organization_id, address = call.path["organization_id"], form["email_address"].strip().lower()
    if not addresses.is_one(address):
        raise errors.EMAIL_FORMAT("email_address")
    memberships.require_place(call, organization_id)
    role_name = memberships.require_role(call.store, organization_id, form["role"])
    _refuse_known(call, organization_id, address)
    inviter = _inviter(call.store, organization_id, form.get("inviter_user_id"))
    invitation = _new(call, form, address) | {"role_name": role_name, **inviter}
    document = orjson.dumps(invitation)
    row = (invitation["id"], organization_id, address, form["role"], invitation["expires_at"], call.now)
    call.store.run(_INSERT, *row, document)
    call.news.append(f"{address} is invited")
    return document


def _refuse_known(call: Call, organization_id: str, address: str) -> None:
    user_id = addresses.holder(call.store, address)
    if user_id and call.store.one(_ROLE, organization_id, user_id):
        raise errors.ALREADY_A_MEMBER(user=address)
    if call.store.one(_INVITED, organization_id, address, call.now):
        raise errors.INVITATION_NOT_UNIQUE()


def _inviter(store: Store, organization_id: str, user_id: str | None) -> dict[str, Any]:
    if not user_id:
        return {"inviter_id": None, "public_inviter_data": None}
    _require_admin(store, organization_id, user_id)
    shown = people.public(people.fetch(store, user_id))
    kept = ("user_id", "first_name", "last_name", "image_url", "has_image", "identifier")
    return {"inviter_id": user_id, "public_inviter_data": {name: shown[name] for name in kept}}


def _require_admin(store: Store, organization_id: str, user_id: str) -> None:
    people.fetch_bytes(store, user_id)
    row = store.one(_ROLE, organization_id, user_id)
    if row is None or not row[1]:
        raise errors.PERMISSION_MISSING()


def _new(call: Call, form: dict[str, Any], address: str) -> Invitation:
    return {
        "object": "organization_invitation",
        "id": new_id("orginv", call.now),
        "email_address": address,
        "role": form["role"],
        "organization_id": call.path["organization_id"],
        "status": "pending",
        "public_metadata": form.get("public_metadata") or {},
        "private_metadata": form.get("private_metadata") or {},
        "url": None,
        "expires_at": call.now + (form.get("expires_in_days") or 30) * _DAY,
        "created_at": call.now,
        "updated_at": call.now,
    }


def _new_user(call: Call, address: str) -> str:
    user = people.blank(call.now)
    entry = addresses.attach(call.store, user, address, "verified", call.now)
    user["primary_email_address_id"] = entry["id"]
    people.insert(call.store, user)
    return str(user["id"])


def _fetch(call: Call) -> Invitation:
    sql = "SELECT doc FROM invitations WHERE organization_id = ? AND id = ?"
    row = call.store.one(sql, call.path["organization_id"], call.path["invitation_id"])
    if row is None:
        raise errors.RESOURCE_NOT_FOUND()
    return aged(orjson.loads(row[0]), call.now)


def _keep(call: Call, invitation: Invitation, status: str) -> bytes:
    invitation |= {"status": status, "updated_at": call.now}
    document = orjson.dumps(invitation)
    call.store.run("UPDATE invitations SET status = ?, doc = ? WHERE id = ?", status, document, invitation["id"])
    return document


_PATH = "/organizations/{organization_id}/invitations"
ROUTES = (
    Route("POST", _PATH, create),
    Route("POST", f"{_PATH}/bulk", create_many, listed=True),
    Route("GET", f"{_PATH}/{{invitation_id}}", get, reads=True),
    Route("POST", f"{_PATH}/{{invitation_id}}/revoke", revoke),
)
