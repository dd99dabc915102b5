"""One holder per Clerk instance does the background work; the others serve and wait for its lease to run out.

Replicas' clocks differ, so the row lives by the database's clock alone; the holder measures its own part with its own
clock, from before it asked, and so stops no later than the row runs out.
"""

from dataclasses import dataclass

from sqlalchemy import text

from bridge.store import clock
from scim.ports import Tx

_TAKE = text(
    """INSERT INTO lease (clerk_instance, holder, until, fence) VALUES (:instance, :holder, :until, 1)
    ON CONFLICT (clerk_instance) DO UPDATE SET
      holder = excluded.holder, until = excluded.until,
      fence = lease.fence + CASE WHEN lease.holder = excluded.holder THEN 0 ELSE 1 END
    WHERE lease.holder = excluded.holder OR lease.until <= :now
    RETURNING fence"""
)
_DROP = text("UPDATE lease SET until = 0 WHERE clerk_instance = :instance AND holder = :holder")
_SWEPT = text("UPDATE lease SET swept = :at WHERE clerk_instance = :instance")
_LAST_SWEEP = text("SELECT swept FROM lease WHERE clerk_instance = :instance")


@dataclass(frozen=True, slots=True)
class Lease:
    """Held until `until` (epoch ms by the holder's clock); `fence` grows with each new holder."""

    instance: str
    holder: str
    until: int
    fence: int


def take(tx: Tx, instance: str, holder: str, *, now: int, lasts_ms: int) -> Lease | None:
    """Take or renew the lease; None while another holder's has not run out. `now`: the caller's clock, before the call."""
    at = clock.now(tx)
    row = tx.one(_TAKE, instance=instance, holder=holder, until=at + lasts_ms, now=at)
    return Lease(instance, holder, now + lasts_ms, row["fence"]) if row else None


def drop(tx: Tx, instance: str, holder: str) -> None:
    """Give it up at a graceful stop, so that the next holder need not wait."""
    tx.run(_DROP, instance=instance, holder=holder)


def swept(tx: Tx, instance: str, *, at: int) -> None:
    """Clerk was compared with our rows."""
    tx.run(_SWEPT, instance=instance, at=at)


def last_sweep(tx: Tx, instance: str) -> int | None:
    """When that was last (epoch ms), whoever did it."""
    row = tx.one(_LAST_SWEEP, instance=instance)
    return row["swept"] if row else None
