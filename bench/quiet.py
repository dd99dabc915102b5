"""Make a service do nothing but answer, as a replica without the lease: the benchmark holds the lease itself meanwhile."""

import asyncio
import time
from dataclasses import dataclass

from sqlalchemy import text

from bench.house import House
from bridge.store import leases
from bridge.store.database import Database, open_database

HOLDER = "bench"
_HOUR = 3_600_000
_WAITING = text(
    """SELECT (SELECT count(*) FROM person WHERE wanted > applied) + (SELECT count(*) FROM due)
      + (SELECT count(*) FROM audit WHERE n IS NULL) AS n"""
)
_SEIZE = text("UPDATE lease SET holder = :holder, until = :until WHERE clerk_instance = 'main'")


@dataclass(frozen=True, slots=True)
class Lease:
    """Taken from the service by force, as if it had run out unseen."""

    house: House

    async def take(self) -> None:
        """Returns once the service knows that it has lost it."""
        await self._write(_HOUR)
        while (await self.house.ready())["holds_lease"]:
            await asyncio.sleep(0.05)

    async def give_back(self) -> None:
        """The service may take it again; returns once it has."""
        await self._write(0)
        await self.house.at_work()

    async def _write(self, lasts: int) -> None:
        database = open_database(self.house.database_url)
        until = int(time.time() * 1000) + lasts
        try:
            if lasts:
                await database.write(lambda tx: tx.run(_SEIZE, holder=HOLDER, until=until))
            else:
                await database.write(lambda tx: leases.drop(tx, "main", HOLDER))
        finally:
            await database.close()


async def settled(database: Database) -> None:
    """Until nobody is due and every event is sealed. Asked of the database: to the service the question costs nothing."""
    while True:
        row = await database.read(lambda tx: tx.one(_WAITING))
        if row is not None and not row["n"]:
            return
        await asyncio.sleep(0.05)
