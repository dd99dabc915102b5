"""Whose rules hold for a person's sessions: the connections that speak for them and grant them something, each by what it
sets, the strictest of all. Nobody to whom we grant nothing is ours to sign out, and a connection that only observes ends
nothing."""

from collections.abc import Iterable, Mapping

from bridge.people.grant import Grant
from bridge.provisioning.sessions.watch import Limit, Limits
from bridge.settings import ConnectionSettings


def limits(connections: Mapping[str, ConnectionSettings], grants: Iterable[Grant]) -> Limits:
    """Of one person, by their rows."""
    names = {name for row in grants if row.ours and row.decided is not None for name in row.connections}
    speaking = [connections[name] for name in sorted(names) if name in connections and sets_any(connections[name])]
    ages = [Limit(one.max_age * 1000, one.name) for one in speaking if one.max_age is not None]
    rests = [Limit(one.idle * 1000, one.name) for one in speaking if one.idle is not None]
    return Limits(min(ages, key=_span, default=None), min(rests, key=_span, default=None))


def sets_any(connection: ConnectionSettings) -> bool:
    """Whether its file limits sessions at all."""
    return connection.mode != "observe" and (connection.max_age is not None or connection.idle is not None)


def _span(limit: Limit) -> int:
    return limit.ms
