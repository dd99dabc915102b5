"""Sessions at Clerk for the audit trail: who signed in where and with what, when it ended, and whether it came through us.

A session counts as ours where a ticket of ours could be used for that person when it began.
"""

from collections.abc import Mapping, Sequence

import orjson
import structlog
from sqlalchemy import text

from bridge import metrics
from bridge.audit import events
from bridge.audit.events import Event as Audited
from bridge.people import accounts, tickets
from bridge.settings import ConnectionSettings
from bridge.webhooks.event import Event
from scim.ports import Tx

_SPEAK = text(
    """SELECT granted.connections FROM granted JOIN workspace ON workspace.pk = granted.workspace
    WHERE granted.person = :person AND workspace.organization = :organization"""
)
SLACK_MS = 30_000  # by so much Clerk's clock and ours may differ
_ENDS = {"ended", "removed", "revoked"}
log = structlog.get_logger()


def concerns(event: Event) -> bool:
    """Whether it tells of a beginning or an end."""
    return event.noun == "session" and (event.verb == "created" or event.verb in _ENDS)


def record(
    tx: Tx, event: Event, person: int, subject: str, connections: Mapping[str, ConnectionSettings], *, now: int
) -> tuple[str, ...]:
    """Write what the trail of each of the person's connections tells; the connections that want an alarm about it."""
    names = _connections(tx, person)
    if event.verb != "created":
        _audit(tx, names, "session.ended", event, person, subject, now)
        return ()
    _audit(tx, names, "session.started", event, person, subject, now)
    began = event.facts.get("began") or event.at
    if tickets.covers(tx, person, began, slack_ms=SLACK_MS):
        return ()
    alarmed = [name for name in names if name in connections and connections[name].elsewhere == "alarm"]
    _audit(tx, alarmed, "session.elsewhere", event, person, subject, now)
    return tuple(alarmed)


def alarm(event: Event, person: int, connections: Sequence[str]) -> None:
    """For whoever watches logs and metrics; after the commit."""
    for name in connections:
        metrics.sign_ins_elsewhere.labels(name).inc()
        log.error(
            "somebody signed in at Clerk, but not through us",
            connection=name,
            person=person,
            session=event.facts.get("session"),
            address=event.facts.get("address"),
        )


def _audit(tx: Tx, names: Sequence[str], action: str, event: Event, person: int, subject: str, now: int) -> None:
    told, workspace = {**event.facts, "at": event.at, "how": event.verb}, event.facts.get("workspace")
    speakers = _speakers(tx, person, workspace) if workspace and len(names) > 1 else names
    for name in names:
        facts = told if name in speakers else {key: value for key, value in told.items() if key != "workspace"}
        events.record(tx, Audited(name, now, "webhook", action, person=person, subject=subject, facts=facts))


def _speakers(tx: Tx, person: int, organization: str) -> list[str]:
    """The connections that gave the person a workspace: another company's trail doesn't name it."""
    rows = tx.all(_SPEAK, person=person, organization=organization)
    return [name for row in rows for name in orjson.loads(row["connections"])]


def _connections(tx: Tx, person: int) -> list[str]:
    """Where the person has an account; those of tombstones where there is no other."""
    every = accounts.of_person(tx, person)
    living = {one.connection for one in every if one.state != "deleted"}
    return sorted(living or {one.connection for one in every})
