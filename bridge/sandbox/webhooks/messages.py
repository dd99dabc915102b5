"""Clerk's webhook messages: the object of the API in an envelope (webhooks/2025-04-15.yml), a message a change."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from bridge.sandbox.clerk.ids import new_id
from bridge.sandbox.clerk.store import Store
from bridge.sandbox.webhooks.changes import Change

_NOUNS = {
    "users": "user",
    "organizations": "organization",
    "memberships": "organizationMembership",
    "sessions": "session",
    "invitations": "organizationInvitation",
    "roles": "role",
    "permissions": "permission",
}
_BY_STATUS = ("sessions", "invitations")  # what happens to them is told by the status they come to


@dataclass(frozen=True, slots=True)
class Message:
    """`id` is the same for every endpoint and every attempt (svix-id); `body` is what is signed and sent."""

    id: str
    type: str
    body: bytes


def messages(store: Store, changes: Sequence[Change], caller: dict[str, str], now: int) -> Iterator[Message]:
    """`caller`: {client_ip, user_agent} of the request that made the changes; `now` in milliseconds."""
    instance = store.one("SELECT value FROM instance WHERE name = 'id'")
    for change in changes:
        verb, data = _verb(change), _data(store, change)
        if verb is None or data is None:
            continue
        name = f"{_NOUNS[change.kind]}.{verb}"
        envelope = {
            "data": data,
            "event_attributes": {"http_request": caller},
            "instance_id": instance[0] if instance else None,
            "object": "event",
            "timestamp": now,
            "type": name,
        }
        yield Message(new_id("msg", now), name, orjson.dumps(envelope))


def _verb(change: Change) -> str | None:
    """None: Clerk tells nothing of it."""
    if change.kind not in _BY_STATUS:
        return change.verb
    if change.verb == "deleted":
        return "removed" if change.kind == "sessions" and _status(change.before) in {"active", "pending"} else None
    before, after = _status(change.before), _status(change.after)
    if before == after:
        return None
    return "created" if after == "active" or (change.kind == "invitations" and after == "pending") else after


def _status(document: bytes | None) -> str | None:
    return None if document is None else str(orjson.loads(document)["status"])


def _data(store: Store, change: Change) -> Any:
    """The object as the API answers it; what is gone is a membership, a session, or no more than its id."""
    document = change.after or change.before
    if document is None:
        return None
    if change.kind == "sessions":
        return _with_user(store, orjson.loads(document))
    if change.verb != "deleted" or change.kind == "memberships":
        return orjson.Fragment(document)
    gone = orjson.loads(document)
    kept = {name: gone[name] for name in ("external_id", "slug") if gone.get(name) is not None}
    return {"object": gone["object"], "id": gone["id"], "deleted": True, **kept}


def _with_user(store: Store, session: dict[str, Any]) -> dict[str, Any]:
    user = store.one("SELECT doc FROM users WHERE id = ?", session["user_id"])
    return session | ({"user": orjson.Fragment(user[0])} if user else {})
