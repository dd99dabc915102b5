"""One connection's trust in its IdP: the metadata that serves, followed in the database and renewed from its source.

What is stored counts, for every process; a process keeps it parsed and asks once a second whether it is still the one.
"""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import structlog

from bridge.audit import events as trail
from bridge.errors import BridgeError
from bridge.outbound import Guard
from bridge.saml import changes, kept, metadata, source
from bridge.saml.kept import Kept
from bridge.saml.metadata import Metadata, Unusable
from bridge.saml.ours import Ours
from bridge.saml.party import Idp, Party
from bridge.settings.values import Saml
from bridge.store.database import Database
from scim.ports import Tx

FOLLOWED_MS = 1000
SHORTEST_MS, USUAL_MS, LONGEST_MS = 600_000, 3_600_000, 8 * 3_600_000  # between two looks that go well
LEAST_MS = 60_000  # the same for metadata that is about to end
FIRST_RETRY_MS, LAST_RETRY_MS = 10_000, 3_600_000
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Known:
    digest: str
    metadata: Metadata
    party: Party


class Trust:
    """`clock` gives epoch milliseconds; `slots` let few look at once."""

    def __init__(
        self, database: Database, ours: Ours, saml: Saml, guard: Guard, clock: Callable[[], int], slots: asyncio.Semaphore
    ) -> None:
        self.ours = ours
        self._database = database
        self._saml = saml
        self._guard = guard
        self._clock = clock
        self._slots = slots
        self._known: _Known | None = None
        self._kept: Kept | None = None
        self._followed = -FOLLOWED_MS
        self._stamp: source.Stamp | None = None
        self._following = asyncio.Lock()
        self._looking: asyncio.Task[None] | None = None

    async def party(self) -> Party:
        """Both sides, by the metadata that serves; BridgeError where there is none, or none that is valid still."""
        if not self._fresh:
            await self._follow()
        known = self._known or await self._first()
        until = known.party.idp.until
        if until is not None and until <= self._clock():
            raise metadata.expired(known.party.idp)
        return known.party

    async def serve(self, row: Kept | None) -> Idp | None:
        """Take note of what is stored; the IdP by it."""
        async with self._following:
            return await self._take(row)

    def due(self, row: Kept | None) -> bool:
        """Whether it is time to look at the source again."""
        if row is None or row.source != self._saml.metadata or self._clock() >= row.next_at:
            return True
        return source.is_file(row.source) and source.stamp(row.source) != self._stamp

    def look(self) -> "asyncio.Task[None]":
        """The look that is under way, or a new one: everybody waits for the same."""
        if self._looking is None:
            self._looking = asyncio.create_task(self._look(), name=f"idp-metadata-{self.ours.connection}")
            self._looking.add_done_callback(self._looked)
        return self._looking

    async def close(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    @property
    def _fresh(self) -> bool:
        return self._known is not None and 0 <= self._clock() - self._followed < FOLLOWED_MS

    async def _follow(self) -> None:
        """One asks the database, and all who wait meanwhile have the answer."""
        async with self._following:
            if not self._fresh:
                await self._stored()

    async def _stored(self) -> Idp | None:
        name, now = self.ours.connection, self._clock()
        found = await self._take(await self._database.point(lambda tx: kept.of(tx, name)))
        self._followed = now
        return found

    async def _take(self, row: Kept | None) -> Idp | None:
        self._kept = row = row if row is not None and row.source == self._saml.metadata else None
        if row is None or row.digest is None:
            self._known = None
        elif self._known is None or self._known.digest != row.digest:
            self._known = await self._read(row.digest)
        return self._known.party.idp if self._known else None

    async def _first(self) -> _Known:
        """Nothing good is stored: whoever comes first looks, and after a failure nobody does for a while."""
        row = self._kept
        if row is None or self._clock() >= row.next_at:
            try:
                async with asyncio.timeout(source.WITHIN + 2):
                    await asyncio.shield(self.look())
            except TimeoutError:
                log.warning("the IdP's metadata is awaited for too long", connection=self.ours.connection)
            await self._follow()
        if self._known is None:
            why = self._kept.problem if self._kept is not None else None
            hint = why["sentence"] if why else "It is looked for again; the log says more."
            raise Unusable("idp_metadata_missing", "The IdP's metadata could not be had yet.", hint=hint)
        return self._known

    async def _look(self) -> None:
        """Get, read, judge, keep; a failure is kept as well."""
        async with self._slots:
            self._stamp = source.stamp(self._saml.metadata) if source.is_file(self._saml.metadata) else None
            try:
                document = (await source.get(self._saml.metadata, self._guard)).removeprefix(metadata.MARK)
                found = await asyncio.to_thread(metadata.read, document, allowed=self._guard.allowed)
                if found.idp.until is not None and found.idp.until <= self._clock():
                    raise metadata.expired(found.idp)
            except BridgeError as error:
                await self._failed(error)
            else:
                await self._keep(document, found)

    async def _keep(self, document: bytes, found: Metadata) -> None:
        (row, before), now = await self._before(), self._clock()
        digest, again = hashlib.sha256(document).hexdigest(), now + _pause(found, now)
        name, place = self.ours.connection, self._saml.metadata
        keep = partial(kept.keep, connection=name, source=place, document=document, digest=digest, now=now, next_at=again)
        await self._write(row, before, found.idp, keep, now)

    async def _failed(self, error: BridgeError) -> None:
        (row, before), now = await self._before(), self._clock()
        tries = (row.problem["tries"] if row and row.problem else 0) + 1
        again = min(FIRST_RETRY_MS << min(tries - 1, 20), LAST_RETRY_MS)
        name, place = self.ours.connection, self._saml.metadata
        log.warning(
            "the IdP's metadata could not be had", connection=name, code=error.code, problem=error.sentence, tries=tries
        )
        fail = partial(kept.failed, connection=name, source=place, error=error, tries=tries, now=now, next_at=now + again)
        await self._write(row, before, before, fail, now)

    async def _before(self) -> tuple[Kept | None, Idp | None]:
        """What is stored now, and the IdP by it: a look is compared with them."""
        async with self._following:
            idp = await self._stored()
            return self._kept, idp

    async def _write(
        self, row: Kept | None, before: Idp | None, after: Idp | None, work: Callable[[Tx], None], now: int
    ) -> None:
        """With its events, unless another process was here since `row` was read: then it has told."""
        since = row.looked if row else None
        told = list(changes.events(self.ours.connection, before, after, self.ours.keys, since=since, now=now))

        def write(tx: Tx) -> bool:
            stored = kept.of(tx, self.ours.connection)
            first = stored is None or stored.source != self._saml.metadata
            alone = first if row is None else stored == row
            work(tx)
            for event in told if alone else ():
                trail.record(tx, event)
            return alone

        if await self._database.write(write):
            for event in told:
                say = log.warning if event.action == changes.EXPIRING else log.info
                say(changes.SAID[event.action], connection=event.connection, subject=event.subject, **event.facts)
        await self._before()

    async def _read(self, digest: str) -> _Known | None:
        name, allowed = self.ours.connection, self._guard.allowed
        document = await self._database.read(lambda tx: kept.document(tx, name, digest))
        if document is None:
            return None  # replaced since its digest was read: the next second has the other
        try:
            found = await asyncio.to_thread(metadata.read, document, allowed=allowed)
        except Unusable as error:  # a former release took it
            log.warning("the IdP's metadata that is kept can't be used", connection=name, problem=error.sentence)
            return None
        skew, encrypted = self._saml.skew * 1000, self._saml.require_encryption
        return _Known(digest, found, self.ours.with_idp(found.idp, skew_ms=skew, must_encrypt=encrypted))

    def _looked(self, task: "asyncio.Task[None]") -> None:
        self._looking = None
        if not task.cancelled() and task.exception() is not None:
            log.error("a look at the IdP's metadata failed", connection=self.ours.connection, exc_info=task.exception())


def _pause(found: Metadata, now: int) -> int:
    """As long as the IdP says that it may be kept, within reason; and in good time before it is no longer valid."""
    pause = USUAL_MS if found.lasts is None else max(SHORTEST_MS, min(found.lasts, LONGEST_MS))
    if found.idp.until is None:
        return pause
    return min(pause, max((found.idp.until - now) // 2, LEAST_MS))
