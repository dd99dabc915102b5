"""What the bridge's own database says, for the verdict: whom accounts are known as, rows, losses, what is not at rest."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from bridge.audit import events, seal
from bridge.audit.events import Event
from bridge.dirty import persons as marks
from bridge.people import grants, persons, workspaces
from bridge.people.grant import Grant
from bridge.people.persons import Person
from scim.ports import Tx

_ACCOUNTS = text("SELECT connection, external_id, person FROM account")
_LOSSES = text("SELECT DISTINCT connection, workspace, person FROM loss")
_WAITING = text("SELECT hold, person, workspace FROM held WHERE status = 'waiting'")
_RESTLESS = text(
    """SELECT (SELECT count(*) FROM person WHERE wanted > applied) AS people, (SELECT count(*) FROM due) AS scopes,
      (SELECT count(*) FROM audit WHERE n IS NULL) AS events"""
)
_OPEN = text("SELECT id, cause, problem, open, tries FROM person WHERE wanted > applied OR open OR problem IS NOT NULL")
MAIN = "main"


@dataclass(frozen=True, slots=True)
class Seen:
    """`accounts`: (connection, key) -> person; `rows`: (person, alias) -> row; `losses` and `waiting` by alias, too."""

    accounts: dict[tuple[str, str], int]
    persons: dict[int, Person]
    rows: dict[tuple[int, str], Grant]
    losses: set[tuple[str, str, int]]
    waiting: set[tuple[int, int, str]]
    events: list[Event]
    broken: list[str]


def read(tx: Tx, key: bytes, places: dict[str, str]) -> Seen:
    """Everything, in one snapshot. `places`: organization -> alias; `key`: of the audit's seals."""
    aliases = {pk: places.get(one.organization or "", "?") for pk, one in workspaces.all_of(tx, MAIN).items()}
    people = {one.pk: one for one in persons.page(tx, MAIN, 0, 10_000)}
    rows = grants.of_people(tx, list(people))
    return Seen(
        {(row["connection"], row["external_id"]): row["person"] for row in tx.all(_ACCOUNTS)},
        people,
        {(pk, aliases[row.workspace]): row for pk, several in rows.items() for row in several},
        {(row["connection"], aliases[row["workspace"]], row["person"]) for row in tx.all(_LOSSES)},
        {(row["hold"], row["person"], aliases[row["workspace"]]) for row in tx.all(_WAITING)},
        events.last(tx, None, 100_000),
        [f"the audit trail of {one.connection}: {one.problem}" for one in seal.verify(tx, key) if one.problem],
    )


def restless(tx: Tx) -> dict[str, int]:
    """How many people and groups are due, and how many events have no seal yet."""
    row = tx.one(_RESTLESS)
    assert row is not None
    return {name: row[name] for name in ("people", "scopes", "events")}


def stuck(tx: Tx) -> list[dict[str, Any]]:
    """Who is not at rest, and why."""
    return [{name: row[name] for name in ("id", "cause", "problem", "open", "tries")} for row in tx.all(_OPEN)]


def sweep(tx: Tx, *, now: int) -> None:
    """Everybody is to be looked at in Clerk, as a sweep for drift would have it."""
    everybody = [one.pk for one in persons.page(tx, MAIN, 0, 10_000)]
    marks.mark(tx, everybody, now=now, cause="a sweep of the benchmark", look=True)
