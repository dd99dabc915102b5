"""E-mail addresses as a resource of their own: add, read, verify, make primary, remove; or replace them all."""

from typing import Any

import orjson

from bridge.sandbox.clerk import addresses, errors, people
from bridge.sandbox.clerk.call import Call, Route
from bridge.sandbox.clerk.forms import Form, flag, one_of, text
from bridge.sandbox.clerk.limits import per_user
from bridge.sandbox.clerk.people import User
from bridge.sandbox.clerk.store import Store

_NOTIFY = "notify_primary_email_address_changed"
_UPDATE = Form({"verified": flag, "primary": flag, _NOTIFY: flag}, closed=False)
_CREATE = Form(
    {**_UPDATE.fields, "user_id": text(), "email_address": text()},
    required=("user_id", "email_address"),
    closed=False,
)
_REPLACE = Form(
    {
        "email_address": text(),
        "identification_status": one_of("verified", "reserved", "unverified"),
        _NOTIFY: flag,
    },
    required=("email_address",),
)


def create(call: Call) -> bytes:
    """POST /email_addresses"""
    form = _CREATE.read(call.body)
    user = people.fetch(call.store, form["user_id"])
    address = addresses.checked(call.store, form["email_address"])
    # made by an admin an address is verified, unless the request says it is not
    status = "unverified" if form.get("verified") is False else "verified"
    first_verified = status == "verified" and not user["email_addresses"]
    entry = addresses.attach(call.store, user, address, status, call.now)
    if form.get("primary") or first_verified:
        _make_primary(user, entry)
    call.news.append(f"{people.display_name(user)} gets the address {address}")
    people.save(call.store, user, call.now)
    return orjson.dumps(entry)


def get(call: Call) -> bytes:
    """GET /email_addresses/{email_address_id}"""
    _, entry = _fetch(call.store, call.path["email_address_id"])
    return orjson.dumps(entry)


def update(call: Call) -> bytes:
    """PATCH /email_addresses/{email_address_id}"""
    form = _UPDATE.read(call.body)
    user, entry = _fetch(call.store, call.path["email_address_id"])
    if form.get("verified") is not None:
        addresses.verify(entry, verified=form["verified"], now=call.now)
    if form.get("primary"):
        _make_primary(user, entry)
        call.news.append(f"{people.display_name(user)} is now {entry['email_address']}")
    people.save(call.store, user, call.now)
    return orjson.dumps(entry)


def delete(call: Call) -> bytes:
    """DELETE /email_addresses/{email_address_id}; the last one stays."""
    user, entry = _fetch(call.store, call.path["email_address_id"])
    if len(user["email_addresses"]) == 1:
        raise errors.LAST_IDENTIFICATION()
    addresses.detach(call.store, user, entry)
    call.news.append(f"{people.display_name(user)} loses the address {entry['email_address']}")
    people.save(call.store, user, call.now)
    return orjson.dumps({"id": entry["id"], "object": "email_address", "deleted": True})


def replace(call: Call) -> bytes:
    """PUT /users/{user_id}/email_address: this one instead of all others."""
    form = _REPLACE.read(call.body)
    user = people.fetch(call.store, call.path["user_id"])
    for entry in list(user["email_addresses"]):
        addresses.detach(call.store, user, entry)
    address = addresses.checked(call.store, form["email_address"])
    status = form.get("identification_status") or "verified"
    entry = addresses.attach(call.store, user, address, status, call.now)
    user["primary_email_address_id"] = entry["id"]
    call.news.append(f"{people.display_name(user)} is now {address}")
    people.save(call.store, user, call.now)
    return orjson.dumps(entry)


def _fetch(store: Store, email_id: str) -> tuple[User, dict[str, Any]]:
    row = store.one("SELECT user_id FROM emails WHERE id = ?", email_id)
    if row is None:
        raise errors.IDENTIFICATION_NOT_FOUND()
    user = people.fetch(store, row[0])
    entry = addresses.of_user(user, email_id)
    assert entry is not None, "the index names an address its user lacks"
    return user, entry


def _make_primary(user: User, entry: dict[str, Any]) -> None:
    if entry["verification"] is None:
        raise errors.NEEDS_VERIFICATION("primary")
    user["primary_email_address_id"] = entry["id"]


ROUTES = (
    Route("POST", "/email_addresses", create),
    Route("GET", "/email_addresses/{email_address_id}", get, reads=True),
    Route("PATCH", "/email_addresses/{email_address_id}", update),
    Route("DELETE", "/email_addresses/{email_address_id}", delete),
    Route("PUT", "/users/{user_id}/email_address", replace, limited=per_user),
)
