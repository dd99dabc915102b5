"""Clerk's User as it is stored and answered: one document, and the columns that lists search."""

from typing import Any

import orjson

from bridge.sandbox.clerk import errors
from bridge.sandbox.clerk.ids import new_id
from bridge.sandbox.clerk.store import Store

User = dict[str, Any]

IMAGE = "https://img.clerk.com/sandbox"

_INSERT = """INSERT INTO users (doc, public, external_id, username, email, first_name, last_name, banned, created_at,
  updated_at, last_active_at, last_sign_in_at, id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_UPDATE = """UPDATE users SET doc = ?, public = ?, external_id = ?, username = ?, email = ?, first_name = ?,
  last_name = ?, banned = ?, created_at = ?, updated_at = ?, last_active_at = ?, last_sign_in_at = ? WHERE id = ?"""


def fetch(store: Store, user_id: str) -> User:
    """The user, or 404."""
    user: User = orjson.loads(fetch_bytes(store, user_id))
    return user


def fetch_bytes(store: Store, user_id: str) -> bytes:
    """The user as answered, or 404."""
    row = store.one("SELECT doc FROM users WHERE id = ?", user_id)
    if row is None:
        raise errors.USER_NOT_FOUND(userID=user_id)
    return bytes(row[0])


def insert(store: Store, user: User) -> bytes:
    """Store a new user; gives what is answered."""
    return _write(store, _INSERT, user)


def save(store: Store, user: User, now: int) -> bytes:
    """Store a changed user; gives what is answered."""
    user["updated_at"] = now
    return _write(store, _UPDATE, user)


def blank(now: int) -> User:
    """A user nothing is known of yet, with every field that Clerk's schema requires."""
    return {
        "id": new_id("user", now),
        "object": "user",
        "username": None,
        "first_name": None,
        "last_name": None,
        "locale": None,
        "image_url": IMAGE,
        "has_image": False,
        "primary_email_address_id": None,
        "primary_phone_number_id": None,
        "primary_web3_wallet_id": None,
        "password_enabled": False,
        "two_factor_enabled": False,
        "totp_enabled": False,
        "backup_code_enabled": False,
        "email_addresses": [],
        "phone_numbers": [],
        "web3_wallets": [],
        "passkeys": [],
        "external_accounts": [],
        "saml_accounts": [],
        "enterprise_accounts": [],
        "public_metadata": {},
        "private_metadata": {},
        "unsafe_metadata": {},
        "external_id": None,
        "last_sign_in_at": None,
        "banned": False,
        "locked": False,
        "lockout_expires_in_seconds": None,
        "verification_attempts_remaining": 100,
        "created_at": now,
        "updated_at": now,
        "delete_self_enabled": True,
        "create_organization_enabled": True,
        "create_organizations_limit": None,
        "last_active_at": None,
        "mfa_enabled_at": None,
        "mfa_disabled_at": None,
        "legal_accepted_at": None,
        "bypass_client_trust": False,
    }


def primary_email(user: User) -> str | None:
    """The address Clerk shows for this person."""
    wanted = user["primary_email_address_id"]
    return next((item["email_address"] for item in user["email_addresses"] if item["id"] == wanted), None)


def display_name(user: User) -> str:
    """How the page calls this person."""
    names = " ".join(name for name in (user["first_name"], user["last_name"]) if name)
    return names or primary_email(user) or user["username"] or str(user["id"])


def _write(store: Store, sql: str, user: User) -> bytes:
    document = orjson.dumps(user)
    store.run(
        sql,
        document,
        orjson.dumps(public(user)),
        user["external_id"],
        user["username"],
        primary_email(user),
        user["first_name"],
        user["last_name"],
        user["banned"],
        user["created_at"],
        user["updated_at"],
        user["last_active_at"],
        user["last_sign_in_at"],
        user["id"],
    )
    return document


def public(user: User) -> dict[str, Any]:
    """What a membership shows of its user."""
    return {
        "user_id": user["id"],
        "first_name": user["first_name"],
        "last_name": user["last_name"],
        "profile_image_url": IMAGE,
        "image_url": IMAGE,
        "has_image": False,
        "identifier": primary_email(user) or user["username"] or "",
        "banned": user["banned"],
    }
