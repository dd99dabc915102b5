"""Who has access to a workspace, with which role and why: an access review."""

from dataclasses import dataclass
from typing import Any

from bridge.answers import names
from bridge.people import accounts, grants
from bridge.people.grant import Grant
from bridge.settings import Settings
from mappings.roles import Role
from scim.ports import Tx


@dataclass(frozen=True, slots=True)
class Access:
    """One person in one workspace."""

    email: str | None
    display: str | None
    connections: tuple[str, ...]
    role: str | None
    decided: str | None
    state: str
    cause: str | None
    because: tuple[str, ...]
    since: int

    def as_dict(self) -> dict[str, Any]:
        return {
            "email": self.email,
            "display": self.display,
            "connections": list(self.connections),
            "role": self.role,
            "decided": self.decided,
            "state": self.state,
            "cause": self.cause,
            "because": list(self.because),
            "since": self.since,
        }


def who(tx: Tx, settings: Settings, instance: str, given: str) -> list[Access]:
    """Everybody in the workspace that `given` names: an alias, an organization id or a reference."""
    found = names.named(tx, settings, instance, given)
    rows = [_access(tx, settings, person, grant) for one in found for person, grant in grants.in_workspace(tx, one.pk)]
    rank = {str(role): int(role) for role in Role}
    return sorted(rows, key=lambda row: (-rank.get(row.role or row.decided or "", 0), row.email or ""))


def _access(tx: Tx, settings: Settings, person: int, grant: Grant) -> Access:
    known = accounts.of_person(tx, person)
    shown = next((one for one in known if one.state == "active"), known[0] if known else None)
    return Access(
        shown.email if shown else None,
        shown.display if shown else None,
        tuple(sorted({one.connection for one in known})),
        names.role_word(settings, grant.in_clerk),
        names.role_word(settings, grant.decided),
        str(grant.state),
        grant.cause,
        tuple(f"{one['rule']} <- {', '.join(one['facts'])}" for one in grant.because),
        grant.since,
    )
