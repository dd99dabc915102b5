"""Users: create, read, change, delete. Lists are in `user_lists`, bans, locks and sessions' ends in `user_states`."""

from typing import Any

import orjson

from bridge.sandbox.clerk import addresses, errors, managed, people
from bridge.sandbox.clerk.call import Call, Route
from bridge.sandbox.clerk.forms import (
    Form,
    flag,
    metadata,
    milliseconds,
    moment,
    not_enabled,
    text,
    texts,
    whole,
)
from bridge.sandbox.clerk.limits import per_user
from bridge.sandbox.clerk.metadata import KINDS, METADATA_SINCE, merged, replaced
from bridge.sandbox.clerk.people import User
from bridge.sandbox.clerk.store import Store

_COMMON = {
    "external_id": text(),
    "first_name": text(),
    "last_name": text(),
    "locale": text(),
    "username": text(),
    "password": text(),
    "password_digest": text(4096),
    "password_hasher": text(),
    "skip_password_checks": flag,
    "totp_secret": text(),
    "backup_codes": texts,
    "delete_self_enabled": flag,
    "create_organization_enabled": flag,
    "create_organizations_limit": whole,
    "legal_accepted_at": moment,
    "skip_legal_checks": flag,
    "created_at": moment,
    "bypass_client_trust": flag,
}
_METADATA = dict.fromkeys(KINDS, metadata)
_CREATE = Form(
    {
        **_COMMON,
        **_METADATA,
        "email_address": texts,
        "email_address_identification_status": texts,
        "phone_number": not_enabled,
        "phone_number_identification_status": not_enabled,
        "web3_wallet": not_enabled,
        "skip_password_requirement": flag,
        "skip_user_requirement": flag,
        "banned": flag,
        "locked": flag,
    }
)
_UPDATE = Form(
    {
        **_COMMON,
        "primary_email_address_id": text(),
        "notify_primary_email_address_changed": flag,
        "primary_phone_number_id": not_enabled,
        "primary_web3_wallet_id": not_enabled,
        "profile_image_id": not_enabled,
        "sign_out_of_other_sessions": flag,
    }
)
_UPDATE_WITH_METADATA = Form({**_UPDATE.fields, **_METADATA})
_METADATA_FORM = Form(_METADATA)

_PLAIN = (
    "external_id",
    "first_name",
    "last_name",
    "locale",
    "username",
    "delete_self_enabled",
    "create_organization_enabled",
    "create_organizations_limit",
    "bypass_client_trust",
    "banned",
    "locked",
)
_DIRECTORYS = ("first_name", "last_name", "username", "primary_email_address_id")
_NEVER_NULL = ("delete_self_enabled", "create_organization_enabled", "bypass_client_trust", "banned", "locked")


def create(call: Call) -> bytes:
    """POST /users"""
    form = _CREATE.read(call.body)
    _require_place(call)
    wanted = _wanted_addresses(form)
    user = people.blank(call.now)
    _apply(call, user, form)
    user["created_at"] = milliseconds(form["created_at"]) if form.get("created_at") else call.now
    for kind in KINDS:
        user[kind] = form.get(kind) or {}
    for address, status in wanted:
        entry = addresses.attach(call.store, user, addresses.checked(call.store, address), status, call.now)
        user["primary_email_address_id"] = user["primary_email_address_id"] or entry["id"]
    call.news.append(f"{people.display_name(user)} is created")
    return people.insert(call.store, user)


def get(call: Call) -> bytes:
    """GET /users/{user_id}"""
    return people.fetch_bytes(call.store, call.path["user_id"])


def update(call: Call) -> bytes:
    """PATCH /users/{user_id}; metadata is taken by older API versions only."""
    form = (_UPDATE if call.version >= METADATA_SINCE else _UPDATE_WITH_METADATA).read(call.body)
    user = people.fetch(call.store, call.path["user_id"])
    for name in _DIRECTORYS:
        if name in form:
            managed.refuse_attribute(call.store, user["id"], name)
    _apply(call, user, form)
    if form.get("primary_email_address_id"):
        _make_primary(user, form["primary_email_address_id"])
    if form.get("created_at"):
        user["created_at"] = milliseconds(form["created_at"])
    for kind in KINDS:
        if form.get(kind) is not None:
            user[kind] = form[kind]
    call.news.append(f"{people.display_name(user)} is updated")
    return people.save(call.store, user, call.now)


def merge_metadata(call: Call) -> bytes:
    """PATCH /users/{user_id}/metadata"""
    user = people.fetch(call.store, call.path["user_id"])
    merged(user, _METADATA_FORM.read(call.body))
    return people.save(call.store, user, call.now)


def replace_metadata(call: Call) -> bytes:
    """PUT /users/{user_id}/metadata"""
    user = people.fetch(call.store, call.path["user_id"])
    replaced(user, _METADATA_FORM.read(call.body))
    return people.save(call.store, user, call.now)


def delete(call: Call) -> bytes:
    """DELETE /users/{user_id}: memberships, sessions and tickets go too; addresses are free again."""
    user = people.fetch(call.store, call.path["user_id"])
    managed.refuse_user(call.store, user["id"])
    for table in ("emails", "memberships", "sessions", "sign_in_tokens"):
        call.store.run(f"DELETE FROM {table} WHERE user_id = ?", user["id"])  # noqa: S608 - the names above
    call.store.run("DELETE FROM users WHERE id = ?", user["id"])
    call.news.append(f"{people.display_name(user)} is deleted")
    answer = {"id": user["id"], "object": "user", "deleted": True}
    if user["external_id"] is not None:
        answer["external_id"] = user["external_id"]
    return orjson.dumps(answer)


def _require_place(call: Call) -> None:
    most = call.options.users_cap
    if most is not None and call.store.count("SELECT count(*) FROM users") >= most:
        raise errors.USERS_QUOTA(limit=most, maxAllowed="")


def _wanted_addresses(form: dict[str, Any]) -> list[tuple[str, str]]:
    given = form.get("email_address") or []
    statuses = form.get("email_address_identification_status") or ["verified"] * len(given)
    if len(statuses) != len(given):
        raise errors.LENGTH_MISMATCH("email_address_identification_status", otherParam="email_address")
    for status in statuses:
        if status not in ("verified", "reserved"):
            raise errors.VALUE("email_address_identification_status", value=status)
    if not given and not form.get("skip_user_requirement"):
        missing = errors.DATA_MISSING(names='["email_address"]')
        missing.errors[0]["meta"] = {"param_names": ["email_address"]}
        raise missing
    return list(zip(given, statuses, strict=True))


def _apply(call: Call, user: User, form: dict[str, Any]) -> None:
    """The parameters that create and update share."""
    _refuse_taken(call.store, user, form)
    for name in _PLAIN:
        if name in form and (form[name] is not None or name not in _NEVER_NULL):
            user[name] = form[name] if form[name] != "" else None
    if "legal_accepted_at" in form:
        user["legal_accepted_at"] = milliseconds(form["legal_accepted_at"]) if form["legal_accepted_at"] else None
    _apply_password(user, form, call.now)
    _apply_second_factors(user, form, call.now)


def _refuse_taken(store: Store, user: User, form: dict[str, Any]) -> None:
    for name in ("external_id", "username"):
        value = form.get(name)
        if value and store.one(f"SELECT 1 FROM users WHERE {name} = ? AND id != ?", value, user["id"]):  # noqa: S608
            raise errors.EXISTS(name)


def _apply_password(user: User, form: dict[str, Any], now: int) -> None:
    """That there is a password is kept, never the password."""
    password, digest = form.get("password"), form.get("password_digest")
    if password and digest:
        raise errors.NOT_WITH("password_digest", existingParam="password")
    if digest and not form.get("password_hasher"):
        raise errors.MISSING("password_hasher")
    if password and len(password) < 8 and not form.get("skip_password_checks"):
        raise errors.PASSWORD_SHORT("password")
    if password or digest:
        user["password_enabled"] = True
        user["password_last_updated_at"] = now


def _apply_second_factors(user: User, form: dict[str, Any], now: int) -> None:
    if form.get("totp_secret"):
        user["totp_enabled"] = True
    if form.get("backup_codes"):
        user["backup_code_enabled"] = True
    if user["totp_enabled"] and not user["two_factor_enabled"]:
        user["two_factor_enabled"] = True
        user["mfa_enabled_at"] = now


def _make_primary(user: User, email_id: str) -> None:
    entry = addresses.of_user(user, email_id)
    if entry is None:
        raise errors.REFERENCE_MISSING("primary_email_address_id")
    if entry["verification"] is None:
        raise errors.NEEDS_VERIFICATION("primary_email_address_id")
    user["primary_email_address_id"] = email_id


ROUTES = (
    Route("POST", "/users", create),
    Route("GET", "/users/{user_id}", get, reads=True),
    Route("PATCH", "/users/{user_id}", update, limited=per_user),
    Route("DELETE", "/users/{user_id}", delete),
    Route("PATCH", "/users/{user_id}/metadata", merge_metadata, limited=per_user),
    Route("PUT", "/users/{user_id}/metadata", replace_metadata, limited=per_user),
)
