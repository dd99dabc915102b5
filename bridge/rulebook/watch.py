"""Looks at the mapping files every second and offers the changed ones; a bad file changes nothing and is reported."""

from collections.abc import Callable
from pathlib import Path

import structlog

from bridge import metrics
from bridge.rulebook import proposals, versions
from bridge.settings import Settings
from bridge.store.database import Database
from scim.ports import Tx

log = structlog.get_logger()
_Stamp = tuple[int, int, int]


class Watch:
    """`tick` is called by the lease holder; `clock` gives epoch milliseconds."""

    def __init__(self, database: Database, settings: Settings, clock: Callable[[], int]) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._seen: dict[str, _Stamp | None] = {}

    async def tick(self) -> bool:
        """Offer every file that looks different from the last time; True if one was taken."""
        taken = False
        for name in self._settings.connections:
            stamp = _stamp(proposals.mapping_file(self._settings.bridge.config, name))
            if name in self._seen and self._seen[name] == stamp:
                continue
            taken = await self._offer(name) or taken
            self._seen[name] = stamp
        return taken

    async def _offer(self, name: str) -> bool:
        settings = self._settings.connections[name]
        instance = settings.clerk_instance
        await self._database.write(lambda tx: versions.ensure(tx, name, instance))
        proposal = proposals.read(self._settings.bridge.config, settings)
        if proposal is None:
            return False
        result = await proposals.offer(self._database, settings, proposal, now=self._clock(), actor="system")
        if result == "taken":
            log.info("mapping taken into service", connection=name, file=proposal.file)
        elif result == "waiting":
            log.info("mapping waits to be activated by hand", connection=name, file=proposal.file)
        elif result == "refused":
            problems = [str(problem) for problem in proposal.checked.problems if problem.severity == "error"]
            log.error("mapping refused; the old version stays", connection=name, file=proposal.file, problems=problems)
        metrics.mapping_refused.labels(name).set(await self._refused(name))
        return result == "taken"

    async def _refused(self, name: str) -> int:
        def work(tx: Tx) -> int:
            row = versions.service(tx, name)
            return int(row is not None and row.problem is not None)

        return await self._database.point(work)


def _stamp(path: Path) -> _Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
