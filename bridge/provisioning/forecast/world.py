"""What decides about losses beside each person: budgets and what was spent of them, who is in a workspace, who owns it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy import bindparam, text

from bridge.people import workspaces
from bridge.people.workspaces import Reference, Workspace
from bridge.provisioning import holds
from bridge.provisioning.brake import Budget
from bridge.provisioning.population import Population
from bridge.settings import Settings
from bridge.store.schema import granted, person
from scim.ports import Tx
from scim.sql import integers, within

_PRESENT = text(
    """SELECT workspace, count(*) AS n FROM granted WHERE in_clerk IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM loss WHERE loss.workspace = granted.workspace AND loss.person = granted.person AND at > :since
        AND at >= granted.since)
    GROUP BY workspace"""
)
_OWNERS = (
    sa.select(granted.c.workspace, person.c.clerk_user)
    .join(person, person.c.pk == granted.c.person)
    .where(
        within(granted.c.workspace, integers("workspaces")),
        granted.c.in_clerk == bindparam("role"),
        person.c.barred.is_(None),
        person.c.clerk_user.is_not(None),
    )
)


@dataclass(frozen=True, slots=True)
class World:
    """`lost` and `lost_in`: who lost something within the window. `present`: how many are in a workspace.

    `owners`: Clerk users who own a workspace and may sign in. `heirs`: workspaces with a last resort to be promoted.
    `made`: how many workspaces of a ``"*"`` there are, by family. `allowed`: how many of a connection, or in one of its
    workspaces, may lose something.
    """

    lost: dict[str, set[int]]
    lost_in: dict[tuple[str, int], set[int]]
    present: dict[int, int]
    owners: dict[int, set[str]]
    owner_role: str
    workspaces: Mapping[int, Workspace]
    budgets: Mapping[str, Budget]
    population: Callable[[str, int | None], int]
    heirs: frozenset[int] = frozenset()
    references: Mapping[int, Reference] = field(default_factory=dict)
    made: dict[tuple[str, str], int] = field(default_factory=dict)

    def allowed(self, connection: str, workspace: int | None) -> int:
        return self.budgets[connection].allows(self.population(connection, workspace))


def world(tx: Tx, settings: Settings, instance: str, places: Mapping[int, Workspace], *, now: int) -> World:
    """As our own rows have it; `places` are the workspaces that changes are about, unmade ones included."""
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
    owner = settings.bridge.roles["owner"]
    population = Population(settings, lambda: now)
    references = _references(settings, places)
    families = {one.family for one in references.values() if one.family is not None}
    return World(
        lost=lost,
        lost_in=lost_in,
        present={row["workspace"]: row["n"] for row in tx.all(_PRESENT, since=now - longest)},
        owners=_owners(tx, list(places), owner),
        owner_role=owner,
        workspaces=places,
        budgets={
            name: Budget(connection.brake.people, connection.brake.percent)
            for name, connection in settings.connections.items()
        },
        population=lambda connection, workspace: population.of(tx, connection, workspace),
        heirs=_heirs(settings, places),
        references=references,
        made={family: workspaces.made_of(tx, instance, family) for family in families},
    )


def _owners(tx: Tx, places: Sequence[int], role: str) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for row in tx.all(_OWNERS, workspaces=places, role=role):
        found.setdefault(row["workspace"], set()).add(row["clerk_user"])
    return found


def _heirs(settings: Settings, places: Mapping[int, Workspace]) -> frozenset[int]:
    """Workspaces for which an operator named somebody who becomes owner before the last one goes."""
    named = {
        found.key
        for connection in settings.connections.values()
        for alias, place in connection.workspaces.items()
        if place.last_resort_owner and (found := workspaces.reference(connection, alias)) is not None
    }
    return frozenset(pk for pk, place in places.items() if place.reference in named)


def _references(settings: Settings, places: Mapping[int, Workspace]) -> dict[int, Reference]:
    """How the ``"*"`` of a connection would name what is not made yet."""
    unmade: Collection[Workspace] = [place for place in places.values() if place.organization is None]
    found: dict[int, Reference] = {}
    for connection in settings.connections.values():
        star = workspaces.reference(connection, "{alias}") if connection.wildcard else None
        if star is None or star.family is None:
            continue
        before, after = star.family
        for place in unmade:
            if place.reference.startswith(before) and place.reference.endswith(after):
                found[place.pk] = Reference(place.reference, place.reference, star.family, star.at_most)
    return found
