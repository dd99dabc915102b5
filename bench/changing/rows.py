"""Everybody's rows, looked at again and again in one snapshot each: by which version is who decided?"""

import time
from dataclasses import dataclass, field

from sqlalchemy import text

from bench.report import Report
from bridge.store.database import Database

LOOK = 0.5  # seconds between two looks
FIRST, SECOND = "first", "second"  # how the names of each version's rules begin
_ROWS = text("SELECT person, because FROM granted WHERE decided IS NOT NULL")


@dataclass
class Rows:
    """Looks at everybody's rows. Times are seconds after the change of the file."""

    store: Database
    report: Report
    looks: int = 0
    rows: int = 0
    mixed: set[int] = field(default_factory=set)
    began: float = 0.0
    first_new: float | None = None
    last_old: float | None = None

    async def look(self) -> int:
        """How many people are still decided by the first."""
        found = await self.store.read(lambda tx: tx.all(_ROWS))
        now = time.monotonic() - self.began
        old, new = ({row["person"] for row in found if f'"{one} ' in row["because"]} for one in (FIRST, SECOND))
        self.looks, self.rows, self.mixed = self.looks + 1, self.rows + len(found), self.mixed | (old & new)
        if new and self.first_new is None:
            self.first_new = now
        if old:
            self.last_old = now
        return len(old)
