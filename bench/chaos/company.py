"""Who works there: two connections of one customer that share a domain and some people, under random rules and terms.

What the IdPs believe stands in `bench.directory`; here it becomes the facts that the model plans with.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bench.chaos.model.row import RANKS, Facts, Terms, Want
from bench.directory import Directory, Human, Team, ruleset
from bench.house import House
from mappings.decide import decide
from mappings.identity import GroupFact, Identity
from mappings.ruleset import Ruleset

FIRST, SECOND = CONNECTIONS = ("acme", "bought")
PLACES = ("production", "research", "support")
LEFT_ALONE = "research"  # whose memberships from before us stay
TEAMS = ("owners", "admins", "engineers", "science", "staff")
DOMAIN, OUTSIDE = "acme.example", "elsewhere.example"
ROLES = tuple(RANKS)


@dataclass
class Person:
    """One human, with at most one account in each connection, of the same key. `emails`: every one they ever had.

    `had_user`: a Clerk user of their address was there before us. `names`: the first names that Clerk may show. `namesake`:
    whose address this one got after the other was deleted, and `followed` is who that happened to. `joined`: both accounts
    are known as one person; `linked`: the bridge knows their Clerk user; both as it was seen when all was last at rest.
    `moving`: the address has changed since then.
    """

    name: str
    emails: list[str]
    connections: set[str] = field(default_factory=set)
    had_user: bool = False
    names: set[str] = field(default_factory=set)
    namesake: "Person | None" = None
    followed: bool = False
    joined: bool = False
    linked: bool = False
    revoked: bool = False
    moving: bool = False

    @property
    def outside(self) -> bool:
        return self.emails[-1].endswith(OUTSIDE)


@dataclass
class Company:
    """`budget`: how many people may lose something, per connection."""

    rng: random.Random
    directories: dict[str, Directory] = field(default_factory=lambda: {name: Directory(name) for name in CONNECTIONS})
    people: dict[str, Person] = field(default_factory=dict)
    rules: dict[str, Ruleset] = field(default_factory=dict)
    budget: int = 1000
    additive: frozenset[str] = frozenset()

    def describe(self, house: House, organizations: dict[str, str]) -> None:
        """Write the files. `organizations`: of the workspaces that were there before us."""
        self.budget = self.rng.choice((1000, 1000, 2, 3))
        self.additive = frozenset({SECOND}) if self.rng.random() < 0.15 else frozenset()
        workspaces: dict[str, Any] = {name: {"id": id} for name, id in organizations.items()}
        workspaces["production"] = {"create": "Production"}
        workspaces[LEFT_ALONE]["existing"] = "leave"
        for name in CONNECTIONS:
            first = name == FIRST
            house.connection(
                name,
                customer="Acme",
                domains=[DOMAIN] if first else ["bought.example"],
                shared_with=[SECOND] if first else [],
                workspaces=workspaces,
                settle="1s",
                mode="additive" if name in self.additive else "enforce",
                brake={"people": self.budget, "percent": 0, "within": "15m"},
            )
            house.mapping(name, list(self._rules(first)), limits=self._limits())
        for name in CONNECTIONS:
            self.rules[name] = ruleset(house.folder / "config", house.environment(), name)

    def terms(self, place: str) -> Terms:
        return Terms(place == LEFT_ALONE, self.additive)

    def hire(self, name: str, connections: set[str], email: str, *, namesake: Person | None = None) -> Person:
        """Somebody new, whom no IdP has told of yet."""
        person = self.people[name] = Person(name, [email], namesake=namesake)
        for connection in sorted(connections):
            self.draft(person, connection)
        return person

    def draft(self, person: Person, connection: str) -> None:
        """An account as it is going to be pushed."""
        person.connections.add(connection)
        title = self.rng.choice(("Engineer", "Engineer", "Lead"))
        human = Human(person.name, person.name.capitalize(), person.emails[-1], title)
        self.directories[connection].people[person.name] = human
        if not person.had_user:
            person.names.add(human.given)

    def accounts(self, person: Person) -> list[tuple[str, Human]]:
        """Those that an IdP has told of, deleted ones included."""
        found = [(name, self.directories[name].people[person.name]) for name in sorted(person.connections)]
        return [(name, human) for name, human in found if human.id]

    def options(self, person: Person, place: str) -> frozenset[Facts]:
        """From what the bridge may plan now: while two accounts are not joined, from either or from both."""
        accounts = self.accounts(person)
        groups = [accounts] if person.joined or len(accounts) < 2 else [accounts, *([one] for one in accounts)]
        found = {self._facts(person, group, place) for group in groups}
        if person.namesake is not None and not person.linked:
            found |= {facts._replace(conflict=True) for facts in found}
        return frozenset(found)

    def settled(self, person: Person, place: str, connections: set[str], *, conflict: bool) -> Facts:
        """At rest, for the accounts that are known as one person."""
        accounts = [(name, human) for name, human in self.accounts(person) if name in connections]
        return self._facts(person, accounts, place)._replace(conflict=conflict)

    def decides(self, person: Person, connection: str, *, besides: str | None) -> bool:
        """Do the rules of this connection give them anything, `besides` in one workspace?"""
        if person.revoked or person.outside:
            return False
        granted = [set(self._grants(name, human)) for name, human in self.accounts(person) if name == connection]
        return any(places - {besides} for places in granted)

    def _facts(self, person: Person, accounts: list[tuple[str, Human]], place: str) -> Facts:
        wants: dict[str, Want] = {}
        for connection, human in accounts if not (person.revoked or person.outside) else ():
            for alias, role in self._grants(connection, human).items():
                wants[alias] = _higher(wants.get(alias), Want(role, frozenset({connection})))
        active = not person.revoked and any(_active(human) for _, human in accounts)
        digest = (person.revoked, tuple(self._told(connection, human) for connection, human in accounts))
        takes = not person.outside and any(connection not in self.additive for connection, _ in accounts)
        reach = frozenset(connection for connection, _ in accounts)
        return Facts(active, person.revoked, wants.get(place), bool(wants), digest, reach, takes)

    def _grants(self, connection: str, human: Human) -> dict[str, str]:
        if not _active(human):
            return {}
        directory = self.directories[connection]
        groups = tuple(GroupFact(team.name, team.id) for team in directory.teams_of(human.key))
        identity = Identity(human.email, groups, {"title": (human.title,)})
        grants = decide(identity, self.rules[connection], datetime.now(UTC)).grants
        return {alias: str(grant.role) for alias, grant in grants.items()}

    def _told(self, connection: str, human: Human) -> tuple[object, ...]:
        teams = sorted((team.name, team.id) for team in self.directories[connection].teams_of(human.key))
        said = (human.email, human.given, human.title, tuple(teams)) if not human.gone else ()
        return (connection, human.id, human.active, human.gone, *said)

    def _rules(self, first: bool) -> Iterator[dict[str, Any]]:
        """Each team gives a role or two; the owners' team owns what is made for it."""
        for team in TEAMS:
            places = self.rng.sample(PLACES, self.rng.choice((1, 1, 2)))
            grant = {place: self.rng.choice(ROLES[:3]) for place in places}
            if team == "owners":
                grant |= {"production": "owner"} if first else {"support": "owner"}
            yield {"name": team.capitalize(), "when": {"group": team}, "grant": grant}
        yield {"name": "Leads", "when": {"attribute": {"title": "Lead"}}, "grant": {self.rng.choice(PLACES): "editor"}}

    def _limits(self) -> list[dict[str, Any]]:
        return [{"name": "Contractors", "when": {"attribute": {"title": "Contractor"}}, "at_most": "viewer"}]


def draft_teams(directory: Directory) -> None:
    for key in TEAMS:
        directory.teams[key] = Team(key, key)


def _active(human: Human) -> bool:
    return bool(human.id) and human.active and not human.gone


def _higher(one: Want | None, other: Want) -> Want:
    if one is None or RANKS[other.role] > RANKS[one.role]:
        return other
    if RANKS[other.role] < RANKS[one.role]:
        return one
    return Want(one.role, one.connections | other.connections)
