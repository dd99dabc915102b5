"""E-mail addresses inside a User's document, and the index that keeps each address with one person only."""

import re
from typing import Any

from bridge.sandbox.clerk import errors
from bridge.sandbox.clerk.ids import new_id
from bridge.sandbox.clerk.people import User
from bridge.sandbox.clerk.store import Store

_ADDRESS = re.compile(r"[^@\s\"(),:;<>\[\]\\]{1,64}@[^@\s_]{1,190}\.[^@\s_.]{2,63}")
_BY_ADMIN = {
    "object": "verification_admin",
    "status": "verified",
    "strategy": "admin",
    "attempts": None,
    "expire_at": None,
}


def is_one(text: str) -> bool:
    """Whether this is an address."""
    return _ADDRESS.fullmatch(text) is not None


def checked(store: Store, address: str) -> str:
    """The address in lower case; 422 where it is malformed or somebody has it."""
    folded = address.strip().lower()
    if not is_one(folded):
        raise errors.EMAIL_FORMAT("email_address")
    if holder(store, folded) is not None:
        raise errors.EXISTS("email_address")
    return folded


def holder(store: Store, address: str) -> str | None:
    """The id of the user who has this address."""
    row = store.one("SELECT user_id FROM emails WHERE address = ?", address.lower())
    return None if row is None else str(row[0])


def attach(store: Store, user: User, address: str, status: str, now: int) -> dict[str, Any]:
    """Give the user a checked address; `status` is verified, reserved or unverified."""
    entry = {
        "id": new_id("idn", now),
        "object": "email_address",
        "email_address": address,
        "reserved": status == "reserved",
        "verification": _BY_ADMIN if status == "verified" else None,
        "linked_to": [],
        "matches_sso_connection": False,
        "created_at": now,
        "updated_at": now,
    }
    store.run("INSERT INTO emails (id, address, user_id) VALUES (?, ?, ?)", entry["id"], address, user["id"])
    user["email_addresses"].append(entry)
    return entry


def detach(store: Store, user: User, entry: dict[str, Any]) -> None:
    """Take an address away; it is free for others at once."""
    store.run("DELETE FROM emails WHERE id = ?", entry["id"])
    user["email_addresses"].remove(entry)
    if user["primary_email_address_id"] == entry["id"]:
        verified = (item["id"] for item in user["email_addresses"] if item["verification"])
        user["primary_email_address_id"] = next(verified, None)


def verify(entry: dict[str, Any], *, verified: bool, now: int) -> None:
    """Mark an address as verified by an admin, or as not verified."""
    entry["verification"] = _BY_ADMIN if verified else None
    entry["reserved"] = entry["reserved"] and not verified
    entry["updated_at"] = now


def of_user(user: User, email_id: str) -> dict[str, Any] | None:
    """The user's address with this id."""
    return next((item for item in user["email_addresses"] if item["id"] == email_id), None)
