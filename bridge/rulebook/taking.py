"""Putting rules into service: one transaction for the version, one mark for everybody it concerns, and the audit.

A replica that decides somebody reads the version in service in that decision's own snapshot, so the commit is the moment
for all of them at once. Whoever was decided by the version before is due by the mark.
"""

import asyncio
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bridge.audit import events
from bridge.audit.events import Event
from bridge.dirty import scopes
from bridge.dirty.persons import Priority
from bridge.errors import BridgeError
from bridge.rulebook import versions
from bridge.rulebook.proposals import Proposal
from bridge.rulebook.rulebook import unfit
from bridge.rulebook.versions import Service, Stored
from bridge.settings import ConnectionSettings
from bridge.store.database import Database
from mappings.check import Checked, check
from scim.ports import Tx


@dataclass(frozen=True, slots=True)
class Served:
    """What was put into service by hand: the version, the one before it, and the tests that fail by now."""

    connection: str
    version: int
    before: int | None
    failing: tuple[str, ...] = ()


async def activate(database: Database, settings: ConnectionSettings, proposal: Proposal, *, now: int, actor: str) -> Served:
    """Take a file by hand, whether it waits, was put aside or was rolled back from; BridgeError if it can't be."""
    if not proposal.checked.ok:
        problems = "\n".join(str(one) for one in proposal.checked.problems if one.severity == "error")
        raise BridgeError("mapping_refused", f"The file is not taken:\n{problems}")
    batch = uuid.uuid4().hex

    def work(tx: Tx) -> Served:
        row = locked(tx, settings)
        serving = versions.serving(tx, settings.name)
        if serving is not None and proposal.digest == serving.digest:
            raise BridgeError(
                "mapping_in_service", f"The file is in service already, as version {row.version} of {settings.name}."
            )
        number = take(tx, proposal, row, now=now, actor=actor, batch=batch)
        return Served(settings.name, number, row.version)

    return await database.write(work)


async def rollback(database: Database, settings: ConnectionSettings, number: int | None, *, now: int, actor: str) -> Served:
    """Put an earlier version into service again, without one the one that the present one replaced.

    The file keeps its turn: it is left alone until its content changes.
    """
    before, earlier = await database.read(lambda tx: _earlier(tx, settings.name, number))
    # thousands of rules take seconds, and nobody should wait for the lock meanwhile
    checked = await asyncio.to_thread(_checked, earlier, settings, now)
    batch = uuid.uuid4().hex

    def work(tx: Tx) -> Served:
        if locked(tx, settings).version != before:
            what = f"Another version of {settings.name} came into service at this moment."
            raise BridgeError("mapping_moved", what, hint="Look at `inferpipe-bridge mapping history`, and repeat.")
        versions.say(tx, settings.name, None)
        facts = {"version": earlier.number, "from": before, "digest": earlier.digest}
        cause = f"mapping rolled back to version {earlier.number}"
        _serve(tx, settings.name, earlier.number, "mapping.rolled_back", facts, cause, now=now, actor=actor, batch=batch)
        return Served(settings.name, earlier.number, before, _failing(checked))

    return await database.write(work)


def take(tx: Tx, proposal: Proposal, row: Service, *, now: int, actor: str, batch: str) -> int:
    """The file as the next version, in service."""
    name, ruleset = proposal.connection, proposal.checked.ruleset
    number, rules = versions.last(tx, name) + 1, len(ruleset.rules) if ruleset else 0
    new = Stored(name, number, proposal.digest, proposal.text, proposal.file, now, actor, row.version, rules)
    versions.add(tx, new)
    versions.settle(tx, name, proposal.digest)
    facts = {"version": number, "from": row.version, "file": proposal.file, "digest": proposal.digest}
    _serve(tx, name, number, "mapping.taken", facts, cause(number), now=now, actor=actor, batch=batch)
    return number


def cause(number: int) -> str:
    """What people hear who are due because a version was taken."""
    return f"mapping version {number}"


def _serve(
    tx: Tx, name: str, number: int, action: str, facts: dict[str, Any], cause: str, *, now: int, actor: str, batch: str
) -> None:
    versions.activate(tx, name, number, now=now, actor=actor)
    scopes.open_batch(tx, batch, name, cause, 0, now=now)
    scopes.mark(tx, "connection", name, name, now=now, cause=cause, batch=batch, priority=Priority.BULK)
    events.record(tx, Event(name, now, actor, action, subject=str(number), facts=facts))


def locked(tx: Tx, settings: ConnectionSettings) -> Service:
    """The connection's row, which nobody else changes until the commit."""
    versions.ensure(tx, settings.name, settings.clerk_instance)
    versions.lock(tx, settings.name)
    row = versions.service(tx, settings.name)
    assert row is not None, "its row was ensured"
    return row


def _earlier(tx: Tx, connection: str, number: int | None) -> tuple[int, Stored]:
    """The number in service, and the version to go back to."""
    row = versions.service(tx, connection)
    if row is None or row.version is None:
        raise BridgeError("mapping_version_unknown", f"Nothing is in service for {connection} yet.")
    wanted = number if number is not None else stored(tx, connection, row.version).before
    if wanted is None:
        raise BridgeError(
            "mapping_version_unknown",
            f"There is none before version {row.version} of {connection}.",
            hint="`inferpipe-bridge mapping history` lists what there is.",
        )
    found = stored(tx, connection, wanted)
    if found.number == row.version:
        raise BridgeError("mapping_in_service", f"{_named(connection, found.number)} is in service already.")
    return row.version, found


def _checked(version: Stored, settings: ConnectionSettings, now: int) -> Checked:
    """A version against the connection file as it is now; BridgeError if it doesn't fit."""
    checked = check(version.text, version.file, settings.scope(), datetime.fromtimestamp(now / 1000, UTC))
    if (problem := unfit(checked)) is not None:
        raise BridgeError(
            "mapping_unusable",
            f"{_named(settings.name, version.number)} doesn't fit the connection file any more: {problem}",
            hint="`inferpipe-bridge mapping history` lists the others.",
        )
    return checked


def stored(tx: Tx, connection: str, number: int) -> Stored:
    """A version by its number, or a sentence that says how many there are."""
    found = versions.get(tx, connection, number)
    if found is None:
        last = versions.last(tx, connection)
        known = f"They go from 1 to {last}." if last else "None was taken yet."
        raise BridgeError("mapping_version_unknown", f"{connection} has no mapping version {number}.", hint=known)
    return found


def _failing(checked: Checked) -> tuple[str, ...]:
    return tuple(str(result.problem) for result in checked.tests if result.problem is not None)


def _named(connection: str, number: int | None) -> str:
    return f"Version {number} of {connection}"
