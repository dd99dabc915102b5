"""Whose rules hold for a person's sessions: the connections that speak for them and grant them something, each by what it
sets, the strictest of all. Nobody to whom we grant nothing is ours to sign out, and a connection that only observes ends
nothing. The end that an IdP set for a session holds for the one that its ticket opened, whatever was granted since."""

from collections.abc import Iterable, Mapping

from bridge.people import grants, persons, tickets
from bridge.people.grant import Grant, State
from bridge.people.tickets import SLACK_MS, Ending
from bridge.provisioning.sessions.watch import Cap, Limit, Limits, Why
from bridge.settings import ConnectionSettings
from scim.ports import Tx


def of_person(tx: Tx, connections: Mapping[str, ConnectionSettings], pk: int) -> Limits:
    """What holds for one person now; nothing for whoever has no user at Clerk."""
    person = persons.get(tx, pk)
    if person is None or person.clerk_user is None:
        return Limits()
    return limits(connections, grants.of_person(tx, pk), tickets.endings(tx, pk))


def limits(connections: Mapping[str, ConnectionSettings], grants: Iterable[Grant], endings: Iterable[Ending] = ()) -> Limits:
    """Of one person, by their rows."""
    decided = [row for row in grants if row.decided is not None]
    speaking = _speaking(connections, [row for row in decided if row.ours])
    coming = bool(_speaking(connections, [row for row in decided if not row.ours and row.state is not State.LEFT_ALONE]))
    ages = [Limit(one.max_age * 1000, one.name) for one in speaking if one.max_age is not None]
    rests = [Limit(one.idle * 1000, one.name) for one in speaking if one.idle is not None]
    caps = tuple(map(_cap, endings))
    return Limits(min(ages, key=_span, default=None), min(rests, key=_span, default=None), caps, coming)


def _speaking(connections: Mapping[str, ConnectionSettings], rows: Iterable[Grant]) -> list[ConnectionSettings]:
    names = sorted({name for row in rows for name in row.connections})
    return [connections[name] for name in names if name in connections and sets_any(connections[name])]


def sets_any(connection: ConnectionSettings) -> bool:
    """Whether its file limits sessions at all."""
    return connection.mode != "observe" and (connection.max_age is not None or connection.idle is not None)


def _cap(ending: Ending) -> Cap:
    """By when a session begins it is known which ticket may have opened it: as `tickets.opened_by` finds it."""
    why: Why = "logout" if ending.signed_out else "idp"
    return Cap(ending.created - SLACK_MS, ending.expires + SLACK_MS, ending.until, ending.connection, why)


def _span(limit: Limit) -> int:
    return limit.ms
