"""A mapping file is a proposal: checked, tested, then taken into service once per content, in one transaction for all.

A file that is refused changes nothing; the reason stays on the connection's row for `status`. A version that was rolled
back or a restart changes nothing either, because the content was looked at already.
"""

import hashlib
import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from bridge.audit import events
from bridge.audit.events import Event
from bridge.dirty import scopes
from bridge.dirty.persons import Priority
from bridge.errors import BridgeError
from bridge.rulebook import versions
from bridge.settings import ConnectionSettings, Settings
from bridge.store.database import Database
from mappings.check import Checked, check
from scim.ports import Tx

_CONNECTION = re.compile(r"""^connection:[ \t]*["']?([a-z0-9-]+)""", re.MULTILINE)
Result = Literal["unchanged", "refused", "waiting", "taken"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A file as it was read and checked."""

    connection: str
    file: str
    text: str
    digest: str
    checked: Checked


def mapping_file(config: Path, connection: str) -> Path:
    """Where a connection's mapping file stands."""
    return config / "mappings" / f"{connection}.yaml"


def read(config: Path, settings: ConnectionSettings, now: datetime | None = None) -> Proposal | None:
    """The file of a connection, checked; None if there is none."""
    path = mapping_file(config, settings.name)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    return _proposal(path, data, settings, now)


def read_file(settings: Settings, path: Path, now: datetime | None = None) -> Proposal:
    """A file wherever it stands, checked for the connection that it says it is for, else for the one of its own name."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BridgeError("mapping_unreadable", f"{path} can't be read: {error.strerror}.") from error
    connection = settings.connections.get(_said(data)) or settings.connections.get(path.stem)
    if connection is None:
        raise BridgeError(
            "mapping_without_connection",
            f"{path} belongs to no connection: there is no config/connections/{_said(data) or path.stem}.yaml.",
            hint=f"Known: {', '.join(settings.connections) or 'none'}.",
        )
    return _proposal(path, data, connection, now)


def _said(data: bytes) -> str:
    """The connection that a file says it is for; as text, because a file too broken to parse may still say it."""
    found = _CONNECTION.search(data.decode("utf-8", errors="replace"))
    return found.group(1) if found else ""


def _proposal(path: Path, data: bytes, settings: ConnectionSettings, now: datetime | None) -> Proposal:
    text = data.decode("utf-8", errors="replace")
    checked = check(text, str(path), settings.scope(), now or datetime.now(UTC))
    return Proposal(settings.name, str(path), text, hashlib.sha256(data).hexdigest(), checked)


async def offer(database: Database, settings: ConnectionSettings, proposal: Proposal, *, now: int, actor: str) -> Result:
    """Take a file into service if it is new, valid and need not wait for a hand."""
    batch = uuid.uuid4().hex

    def work(tx: Tx) -> Result:
        versions.lock(tx, settings.name)
        row = versions.service(tx, settings.name)
        if row is not None and row.file_digest == proposal.digest:
            return "unchanged"
        if not proposal.checked.ok:
            return _refuse(tx, proposal, now, actor)
        if settings.activate == "by_hand":
            waits = f"waits for `inferpipe-bridge mapping activate {settings.name}`"
            versions.saw(tx, settings.name, proposal.digest, waits)
            return "waiting"
        take(tx, proposal, now=now, actor=actor, batch=batch)
        return "taken"

    return await database.write(work)


def take(tx: Tx, proposal: Proposal, *, now: int, actor: str, batch: str) -> int:
    """Put a checked file into service: its row, one mark for everybody it concerns, the audit; returns its number."""
    number = versions.add(
        tx,
        proposal.connection,
        digest=proposal.digest,
        text=proposal.text,
        file=proposal.file,
        now=now,
        actor=actor,
    )
    versions.activate(tx, proposal.connection, number)
    versions.saw(tx, proposal.connection, proposal.digest, None)
    cause = f"mapping version {number}"
    scopes.open_batch(tx, batch, proposal.connection, cause, 0, now=now)
    scopes.mark(
        tx, "connection", proposal.connection, proposal.connection, now=now, cause=cause, batch=batch, priority=Priority.BULK
    )
    facts = {"version": number, "file": proposal.file, "digest": proposal.digest}
    events.record(tx, Event(proposal.connection, now, actor, "mapping.taken", subject=str(number), facts=facts))
    return number


def _refuse(tx: Tx, proposal: Proposal, now: int, actor: str) -> Result:
    first = next(str(problem) for problem in proposal.checked.problems if problem.severity == "error")
    versions.saw(tx, proposal.connection, proposal.digest, first)
    facts = {"file": proposal.file, "digest": proposal.digest, "problem": first}
    events.record(tx, Event(proposal.connection, now, actor, "mapping.refused", facts=facts))
    return "refused"
