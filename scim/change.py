"""What one SCIM write did, as the host needs to know it: who is affected, and how much must be looked at again."""

from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal[
    "user.created", "user.changed", "user.deleted", "group.created", "group.changed", "group.deleted", "members.changed"
]


@dataclass(frozen=True, slots=True)
class UserFacts:
    """A user's matching keys after the write: what an account is recognised by. `resource`: the user without meta."""

    id: str
    external_id: str | None
    user_name: str
    user_name_key: str
    email: str | None
    display: str | None
    active: bool
    resource: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Change:
    """One write on one resource.

    `user` is set for user.* except deletion. `users` are ids of users whose direct memberships changed, `groups` ids of
    groups whose members (transitively) must all be looked at again: one mark each, however big the group.
    `was_active` is what `active` was before. `fields` names what changed, for the audit trail. A write that changed
    nothing yields no Change.
    """

    kind: Kind
    id: str
    at: int
    user: UserFacts | None = None
    was_active: bool | None = None
    users: tuple[str, ...] = ()
    gained: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    name: str | None = None
    fields: tuple[str, ...] = field(default=())
