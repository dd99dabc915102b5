"""How things stand: connections, what is due, held, blocked, and the last thing that went wrong."""

from typing import Any

import orjson
from sqlalchemy import text

from bridge.answers import names
from bridge.answers.mapping import standing
from bridge.callers import tokens
from bridge.dirty import persons as marks
from bridge.people import grants, workspaces
from bridge.provisioning import holds
from bridge.saml.standing import standings, stored
from bridge.settings import Settings
from scim.ports import Tx

_PEOPLE = text("SELECT state, count(*) AS n FROM account WHERE connection = :connection GROUP BY state")
_PROBLEMS = text(
    """SELECT problem FROM person WHERE clerk_instance = :instance AND problem IS NOT NULL AND wanted > applied
    ORDER BY changed_at DESC LIMIT 100"""
)


def status(tx: Tx, settings: Settings, instance: str, *, now: int) -> dict[str, Any]:
    """{connections, due, held, blocked, last_error} and more beside them, ready for JSON."""
    states = grants.states(tx, instance)
    saml = {one.connection: one.as_dict() for one in standings(stored(tx), settings, now=now)}
    return {
        "connections": [_connection(tx, settings, name, now) | {"saml": saml.get(name)} for name in settings.connections],
        "due": marks.count_due(tx, instance),
        "held": sum(hold.people for hold in holds.open_holds(tx)),
        "blocked": _blocked(tx, settings, instance),
        "last_error": _last_error(tx, instance),
        "states": states,
        "clerk": "sandbox" if settings.bridge.clerk.sandbox else settings.bridge.clerk.api_url,
    }


def _connection(tx: Tx, settings: Settings, name: str, now: int) -> dict[str, Any]:
    connection, mapping = settings.connections[name], standing(tx, settings, name)
    people = {row["state"]: row["n"] for row in tx.all(_PEOPLE, connection=name)}
    live = [token for token in tokens.of(tx, name) if token.state(now) == "live"]
    return {
        "name": name,
        "provider": connection.provider,
        "mode": connection.mode,
        "active": people.get("active", 0),
        "inactive": people.get("inactive", 0),
        "mapping_version": mapping.version,
        "mapping_problem": mapping.problem,
        "mapping": mapping.as_dict(),
        "tokens": len(live),
        "last_request": max((token.last_used for token in live if token.last_used is not None), default=None),
    }


def _blocked(tx: Tx, settings: Settings, instance: str) -> list[dict[str, Any]]:
    return [
        {
            "workspace": names.alias(settings, one),
            "code": one.blocked_code,
            "sentence": one.blocked_sentence,
            "people": len(grants.blocked_in(tx, one.pk)),
        }
        for one in workspaces.all_of(tx, instance).values()
        if one.blocked_code is not None
    ]


def _last_error(tx: Tx, instance: str) -> dict[str, Any] | None:
    problems: list[dict[str, Any]] = [orjson.loads(row["problem"]) for row in tx.all(_PROBLEMS, instance=instance)]
    return max(problems, key=lambda problem: int(problem.get("at", 0)), default=None)
