"""What is kept of a payload: whom and what it is about, and the few facts that are compared or audited; nothing else.

Clerk's webhooks/2025-04-15.yml: ``{object: "event", type, data, timestamp, instance_id, event_attributes}``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

UNREADABLE = "(unreadable)"
_SECONDS_END = 100_000_000_000  # as seconds, the year 5138; as milliseconds, 1973
_LONGEST = 200  # characters of a text that is kept


@dataclass(frozen=True, slots=True)
class Event:
    """`at`: when it happened, epoch ms by Clerk's clock. `clerk_user` and `organization` are Clerk's ids."""

    id: str
    type: str
    at: int
    clerk_user: str | None = None
    organization: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def noun(self) -> str:
        return self.type.partition(".")[0]

    @property
    def verb(self) -> str:
        return self.type.partition(".")[2]


def read(id: str, body: bytes, *, now: int) -> Event:
    """Of a body that is surely Clerk's. What can't be read is an event that says so: repeating it would not help."""
    try:
        envelope = orjson.loads(body)
        type, data = str(envelope["type"])[:_LONGEST], envelope["data"]
        keep = _KEPT.get(type.partition(".")[0], _nothing)
        user, organization, facts = keep(data)
        return Event(id, type, _moment(envelope.get("timestamp"), data, now), _text(user), _text(organization), facts)
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError) as error:
        return Event(id, UNREADABLE, now, facts={"problem": f"{error.__class__.__name__}: {error}"[:_LONGEST]})


_Kept = tuple[Any, Any, Mapping[str, Any]]


def _user(data: Any) -> _Kept:
    facts = {
        "external_id": _text(data.get("external_id") or None),
        "banned": data.get("banned"),
        "locked": data.get("locked"),
    }
    return data["id"], None, {name: value for name, value in facts.items() if value is not None}


def _membership(data: Any) -> _Kept:
    facts = {"id": _text(data["id"]), "role": _text(data["role"])}
    return data["public_user_data"]["user_id"], data["organization"]["id"], facts


def _organization(data: Any) -> _Kept:
    return None, data["id"], {}


def _invitation(data: Any) -> _Kept:
    return None, data["organization_id"], {"id": _text(data["id"])}


def _session(data: Any) -> _Kept:
    """Device and place, for the audit trail."""
    activity = data.get("latest_activity") or {}
    facts = {
        "session": data["id"],
        "began": data.get("created_at"),
        "workspace": data.get("last_active_organization_id"),
        "browser": _joined(activity.get("browser_name"), activity.get("browser_version")),
        "device": activity.get("device_type"),
        "place": _joined(activity.get("city"), activity.get("country"), between=", "),
        "address": activity.get("ip_address"),
    }
    return data["user_id"], None, {name: _short(value) for name, value in facts.items() if value}


def _nothing(_: Any) -> _Kept:
    return None, None, {}


_KEPT: Mapping[str, Callable[[Any], _Kept]] = {
    "user": _user,
    "organizationMembership": _membership,
    "organization": _organization,
    "organizationInvitation": _invitation,
    "session": _session,
}


def _moment(timestamp: Any, data: Any, now: int) -> int:
    """Clerk's samples have seconds in some places and milliseconds in others; the object's own time is finer."""
    told = timestamp if isinstance(timestamp, int) and not isinstance(timestamp, bool) and timestamp > 0 else now
    at = told * 1000 if told < _SECONDS_END else told
    changed = data.get("updated_at") if isinstance(data, dict) else None
    within = isinstance(changed, int) and at <= changed < at + 1000
    return changed if within and isinstance(changed, int) else at


def _joined(*parts: Any, between: str = " ") -> str:
    return between.join(str(part) for part in parts if part)


def _short(value: Any) -> Any:
    return value[:_LONGEST] if isinstance(value, str) else value


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not value or len(value) > _LONGEST:
        raise ValueError(f"an id is a short text, not {value!r:.50}")
    return value
