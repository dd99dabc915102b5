"""The rules in service, compiled once per version and connection file."""

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from bridge.errors import BridgeError
from bridge.rulebook import versions
from bridge.rulebook.versions import Stored
from bridge.settings import ConnectionSettings
from bridge.store.database import Database
from mappings.check import Checked, check
from mappings.ruleset import Ruleset
from scim.ports import Tx

_KEPT = 2  # compiled versions of a connection: the one in service, and the one that an older snapshot still reads


class Unusable(BridgeError):
    """The version in service no longer fits the connection file: nothing is decided with it."""


@dataclass(frozen=True, slots=True)
class Version:
    """A compiled version. `number` counts per connection; 0 for a file that is not in service.

    `taken`: since when it is in service, epoch ms.
    """

    number: int
    ruleset: Ruleset
    taken: int


class Rules(Protocol):
    """Who knows by which rules a connection's people are decided."""

    def in_service(self, tx: Tx, connection: str) -> Version | None:
        """The version to decide with; None: nothing is decided."""


@dataclass(frozen=True, slots=True)
class Supposed:
    """The rules as they would be with some connections' files in service instead of what is."""

    rules: Rules
    instead: Mapping[str, Version]

    def in_service(self, tx: Tx, connection: str) -> Version | None:
        """The supposed version of a connection, else the real one."""
        return self.instead.get(connection) or self.rules.in_service(tx, connection)


class Rulebook:
    """What is in service, per connection. Reading costs one row; compiling happens once, whether it goes well or not."""

    def __init__(self, connections: Mapping[str, ConnectionSettings]) -> None:
        self._connections = connections
        self._compiled: dict[str, dict[int, Version | Unusable]] = {}
        self._compiling = threading.Lock()

    def in_service(self, tx: Tx, connection: str) -> Version | None:
        """The version in service; None before the first; Unusable if it doesn't fit the connection any more."""
        if connection not in self._connections:
            return None
        serving = versions.in_service(tx, connection)
        if serving is None:
            return None
        number, since = serving
        known = self._compiled.get(connection, {}).get(number)
        if known is None:
            stored = versions.get(tx, connection, number)
            assert stored is not None, "the version in service has a row"
            known = self.compiled(stored)
        if isinstance(known, Unusable):
            raise Unusable(known.code, known.sentence, hint=known.hint)  # of its own: a traceback grows where it is raised
        return known if known.taken == since else replace(known, taken=since)  # it may serve again after a rollback

    async def prepared(self, database: Database, connection: str) -> Version | Unusable | None:
        """What is in service, compiled in a thread: thousands of rules take seconds, and a decision would hold the loop."""
        if connection not in self._connections:
            return None
        stored = await database.point(lambda tx: versions.serving(tx, connection))
        return await asyncio.to_thread(self.compiled, stored) if stored is not None else None

    async def ready(self, database: Database, connection: str) -> None:
        """Before one person is decided out of turn: compiled in a thread, unless it is already, for the price of one row."""
        serving = await database.point(lambda tx: versions.in_service(tx, connection))
        if serving is not None and serving[0] not in self._compiled.get(connection, {}):
            await self.prepared(database, connection)

    def compiled(self, stored: Stored) -> Version | Unusable:
        """A stored version, compiled unless it is known; no statement is run, so any thread may ask."""
        with self._compiling:  # several people are decided at once: one of them compiles
            known = self._compiled.get(stored.connection, {}).get(stored.number)
            return known or self._kept(stored.connection, stored.number, self._compile(stored))

    def learn(self, connection: str, version: Version) -> None:
        """A version that was just taken and is compiled already."""
        with self._compiling:
            self._kept(connection, version.number, version)

    def _kept(self, connection: str, number: int, compiled: Version | Unusable) -> Version | Unusable:
        latest = {**self._compiled.get(connection, {}), number: compiled}
        while len(latest) > _KEPT:
            latest.pop(next(iter(latest)))
        self._compiled[connection] = latest  # a new one, so that nobody reads one that is changed
        return compiled

    def _compile(self, stored: Stored) -> Version | Unusable:
        scope = self._connections[stored.connection].scope()
        checked = check(stored.text, stored.file, scope, datetime.now(UTC))
        problem = unfit(checked)
        if checked.ruleset is not None and problem is None:
            return Version(stored.number, checked.ruleset, stored.taken)
        return Unusable(
            "mapping_unusable",
            f"Mapping version {stored.number} of {stored.connection} doesn't fit its connection file any more: {problem}",
            hint=f"Mend {stored.file} or the connection file; until then nothing changes for {stored.connection}.",
        )


def unfit(checked: Checked) -> str | None:
    """Why rules that were taken once can't serve now. A test that a date made old doesn't put them out of service."""
    of_tests = {result.problem for result in checked.tests}
    errors = [problem for problem in checked.problems if problem.severity == "error" and problem not in of_tests]
    return str(errors[0]) if errors else None
