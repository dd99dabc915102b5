"""Looks at the mapping files every second and offers the changed ones; a bad file changes nothing and is reported.

A file is read when it looked the same twice, a second apart: an editor's save or a copy that is under way is not a file yet.
What `stat` says is compared, through links: a ConfigMap is swapped by a link of its folder.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from bridge import metrics
from bridge.errors import BridgeError
from bridge.rulebook import offers, proposals, versions
from bridge.rulebook.offers import Offered
from bridge.rulebook.proposals import Proposal
from bridge.rulebook.rulebook import Rulebook, Unusable, Version
from bridge.rulebook.versions import Service
from bridge.settings import ConnectionSettings, Settings
from bridge.store.database import Database
from bridge.store.errors import StoreError

STILL_MS = 1_000  # a file that is older than this at the first look is not being written
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells one state of a file from another. ctime also moves where a copy brings its old mtime along."""

    mtime_ns: int
    ctime_ns: int
    size: int
    inode: int

    @property
    def written(self) -> int:
        """Epoch ms."""
        return self.mtime_ns // 1_000_000


_Stamps = dict[str, Stamp | None]


class Watch:
    """`tick` is called every second by the lease holder; `clock` gives epoch milliseconds."""

    def __init__(
        self, database: Database, settings: Settings, rulebook: Rulebook, clock: Callable[[], int], instance: str = "main"
    ) -> None:
        self._database = database
        self._settings = settings
        self._rulebook = rulebook
        self._clock = clock
        self._instance = instance
        self._paths = {name: proposals.mapping_file(settings.bridge.config, name) for name in settings.connections}
        self._before: _Stamps = {}
        self._looked: _Stamps = {}
        self._contents: dict[str, str] = {}
        self._fits: dict[str, int] = {}

    async def tick(self) -> bool:
        """Offer every file that looks different from the last time, and measure; True if one was taken."""
        taken = False
        stamps = await asyncio.to_thread(self._stamps)
        for name, stamp in stamps.items():
            if name in self._looked and self._looked[name] == stamp:
                continue
            if self._still(name, stamp):
                taken = await self._guarded(name, stamp) or taken
        self._before = stamps
        await self._measure()
        return taken

    def _stamps(self) -> _Stamps:
        return {name: _stamp(path) for name, path in self._paths.items()}

    def _still(self, name: str, stamp: Stamp | None) -> bool:
        if name in self._before:
            return self._before[name] == stamp
        return stamp is None or self._clock() - stamp.written > STILL_MS

    async def _guarded(self, name: str, stamp: Stamp | None) -> bool:
        """One connection's trouble is not the others'."""
        try:
            return await self._look(self._settings.connections[name], stamp)
        except StoreError:
            raise
        except Exception:
            log.exception("a mapping file could not be looked at", connection=name)
            return False

    async def _look(self, settings: ConnectionSettings, stamp: Stamp | None) -> bool:
        name, path, first = settings.name, self._paths[settings.name], settings.name not in self._looked
        try:
            proposal = await asyncio.to_thread(proposals.read, self._settings.bridge.config, settings)
        except BridgeError as error:  # it may be readable a moment later without looking different: not looked at yet
            offered = await offers.unreadable(self._database, settings, str(path), error.sentence, now=self._clock())
            return _told(name, str(path), offered, first=False)
        if await asyncio.to_thread(_stamp, path) != stamp:
            return False  # it moved while it was read
        offered = await self._offer(settings, proposal, stamp)
        self._looked[name] = stamp
        return _told(name, str(path), offered, first=first)

    async def _offer(self, settings: ConnectionSettings, proposal: Proposal | None, stamp: Stamp | None) -> Offered:
        name, now = settings.name, self._clock()
        if proposal is None or stamp is None:
            return await offers.gone(self._database, settings, str(self._paths[name]), now=now)
        known = self._contents.get(name)
        offered = await offers.offer(
            self._database,
            settings,
            proposal,
            now=now,
            actor="system",
            moved=known is not None and known != proposal.digest,
            written=stamp.written,
        )
        self._contents[name] = proposal.digest
        if offered.version is not None and proposal.checked.ruleset is not None:
            self._rulebook.learn(name, Version(offered.version, proposal.checked.ruleset, now))
        return offered

    async def _measure(self) -> None:
        """The gauges, from what the database says: commands change it, too."""
        instance = self._instance
        for row in await self._database.read(lambda tx: versions.services(tx, instance)):
            if row.connection not in self._settings.connections:
                continue
            kind = row.verdict.kind if row.verdict else None
            metrics.mapping_version.labels(row.connection).set(row.version or 0)
            metrics.mapping_refused.labels(row.connection).set(kind == "refused")
            metrics.mapping_waiting.labels(row.connection).set(kind == "waiting")
            if row.version is not None and self._fits.get(row.connection) != row.version:
                await self._fit(row, row.version)

    async def _fit(self, row: Service, number: int) -> None:
        """Whether the version in service can decide; it is compiled here, so that no decision waits for it."""
        compiled = await self._rulebook.prepared(self._database, row.connection)
        unusable = isinstance(compiled, Unusable)
        metrics.mapping_unusable.labels(row.connection).set(unusable)
        if isinstance(compiled, Unusable):
            log.error("mapping unusable; nothing is decided", connection=row.connection, sentence=compiled.sentence)
        self._fits[row.connection] = number


def _told(name: str, file: str, offered: Offered, *, first: bool) -> bool:
    """Into the log, once; what still keeps a file from service also at the first look of a process."""
    if offered.result == "taken":
        log.info("mapping taken into service", connection=name, file=file, version=offered.version)
    elif offered.result == "settled" and offered.news:
        log.info("mapping file is as it was when it had its turn", connection=name, file=file)
    elif offered.verdict is not None and (offered.news or first):
        _REPORTS[offered.verdict.kind](name, file, offered)
    return offered.result == "taken"


def _refused(name: str, file: str, offered: Offered) -> None:
    assert offered.verdict is not None
    problems = [one["text"] for one in offered.verdict.problems]
    log.error("mapping refused; the old version stays", connection=name, file=file, problems=problems)


def _waiting(name: str, file: str, _: Offered) -> None:
    command = f"inferpipe-bridge mapping activate {name}"
    log.warning("mapping waits to be activated by hand", connection=name, file=file, command=command)


def _older(name: str, file: str, offered: Offered) -> None:
    version = offered.verdict.version if offered.verdict else None
    log.warning(
        "mapping file is an older version, and nobody changed it to that", connection=name, file=file, version=version
    )


def _gone(name: str, file: str, _: Offered) -> None:
    log.warning("mapping file is gone; the version in service stays", connection=name, file=file)


_REPORTS = {"refused": _refused, "waiting": _waiting, "older": _older, "gone": _gone}


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return Stamp(found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)
