"""The rules in service, compiled once per version and connection file."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from bridge.errors import BridgeError
from bridge.rulebook import versions
from bridge.settings import ConnectionSettings
from mappings.check import Checked, check
from mappings.ruleset import Ruleset
from scim.ports import Tx

_KEPT = 64  # compiled versions


class Unusable(BridgeError):
    """The version in service no longer fits the connection file: nothing is decided with it."""


@dataclass(frozen=True, slots=True)
class Version:
    """A compiled version. `number` counts per connection; 0 for a file that is not in service."""

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
    """What is in service, per connection. Reading costs one row; compiling happens once."""

    def __init__(self, connections: Mapping[str, ConnectionSettings]) -> None:
        self._connections = connections
        self._compiled: dict[tuple[str, int], Version] = {}

    def in_service(self, tx: Tx, connection: str) -> Version | None:
        """The version in service; None before the first; Unusable if it doesn't fit the connection any more."""
        row = versions.service(tx, connection)
        if row is None or row.version is None or connection not in self._connections:
            return None
        known = self._compiled.get((connection, row.version))
        return known or self._compile(tx, connection, row.version)

    def _compile(self, tx: Tx, connection: str, number: int) -> Version:
        stored = versions.get(tx, connection, number)
        assert stored is not None, "the version in service has a row"
        checked = check(stored.text, stored.file, self._connections[connection].scope(), datetime.now(UTC))
        if checked.ruleset is None or not _compiles(checked):
            problem = next(str(one) for one in checked.problems if one.severity == "error")
            raise Unusable(
                "mapping_unusable",
                f"Mapping version {number} of {connection} doesn't fit its connection file any more: {problem}",
                hint=f"Mend {stored.file} or the connection file; until then nothing changes for {connection}.",
            )
        version = Version(number, checked.ruleset, stored.taken)
        if len(self._compiled) >= _KEPT:
            self._compiled.pop(next(iter(self._compiled)))
        self._compiled[connection, number] = version
        return version


def _compiles(checked: Checked) -> bool:
    """No errors but failed tests: a test that a date made old doesn't put rules out of service."""
    of_tests = {result.problem for result in checked.tests}
    return all(problem.severity != "error" or problem in of_tests for problem in checked.problems)
