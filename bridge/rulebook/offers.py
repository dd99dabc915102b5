"""What becomes of a file that the watch found: taken, or why not, said once and kept on the connection's row."""

import uuid
from dataclasses import dataclass

from bridge.audit import events
from bridge.audit.events import Event
from bridge.rulebook import versions
from bridge.rulebook.proposals import Proposal
from bridge.rulebook.taking import locked, take
from bridge.rulebook.verdict import KEPT, Kind, Looked, Result, Verdict, judge, located
from bridge.rulebook.versions import Service
from bridge.settings import ConnectionSettings
from bridge.store.database import Database
from mappings.located import Problem
from scim.ports import Tx


@dataclass(frozen=True, slots=True)
class Offered:
    """What became of a file, and the number of the version if it was taken. `news`: it was not said before."""

    result: Result
    news: bool
    version: int | None = None
    verdict: Verdict | None = None


async def offer(
    database: Database,
    settings: ConnectionSettings,
    proposal: Proposal,
    *,
    now: int,
    actor: str,
    moved: bool = False,
    written: int = 0,
) -> Offered:
    """Take a file if its content is new, valid and need not wait for a hand; else say why not, once.

    `moved`: somebody saw the file change to this content; `written`: when it was (epoch ms).
    """
    batch = uuid.uuid4().hex

    def work(tx: Tx) -> Offered:
        row = locked(tx, settings)
        changed = moved or written > (row.since or 0)
        result = judge(_looked(tx, settings, proposal, row, changed))
        if result == "taken":
            return Offered("taken", True, take(tx, proposal, row, now=now, actor=actor, batch=batch))
        if result == "settled":
            versions.settle(tx, settings.name, proposal.digest if changed else row.file_digest)
            return Offered("settled", row.verdict is not None)
        return _say(tx, row, _verdict(tx, result, proposal, now), actor)

    return await database.write(work)


async def gone(database: Database, settings: ConnectionSettings, file: str, *, now: int) -> Offered:
    """The file is not there any more: what is in service stays, and that is said."""

    def work(tx: Tx) -> Offered:
        row = locked(tx, settings)
        if row.version is None:
            versions.say(tx, settings.name, None)
            return Offered("gone", False)
        return _say(tx, row, Verdict("gone", file, "", now), "system")

    return await database.write(work)


async def unreadable(database: Database, settings: ConnectionSettings, file: str, why: str, *, now: int) -> Offered:
    """The file is there and can't be read: refused, until it can."""
    problem = located(Problem(file, 1, 1, why, "let the service read it"))

    def work(tx: Tx) -> Offered:
        return _say(tx, locked(tx, settings), Verdict("refused", file, "", now, (problem,)), "system")

    return await database.write(work)


def _looked(tx: Tx, settings: ConnectionSettings, proposal: Proposal, row: Service, changed: bool) -> Looked:
    waits = row.verdict is not None and row.verdict.kind == "waiting" and row.verdict.digest == proposal.digest
    serving = versions.serving(tx, settings.name)
    return Looked(
        digest=proposal.digest,
        ok=proposal.checked.ok,
        settled=row.file_digest,
        serving=serving.digest if serving else None,
        version=versions.of_content(tx, settings.name, proposal.digest),
        changed=changed,
        waits=waits,
        by_hand=settings.activate == "by_hand",
    )


def _verdict(tx: Tx, kind: Kind, proposal: Proposal, now: int) -> Verdict:
    errors = [located(one) for one in proposal.checked.problems if one.severity == "error"]
    version = versions.of_content(tx, proposal.connection, proposal.digest) if kind == "older" else None
    more = max(0, len(errors) - KEPT)
    return Verdict(kind, proposal.file, proposal.digest, now, errors[:KEPT], more, version)


def _say(tx: Tx, row: Service, verdict: Verdict, actor: str) -> Offered:
    """Keep a verdict; one that stands already keeps its time, and is not told to the audit again."""
    if row.verdict is not None and verdict.same(row.verdict):
        return Offered(verdict.kind, False, verdict=row.verdict)
    versions.say(tx, row.connection, verdict)
    if verdict.kind == "refused":
        facts = {"file": verdict.file, "digest": verdict.digest, "problem": verdict.sentence}
        events.record(tx, Event(row.connection, verdict.at, actor, "mapping.refused", facts=facts))
    return Offered(verdict.kind, True, verdict=verdict)
