"""What decides about losses beside each person: budgets and what was spent of them, who is in a workspace, who owns it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import sqlalchemy as sa
from sqlalchemy import text

from bridge.people import grants, workspaces
from bridge.people.workspaces import Reference, Workspace
from bridge.provisioning import holds
from bridge.provisioning.brake import Budget
from bridge.provisioning.forecast.ahead import Ahead
from bridge.provisioning.heirs import last_resort
from bridge.provisioning.population import Population
from bridge.settings import Settings
from bridge.store.schema import granted, person
from scim.ports import Tx
from scim.sql import integers, texts, within

_PRESENT = text(
    """SELECT workspace, count(*) AS n FROM granted WHERE in_clerk IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM loss WHERE loss.workspace = granted.workspace AND loss.person = granted.person AND at > :since
        AND at >= granted.since)
    GROUP BY workspace"""
)
_GOVERNORS = (
    sa.select(granted.c.workspace, granted.c.in_clerk, person.c.clerk_user)
    .join(person, person.c.pk == granted.c.person)
    .where(
        within(granted.c.workspace, integers("workspaces")),
        within(granted.c.in_clerk, texts("roles")),
        person.c.barred.is_(None),
        person.c.clerk_user.is_not(None),
    )
)


@dataclass(frozen=True, slots=True)
class GoverningRoles:
    """The role keys whose holders govern a workspace."""

    owner: str
    admin: str

    def __contains__(self, role: str | None) -> bool:
        return role in {self.owner, self.admin}


@dataclass(frozen=True, slots=True)
class Heir:
    """Who is made owner before the last one goes. `user` None: no Clerk user yet; `role` None: no member yet."""

    person: int
    user: str | None
    role: str | None


@dataclass(frozen=True, slots=True)
class World:
    """`lost` and `lost_in`: who lost something within the window. `present`: how many are in a workspace.

    `governors`: Clerk users who may sign in and govern a workspace, as owner or admin, with their role keys. `heirs`:
    who is promoted in a workspace before its last owner goes. `references`: how files name what is not made yet; `made`: how
    many workspaces of a ``"*"`` there are, by family. `allowed`: how many of a connection, or in one of its workspaces,
    may lose something; `arrived`: who got access since the count of the `population`.
    """

    lost: dict[str, set[int]]
    lost_in: dict[tuple[str, int], set[int]]
    present: dict[int, int]
    governors: dict[int, dict[str, str]]
    roles: GoverningRoles
    workspaces: Mapping[int, Workspace]
    budgets: Mapping[str, Budget]
    population: Mapping[tuple[str, int | None], int]
    heirs: Mapping[int, Heir] = field(default_factory=dict)
    references: Mapping[int, Reference] = field(default_factory=dict)
    made: dict[tuple[str, str], int] = field(default_factory=dict)
    arrived: dict[tuple[str, int | None], int] = field(default_factory=dict)

    def arrive(self, person: int, connections: Collection[str], places: Collection[int], *, newcomer: bool) -> None:
        """They count among those with access from now on, unless they still do because they just lost it."""
        for connection in connections:
            for place in places:
                if person not in self.lost_in.get((connection, place), ()):
                    self._count(connection, place)
            if newcomer and places and person not in self.lost.get(connection, ()):
                self._count(connection, None)

    def people(self, connection: str, workspace: int | None = None) -> int:
        """How many have access through a connection, or of those in one workspace."""
        return self.population.get((connection, workspace), 0) + self.arrived.get((connection, workspace), 0)

    def copy(self) -> "World":
        """One that may move on by itself."""
        return replace(
            self,
            lost={name: set(people) for name, people in self.lost.items()},
            lost_in={place: set(people) for place, people in self.lost_in.items()},
            present=dict(self.present),
            governors={place: dict(users) for place, users in self.governors.items()},
            made=dict(self.made),
            arrived=dict(self.arrived),
        )

    def allowed(self, connection: str, workspace: int | None) -> int:
        return self.budgets[connection].allows(self.people(connection, workspace))

    def _count(self, connection: str, workspace: int | None) -> None:
        self.arrived[connection, workspace] = self.arrived.get((connection, workspace), 0) + 1


def world(
    tx: Tx,
    settings: Settings,
    instance: str,
    places: Mapping[int, Workspace],
    references: Mapping[int, Reference],
    people: Iterable[Ahead],
    *,
    now: int,
) -> World:
    """As our own rows have it, for what lies ahead of these people.

    `places`: the workspaces that it is about, unmade ones included; `references`: how files name those.
    """
    lost: dict[str, set[int]] = {}
    lost_in: dict[tuple[str, int], set[int]] = {}
    longest = 0
    for name, connection in settings.connections.items():
        window = connection.brake.within * 1000
        longest = max(longest, window)
        lost[name] = set()
        for row in holds.lost(tx, name, since=now - window):
            lost[name].add(row["person"])
            lost_in.setdefault((name, row["workspace"]), set()).add(row["person"])
    roles = GoverningRoles(settings.bridge.roles["owner"], settings.bridge.roles["admin"])
    population = Population(settings, lambda: now)
    charged = {(name, place) for one in people for name, place in one.charged if name in settings.connections}
    pairs: set[tuple[str, int | None]] = {*charged, *((name, None) for name, _ in charged)}
    families = {one.family for one in references.values() if one.family is not None}
    return World(
        lost=lost,
        lost_in=lost_in,
        present={row["workspace"]: row["n"] for row in tx.all(_PRESENT, since=now - longest)},
        governors=_governors(tx, list(places), roles),
        roles=roles,
        workspaces=places,
        budgets={
            name: Budget(connection.brake.people, connection.brake.percent)
            for name, connection in settings.connections.items()
        },
        population={pair: population.of(tx, *pair) for pair in pairs},
        heirs=_heirs(tx, settings, places),
        references=references,
        made={family: workspaces.made_of(tx, instance, family) for family in families},
    )


def _governors(tx: Tx, places: Sequence[int], roles: GoverningRoles) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    for row in tx.all(_GOVERNORS, workspaces=places, roles=[roles.owner, roles.admin]):
        found.setdefault(row["workspace"], {})[row["clerk_user"]] = row["in_clerk"]
    return found


def _heirs(tx: Tx, settings: Settings, places: Mapping[int, Workspace]) -> dict[int, Heir]:
    found: dict[int, Heir] = {}
    for pk, place in places.items():
        named = last_resort(tx, settings, place.reference)
        if named is not None:
            rows = {row.workspace: row.in_clerk for row in grants.of_person(tx, named.pk)}
            found[pk] = Heir(named.pk, named.clerk_user, rows.get(pk))
    return found
