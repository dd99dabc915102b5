"""Who calls, or why nobody is believed: what every way of authenticating comes to."""

from dataclasses import dataclass
from typing import Literal

Method = Literal["token", "raw_token", "oauth", "entra"]
Reason = Literal[
    "no_credentials",  # no Authorization header, or none of a kind that is known
    "unknown_connection",
    "method_not_listed",  # `auth` of the connection does not have it
    "unknown_token",  # never made, expired, or revoked
    "other_connection",
    "unknown_client",
    "wrong_secret",
    "malformed",  # a JWT that is none, or not signed with RS256
    "wrong_tenant",
    "unknown_key",  # Microsoft publishes no such key
    "bad_signature",
    "wrong_audience",
    "not_now",  # expired, or not valid yet
    "delegated",  # a person's token, not an application's
    "not_pinned",  # an application of the tenant that the connection does not name
    "replayed",
]


@dataclass(frozen=True, slots=True)
class Visitor:
    """`id` is their name in the audit trail. They may be believed until `until`, in epoch ms, without asking again.

    `subject`: the id of the user that they are; None for a connector.
    """

    method: Method
    id: str
    connection: str
    until: int
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nobody to believe. The audit trail learns why, and `about` whom (only what a right signature vouches for)."""

    reason: Reason
    about: str = ""
