"""A directory as its IdP believes it: what it has been told is done, and so what everybody should have in Clerk.

Plain values that the writes of bench/onboarding.py change once they are acknowledged; what they should lead to is decided
here by the same pure `decide`, on these values alone, never on what the bridge says it has.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bridge.settings import load
from mappings.check import check
from mappings.decide import decide
from mappings.identity import GroupFact, Identity
from mappings.ruleset import Ruleset

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
Roles = dict[str, dict[str, str]]  # e-mail -> {workspace: role}


@dataclass(slots=True)
class Human:
    """`id` is the SCIM resource's, empty until its creation is acknowledged. `gone`: deleted."""

    key: str
    given: str
    email: str
    title: str = "Engineer"
    active: bool = True
    id: str = ""
    gone: bool = False

    def resource(self) -> dict[str, Any]:
        """As an IdP pushes them when they arrive."""
        return {
            "schemas": [USER],
            "userName": self.email,
            "externalId": self.key,
            "name": {"givenName": self.given, "familyName": "Doe"},
            "emails": [{"value": self.email, "type": "work", "primary": True}],
            "title": self.title,
            "active": True,
        }


@dataclass(slots=True)
class Team:
    """`members` are keys of people."""

    key: str
    name: str
    id: str = ""
    gone: bool = False
    members: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Directory:
    """Everything of one connection, by key."""

    connection: str
    people: dict[str, Human] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)

    def teams_of(self, key: str) -> list[Team]:
        return [team for team in self.teams.values() if key in team.members and team.id and not team.gone]

    def decided(self, ruleset: Ruleset) -> Roles:
        """Who should have what, by the rules; people without anything don't stand here."""
        now = datetime.now(UTC)
        found: Roles = {}
        for person in self.people.values():
            if not person.id or person.gone or not person.active:
                continue
            groups = tuple(GroupFact(team.name, team.id) for team in self.teams_of(person.key))
            identity = Identity(person.email, groups, {"title": (person.title,)})
            grants = decide(identity, ruleset, now).grants
            if grants:
                found[person.email] = {alias: str(grant.role) for alias, grant in grants.items()}
        return found


def ruleset(config: Path, environment: dict[str, str], connection: str) -> Ruleset:
    """The rules of a mapping file, compiled as `inferpipe-bridge check` would."""
    scope = load(config, environment).connections[connection].scope()
    file = config / "mappings" / f"{connection}.yaml"
    checked = check(file.read_text(encoding="utf-8"), str(file), scope, datetime.now(UTC))
    if checked.ruleset is None or not checked.ok:
        raise RuntimeError("\n".join(map(str, checked.problems)))
    return checked.ruleset


def in_clerk(state: Any) -> Roles:
    """The memberships of the sandbox's state in the same words. A workspace's alias is its name in lower case."""
    emails = {user["id"]: primary(user) for user in state["users"]}
    workspaces = {one["id"]: one["name"].lower() for one in state["organizations"]}
    found: Roles = {}
    for one in state["memberships"]:
        role = one["role"].removeprefix("org:")
        found.setdefault(emails[one["user_id"]], {})[workspaces[one["organization_id"]]] = role
    return found


def primary(user: Any) -> str:
    """The primary address of a Clerk user; the user's id if there is none."""
    found = [one["email_address"] for one in user["email_addresses"] if one["id"] == user["primary_email_address_id"]]
    return str(found[0]) if found else str(user["id"])
