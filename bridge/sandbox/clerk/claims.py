"""What a token says: the claims every token of Clerk has, those of a session token (version 2), and those of a template."""

import os
from typing import Any

import orjson

from bridge.sandbox.clerk import people
from bridge.sandbox.clerk.call import Call
from bridge.sandbox.clerk.shortcodes import filled

RESERVED = ("azp", "exp", "iat", "iss", "jti", "nbf", "sub")  # in every token; no template may set them

_LIFETIME = 60  # seconds, of a session token
_SKEW = 10  # seconds, by which it is valid before it was made
_MEMBERSHIP = """SELECT m.role, r.permission_keys, m.public_metadata, o.doc FROM memberships m
  JOIN roles r ON r.key = m.role JOIN organizations o ON o.id = m.organization_id
  WHERE m.organization_id = ? AND m.user_id = ?"""


def of_session(call: Call, session: dict[str, Any], azp: str | None, lifetime: int | None) -> dict[str, Any]:
    """The session token's claims in version 2; `o` is there while the person is in the session's organization."""
    age = (call.now - session["created_at"]) // 60_000
    claims = _everyones(call, session["user_id"], azp, lifetime or _LIFETIME, _SKEW)
    claims |= {"fva": [age, -1], "sid": session["id"], "sts": session["status"], "v": 2}
    organization, membership = _place(call, session)
    return claims | _organization(organization, membership) if organization else claims


def of_template(
    call: Call, session: dict[str, Any], azp: str | None, template: dict[str, Any], lifetime: int | None
) -> dict[str, Any]:
    """A template's claims; unlike a session token it has no `sid`, `o`, `v` and `fva` of its own."""
    organization, membership = _place(call, session)
    user = _user(people.fetch(call.store, session["user_id"]))
    facts = {"user": user, "org": organization, "org_membership": membership, "session": {"id": session["id"]}}
    seconds = lifetime or template["lifetime"]
    claims: dict[str, Any] = filled(template["claims"], facts)
    return claims | _everyones(call, session["user_id"], azp, seconds, template["allowed_clock_skew"])


def _everyones(call: Call, user_id: str, azp: str | None, lifetime: int, skew: int) -> dict[str, Any]:
    now = call.now // 1000
    claims = {"exp": now + lifetime, "iat": now, "iss": call.origin, "jti": os.urandom(10).hex(), "nbf": now - skew}
    return claims | {"sub": user_id} | ({"azp": azp} if azp else {})


def _place(call: Call, session: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The session's organization and the membership in it, as shortcodes name their facts; both empty without one."""
    row = call.store.one(_MEMBERSHIP, session["last_active_organization_id"], session["user_id"])
    if row is None:
        return {}, {}
    role, permissions, metadata, document = row[0], orjson.loads(row[1]), orjson.loads(row[2]), orjson.loads(row[3])
    known = ("id", "name", "slug", "image_url", "has_image", "public_metadata", "created_at")
    organization = {name: document[name] for name in known} | {"role": role}
    return organization, {"role": role, "permissions": permissions, "public_metadata": metadata}


def _organization(organization: dict[str, Any], membership: dict[str, Any]) -> dict[str, Any]:
    """`o`, and `fea` beside it: permissions as Clerk packs them, features times actions with a bit mask for each feature.

    Clerk's own permissions (`org:sys_…`) are in no token.
    """
    o = {"id": organization["id"], "slg": organization["slug"], "rol": membership["role"].removeprefix("org:")}
    own = [key.split(":")[1:] for key in membership["permissions"] if not key.startswith("org:sys_")]
    if not own:
        return {"o": o}
    features, actions = sorted({feature for feature, _ in own}), sorted({action for _, action in own})
    masks = [sum(1 << bit for bit, action in enumerate(actions) if [feature, action] in own) for feature in features]
    packed = {"per": ",".join(actions), "fpm": ",".join(map(str, masks))}
    return {"fea": ",".join(f"o:{feature}" for feature in features), "o": o | packed}


def _user(user: dict[str, Any]) -> dict[str, Any]:
    """A person, as shortcodes name the facts; private metadata is in no token."""
    primary = next((item for item in user["email_addresses"] if item["id"] == user["primary_email_address_id"]), None)
    kept = {name: value for name, value in user.items() if name not in ("private_metadata", "email_addresses")}
    return kept | {
        "full_name": " ".join(name for name in (user["first_name"], user["last_name"]) if name) or None,
        "primary_email_address": primary["email_address"] if primary else None,
        "email_verified": primary is not None and primary["verification"] is not None,
        "primary_phone_number": None,
        "phone_number_verified": False,
    }
