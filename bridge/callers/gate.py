"""The one door of /scim: whom an Authorization header speaks for, whatever way of authenticating it uses.

A caller who was let in is believed for a second, so that a busy connector costs a hash and a look-up in memory; somebody
revoked is out within that. Refusals cost a look-up in the database, are counted per address, and go to the audit trail.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial

import structlog

from bridge import metrics
from bridge.audit import events
from bridge.audit.events import Event
from bridge.callers import access, clients, entra, tokens
from bridge.callers.jwks import KeyRings
from bridge.callers.presented import presented
from bridge.callers.throttle import Failed, Throttle
from bridge.callers.visitor import Method, Refusal, Visitor
from bridge.settings import ConnectionSettings
from bridge.store.database import Database
from scim.ports import Tx

BELIEVED_MS = 1_000
NOTED_SECONDS = 5.0
_MOST = 1_000  # callers remembered
log = structlog.get_logger()
Way = Callable[[str, ConnectionSettings, int], Awaitable[Visitor | Refusal]]
_NOTED: Mapping[str, Callable[[Tx, str, int], None]] = {
    "token": tokens.used,
    "raw_token": tokens.used,
    "oauth": clients.used,
}
"""Where the last use of a method's callers is written; Entra's have no row."""


class Gate:
    """`clock` gives epoch milliseconds."""

    def __init__(
        self,
        database: Database,
        connections: Mapping[str, ConnectionSettings],
        rings: KeyRings,
        clock: Callable[[], int],
    ) -> None:
        self._database = database
        self._connections = connections
        self._rings = rings
        self._clock = clock
        self._known: dict[bytes, Visitor] = {}
        self._used: dict[tuple[Method, str], int] = {}
        self._throttle = Throttle()
        self._noting = asyncio.Lock()
        self._ways: Mapping[Method, Way] = {
            "token": partial(self._static, "token"),
            "raw_token": partial(self._static, "raw_token"),
            "oauth": self._oauth,
            "entra": self._entra,
        }

    def known(self, authorization: str, connection: str) -> Visitor | None:
        """Somebody who was let in a moment ago: nothing to wait for."""
        visitor = self._known.get(tokens.digest(authorization))
        if visitor is None:
            return None
        now = self._clock()
        if visitor.until <= now or visitor.connection != connection:
            return None
        self._used[visitor.method, visitor.id] = now
        return visitor

    async def caller(self, authorization: str, connection: str) -> Visitor | Refusal:
        """Who may speak for `connection`. Raises KeysUnreached where only Microsoft could tell, and is away."""
        found = await self._judged(authorization, connection)
        if isinstance(found, Refusal):
            return found
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[tokens.digest(authorization)] = found
        self._used[found.method, found.id] = self._clock()
        return found

    def failed(self, address: str, connection: str | None, refusal: Refusal) -> int | None:
        """Note a refusal; the seconds that this address has to wait, when it had too many this minute."""
        metrics.authentication_failures.inc()
        known = connection if connection in self._connections else None
        return self._throttle.failed(address, known, refusal, self._clock())

    async def keep_notes(self) -> None:
        """Write uses and failures now and then, for ever; a database that refuses is asked again."""
        while True:
            await asyncio.sleep(NOTED_SECONDS)
            try:
                await self.note_uses()
                await self.note_failures()
            except Exception:
                log.exception("uses and failures of callers could not be written")

    async def note_uses(self) -> None:
        """Write what was used since the last time; it stands there when this ends, also where another one was at it."""
        async with self._noting:
            used, self._used = self._used, {}
            if not used:
                return
            try:
                await self._database.write(lambda tx: _use(tx, used))
            except BaseException:
                self._used = used | self._used
                raise

    async def note_failures(self, *, all: bool = False) -> None:
        """An event for each address, connection and minute that is over; with `all` the present minute too. It is on record
        when this ends, also where another one was at it."""
        async with self._noting:
            rows = self._throttle.over(self._clock(), all=all)
            if not rows:
                return
            try:
                await self._database.write(lambda tx: _record(tx, rows))
            except BaseException:
                self._throttle.put_back(rows)
                raise

    async def _judged(self, authorization: str, connection: str) -> Visitor | Refusal:
        shown, settings = presented(authorization), self._connections.get(connection)
        if shown is None:
            return Refusal("no_credentials")
        method, secret = shown
        if settings is None:
            return Refusal("unknown_connection")
        if method not in settings.callers.auth:
            return Refusal("method_not_listed")
        found = await self._ways[method](secret, settings, self._clock())
        if isinstance(found, Visitor) and found.connection != connection:
            return Refusal("other_connection")
        return found

    async def _static(self, method: Method, secret: str, _: ConnectionSettings, now: int) -> Visitor | Refusal:
        hashed = tokens.digest(secret)
        found = await self._database.point(lambda tx: tokens.live(tx, hashed, now=now))
        if found is None:
            return Refusal("unknown_token")
        return replace(_visitor(method, found.id, found.connection, found.expires, now), subject=found.subject)

    async def _oauth(self, secret: str, _: ConnectionSettings, now: int) -> Visitor | Refusal:
        hashed = tokens.digest(secret)
        found = await self._database.point(lambda tx: access.live(tx, hashed, now=now))
        return _visitor("oauth", found.client, found.connection, found.expires, now) if found else Refusal("unknown_token")

    async def _entra(self, token: str, settings: ConnectionSettings, now: int) -> Visitor | Refusal:
        if settings.callers.entra is None:
            return Refusal("method_not_listed")
        proof = await entra.judge(token, settings.callers.entra, self._rings, now)
        if isinstance(proof, Refusal):
            return proof
        return _visitor("entra", f"entra:{proof.subject}", settings.name, proof.expires + entra.SKEW_MS, now)


def _visitor(method: Method, id: str, connection: str, expires: int | None, now: int) -> Visitor:
    until = now + BELIEVED_MS
    return Visitor(method, id, connection, until if expires is None else min(until, expires))


def _use(tx: Tx, used: Mapping[tuple[Method, str], int]) -> None:
    for (method, id), at in sorted(used.items()):
        if method in _NOTED:
            _NOTED[method](tx, id, at)


def _record(tx: Tx, rows: list[Failed]) -> None:
    for row in rows:
        facts = {"count": row.reasons.total(), "reasons": dict(row.reasons), "about": row.about or None}
        event = Event(row.connection, row.at, "system", "authentication.failed", subject=row.address, facts=facts)
        events.record(tx, event)
