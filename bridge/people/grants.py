"""Grants: the row of one (person, workspace): what is decided, what Clerk has, the state between them, and why."""

from collections.abc import Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import text

from bridge.people.grant import Grant, State
from bridge.store.schema import granted
from scim.ports import Tx
from scim.sql import integers, within

_COLUMNS = """workspace, connections, decided, in_clerk, membership, ours, "before", state, cause, because, ending_at,
  since"""
_OF_PEOPLE = (
    sa.select(granted).where(within(granted.c.person, integers("people"))).order_by(granted.c.person, granted.c.workspace)
)
_PUT = text(
    """INSERT INTO granted (person, workspace, connections, decided, in_clerk, membership, ours, "before", state, cause,
      because, ending_at, since)
    VALUES (:person, :workspace, :connections, :decided, :in_clerk, :membership, :ours, :before, :state, :cause,
      :because, :ending_at, :since)
    ON CONFLICT (person, workspace) DO UPDATE SET connections = excluded.connections, decided = excluded.decided,
      in_clerk = excluded.in_clerk, membership = excluded.membership, ours = excluded.ours, "before" = excluded."before",
      state = excluded.state, cause = excluded.cause, because = excluded.because, ending_at = excluded.ending_at,
      since = excluded.since"""
)
_JUDGE_SESSIONS = text("UPDATE person SET sessions_due = 0 WHERE pk = :person AND session_watch IS NOT NULL")
_DROP = text("DELETE FROM granted WHERE person = :person AND workspace = :workspace")
_DROP_ALL = text("DELETE FROM granted WHERE person = :person")
_IN_WORKSPACE = text(
    f"SELECT person, {_COLUMNS} FROM granted WHERE workspace = :workspace ORDER BY person"  # noqa: S608
)
_RETAINED = text(
    "SELECT person FROM granted WHERE workspace = :workspace AND state = 'retained' AND person <> :but ORDER BY person"
)
_BLOCKED = text("SELECT person FROM granted WHERE workspace = :workspace AND state = 'blocked' ORDER BY person")
_STATES = text(
    """SELECT granted.state AS state, count(*) AS n FROM granted JOIN person ON person.pk = granted.person
    WHERE person.clerk_instance = :instance GROUP BY granted.state"""
)


def of_person(tx: Tx, person: int) -> list[Grant]:
    return of_people(tx, [person])[person]


def of_people(tx: Tx, people: Sequence[int]) -> dict[int, list[Grant]]:
    """The rows of each of these persons."""
    found: dict[int, list[Grant]] = {person: [] for person in people}
    for row in tx.all(_OF_PEOPLE, people=people):
        found[row["person"]].append(_grant(row))
    return found


def in_workspace(tx: Tx, workspace: int) -> list[tuple[int, Grant]]:
    """(person, grant) of everybody in a workspace."""
    return [(row["person"], _grant(row)) for row in tx.all(_IN_WORKSPACE, workspace=workspace)]


def retained_in(tx: Tx, workspace: int, but: int) -> list[int]:
    """People kept in a workspace as its last owner, `but` not this one."""
    return [row["person"] for row in tx.all(_RETAINED, workspace=workspace, but=but)]


def blocked_in(tx: Tx, workspace: int) -> list[int]:
    """People waiting for a blocked workspace."""
    return [row["person"] for row in tx.all(_BLOCKED, workspace=workspace)]


def states(tx: Tx, instance: str) -> dict[str, int]:
    """How many grants are in each state."""
    return {row["state"]: row["n"] for row in tx.all(_STATES, instance=instance)}


def put(tx: Tx, person: int, grants: Sequence[Grant]) -> None:
    """Write rows as they are now; one that says nothing any more goes. Where sessions are watched they are judged again at
    once: other connections may speak for this person now."""
    for grant in grants:
        if grant.decided is None and grant.in_clerk is None:
            tx.run(_DROP, person=person, workspace=grant.workspace)
        else:
            tx.run(_PUT, person=person, **_values(grant))
    if grants:
        tx.run(_JUDGE_SESSIONS, person=person)


def forget(tx: Tx, person: int, workspace: int) -> None:
    """Drop a row: what it told of is gone in Clerk."""
    tx.run(_DROP, person=person, workspace=workspace)


def forget_all(tx: Tx, person: int) -> None:
    """Drop every row of somebody who turned out to be another person, before Clerk had anything of theirs."""
    tx.run(_DROP_ALL, person=person)


def _values(grant: Grant) -> dict[str, Any]:
    return {
        "workspace": grant.workspace,
        "connections": orjson.dumps(grant.connections).decode(),
        "decided": grant.decided,
        "in_clerk": grant.in_clerk,
        "membership": grant.membership,
        "ours": grant.ours,
        "before": grant.before,
        "state": str(grant.state),
        "cause": grant.cause,
        "because": orjson.dumps(grant.because).decode(),
        "ending_at": grant.ending_at,
        "since": grant.since,
    }


def _grant(row: Any) -> Grant:
    return Grant(
        row["workspace"],
        tuple(orjson.loads(row["connections"])),
        row["decided"],
        row["in_clerk"],
        row["membership"],
        bool(row["ours"]),
        row["before"],
        State(row["state"]),
        row["cause"],
        tuple(orjson.loads(row["because"])),
        row["ending_at"],
        row["since"],
    )
