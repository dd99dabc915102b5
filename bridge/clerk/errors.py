"""Clerk's refusals as types, by the codes of its error catalogue. Three kinds steer what happens next: `Outage` passes by
itself, `Unknown` must be looked up before anything is repeated, every other refusal is about the request.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from bridge.errors import BridgeError


class ClerkError(BridgeError):
    """A refusal. `code` is Clerk's own; `trace` is what its support asks for."""

    def __init__(self, code: str, sentence: str, *, status: int = 0, trace: str | None = None) -> None:
        super().__init__(code, sentence, hint=f"Clerk's trace id is {trace}." if trace else None)
        self.status = status
        self.trace = trace


class NotNow(ClerkError):
    """Says nothing about the person or workspace at hand: everybody's work waits."""


class Outage(NotNow):
    """Clerk can't be reached or says that it is down, and the call had no effect."""


class Unknown(NotNow):
    """A write whose answer was lost, or that ended in a 5xx: nobody knows its effect."""


class Missing(ClerkError):
    """404: the object is gone."""


class AlreadyMember(ClerkError):
    """The person has a membership there already."""


class IdentifierTaken(ClerkError):
    """Another user has this address or external id."""


class LastGovernor(ClerkError):
    """Clerk keeps at least one member with the minimum permissions in an organization."""


class LastMembership(ClerkError):
    """The instance allows nobody to be without an organization."""


class ManagedElsewhere(ClerkError):
    """Clerk's own directory sync manages this user or membership."""


class Locked(ClerkError):
    """Another request has been changing the same object for long. Nothing happened."""


class Quota(ClerkError):
    """A limit of the plan or of the organization is reached."""


class PlanForbids(ClerkError):
    """402: the plan doesn't include this."""


class RoleMissing(ClerkError):
    """The organization can't give this role."""


class KeyRefused(NotNow):
    """401: the secret key is wrong."""


LOCKED = "resource_locked"  # another request is just changing the object: nothing happened, and it passes at once

_BY_CODE: Mapping[str, type[ClerkError]] = {
    "already_a_member_in_organization": AlreadyMember,
    "form_identifier_exists": IdentifierTaken,
    "form_already_exists": IdentifierTaken,
    "organization_minimum_permissions_needed": LastGovernor,
    "personal_accounts_not_allowed": LastMembership,
    "user_managed_by_scim": ManagedElsewhere,
    "organization_membership_managed_by_scim": ManagedElsewhere,
    "attribute_managed_by_scim": ManagedElsewhere,
    "organization_membership_quota_exceeded": Quota,
    "organization_quota_exceeded": Quota,
    "user_quota_exceeded": Quota,
    "insufficient_seats": Quota,
    LOCKED: Locked,
}
_BY_STATUS: Mapping[int, type[ClerkError]] = {401: KeyRefused, 402: PlanForbids, 404: Missing, 429: Outage}


def refusal(status: int, body: bytes, *, writes: bool) -> ClerkError:
    """The error of an answer that is no success; an answer that isn't Clerk's own JSON is one, too."""
    item, trace = _first(body)
    meta = item.get("meta")
    code, param = str(item.get("code") or f"http_{status}"), meta.get("param_name") if isinstance(meta, dict) else None
    sentence = str(item.get("long_message") or item.get("message") or f"Clerk answered {status}.")[:300]
    return _kind(status, code, param, writes)(code, sentence, status=status, trace=trace)


def _kind(status: int, code: str, param: str | None, writes: bool) -> type[ClerkError]:
    if status >= 500:
        return Unknown if writes else Outage
    if param == "role" and status in {404, 422}:  # old and new instances differ: facts say to treat both alike
        return RoleMissing
    return _BY_CODE.get(code) or _BY_STATUS.get(status) or ClerkError


def _first(body: bytes) -> tuple[dict[str, Any], str | None]:
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}, None
    if not isinstance(data, dict):
        return {}, None
    errors = data.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    trace = data.get("clerk_trace_id")
    return first, str(trace) if trace else None
