"""The workspaces that connection files name, and what the database knows of each: what `setup` and `doctor` look after."""

from dataclasses import dataclass

from sqlalchemy import text

from bridge.people import workspaces
from bridge.settings import Settings
from scim.ports import Tx

_COUNTS = text(
    """SELECT g.workspace, count(*) AS decided, SUM(CASE WHEN g.in_clerk IS NULL THEN 1 ELSE 0 END) AS coming
    FROM granted g JOIN workspace w ON w.pk = g.workspace
    WHERE w.clerk_instance = :instance AND g.decided IS NOT NULL GROUP BY g.workspace"""
)


@dataclass(frozen=True, slots=True)
class Governed:
    """`names`: ``connection/alias`` for each file that names it. `organization` None: not found or not made yet.

    `decided`: people who are to have a role there; `coming`: those of them who have none yet.
    """

    reference: str
    names: tuple[str, ...]
    organization: str | None
    decided: int = 0
    coming: int = 0
    blocked_code: str | None = None
    blocked_sentence: str | None = None

    @property
    def name(self) -> str:
        return self.names[0] if self.names else self.reference


def governed(tx: Tx, settings: Settings, instance: str) -> list[Governed]:
    """Those that files name, and those that were used before and no file names now."""
    named = _named(settings, instance)
    counts = {row["workspace"]: row for row in tx.all(_COUNTS, instance=instance)}
    found = []
    for pk, one in workspaces.all_of(tx, instance).items():
        row = counts.get(pk)
        decided, coming = (int(row["decided"]), int(row["coming"])) if row else (0, 0)
        names = named.pop(one.reference, ())
        blocked = (one.blocked_code, one.blocked_sentence)
        found.append(Governed(one.reference, names, one.organization, decided, coming, *blocked))
    unused = [Governed(key, names, key if key.startswith("org_") else None) for key, names in named.items()]
    return [*found, *unused]


def _named(settings: Settings, instance: str) -> dict[str, tuple[str, ...]]:
    names: dict[str, tuple[str, ...]] = {}
    for connection in settings.connections.values():
        for alias in connection.workspaces if connection.clerk_instance == instance else ():
            reference = workspaces.reference(connection, alias)
            if reference is not None:
                names[reference.key] = (*names.get(reference.key, ()), f"{connection.name}/{alias}")
    return names
