"""Everybody's rows, looked at again and again in one snapshot each: by which version is who decided?"""

import time
from dataclasses import dataclass

from sqlalchemy import text

from bridge.store.database import Database

LOOK = 1.0  # seconds between two looks
FIRST, SECOND = "first", "second"  # how the names of each version's rules begin
# counted by the database: 20,000 rows a second through Python would take the CPU of what is measured
_PEOPLE = text(
    """SELECT count(*) AS people, COALESCE(sum(old), 0) AS old, COALESCE(sum(new), 0) AS new,
      COALESCE(sum(old * new), 0) AS mixed
    FROM (SELECT max(CASE WHEN because LIKE '%"first %' THEN 1 ELSE 0 END) AS old,
        max(CASE WHEN because LIKE '%"second %' THEN 1 ELSE 0 END) AS new
      FROM granted WHERE decided IS NOT NULL GROUP BY person) AS each"""
)


@dataclass
class Rows:
    """Looks at everybody's rows. `people`, `mixed`: summed over all looks; `first_new`: seconds after the file's change."""

    store: Database
    looks: int = 0
    people: int = 0
    mixed: int = 0
    began: float = 0.0
    first_new: float | None = None

    async def look(self) -> int:
        """How many people are still decided by the first."""
        found = await self.store.read(lambda tx: tx.one(_PEOPLE))
        assert found is not None
        self.looks, self.people, self.mixed = self.looks + 1, self.people + found["people"], self.mixed + found["mixed"]
        if found["new"] and self.first_new is None:
            self.first_new = time.monotonic() - self.began
        return int(found["old"])
