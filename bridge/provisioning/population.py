"""How many people have access: what the brake's percentages are of. Counted at most every half minute."""

from collections.abc import Callable, Sequence

from sqlalchemy import text

from bridge.provisioning.brake import Budget
from bridge.provisioning.holds import Limits
from bridge.provisioning.plan import Step
from bridge.settings import Settings
from scim.ports import Tx

_FRESH_MS = 30_000

# those who lost something within the window are still counted: the budget doesn't shrink while it is spent
_OF_CONNECTION = text(
    """SELECT count(*) AS n FROM (
      SELECT granted.person FROM granted JOIN account ON account.person = granted.person
      WHERE account.connection = :connection AND granted.in_clerk IS NOT NULL AND granted.ours
      UNION SELECT person FROM loss WHERE connection = :connection AND at > :since) AS people"""
)
_OF_WORKSPACE = text(
    """SELECT count(*) AS n FROM (
      SELECT granted.person FROM granted JOIN account ON account.person = granted.person
      WHERE account.connection = :connection AND granted.workspace = :workspace AND granted.in_clerk IS NOT NULL
        AND granted.ours
      UNION SELECT person FROM loss WHERE connection = :connection AND workspace = :workspace AND at > :since
    ) AS people"""
)


class Population:
    """`clock` gives epoch milliseconds."""

    def __init__(self, settings: Settings, clock: Callable[[], int]) -> None:
        self._settings = settings
        self._clock = clock
        self._counted: dict[tuple[str, int | None], tuple[int, int]] = {}

    def limits(self, tx: Tx, losses: Sequence[Step], whole: str | None) -> Limits:
        """What the brake must know about the connections that these losses are charged to."""
        charged = sorted({connection for step in losses for connection in step.charged})
        known = {name: self._settings.connections[name].brake for name in charged if name in self._settings.connections}
        return Limits(
            budgets={name: Budget(brake.people, brake.percent) for name, brake in known.items()},
            windows={name: brake.within * 1000 for name, brake in known.items()},
            population={name: self.of(tx, name) for name in known},
            population_in={
                (name, step.workspace): self.of(tx, name, step.workspace)
                for step in losses
                for name in step.charged
                if name in known
            },
            whole=whole,
        )

    def of(self, tx: Tx, connection: str, workspace: int | None = None) -> int:
        """People with access through a connection, or of those the ones in one workspace."""
        now, key = self._clock(), (connection, workspace)
        at, count = self._counted.get(key, (0, 0))
        if at <= now - _FRESH_MS:
            since = now - self._settings.connections[connection].brake.within * 1000
            if workspace is None:
                row = tx.one(_OF_CONNECTION, connection=connection, since=since)
            else:
                row = tx.one(_OF_WORKSPACE, connection=connection, workspace=workspace, since=since)
            count = row["n"] if row else 0
            self._counted[key] = now, count
        return count
