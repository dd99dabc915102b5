"""Holds: losses that wait for a human because they are too many (rule R6), judged and kept in one transaction.

A hold belongs to a connection and collects what overflows until somebody answers it. Its rows are per (person,
workspace) and recomputed at each decision: a re-push changes nothing, a loss that is no longer wanted lapses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import text

from bridge.provisioning.brake import Budget, Usage, Verdict, judge
from bridge.provisioning.plan import Step
from bridge.store.schema import held as table
from bridge.store.schema import hold as hold_table
from scim.ports import Tx
from scim.sql import integers, within

_LOCK = text("UPDATE connection SET name = name WHERE name = :connection")
_OF_PEOPLE = (
    sa.select(table.c.person, table.c.hold, table.c.workspace, table.c.to_role, table.c.status, table.c.facts)
    .where(
        within(table.c.person, integers("people")),
        sa.or_(*(table.c.status == status for status in ("waiting", "approved", "discarded"))),
    )
    .order_by(table.c.hold)
)
_LOST = text("SELECT DISTINCT person, workspace FROM loss WHERE connection = :connection AND at > :since")
# who is just leaving counts no more; who came back after a loss does
_PRESENT = text(
    """SELECT count(*) AS n FROM (SELECT 1 FROM granted WHERE workspace = :workspace AND in_clerk IS NOT NULL
      AND (person = :person OR NOT EXISTS (
        SELECT 1 FROM loss WHERE loss.workspace = granted.workspace AND loss.person = granted.person AND at > :since
          AND at >= granted.since))
      LIMIT 2) AS here"""
)
_CHARGE = text("INSERT INTO loss (connection, workspace, person, at) VALUES (:connection, :workspace, :person, :at)")
# whoever puts something into a hold, and whoever closes it, has it alone: nothing may wait in a hold that is closed
_OPEN = (
    sa.select(hold_table.c.pk)
    .where(hold_table.c.connection == sa.bindparam("connection"), hold_table.c.closed.is_(None))
    .order_by(hold_table.c.pk.desc())
    .limit(1)
    .with_for_update()
)
_ALONE = sa.select(hold_table.c.pk).where(hold_table.c.pk == sa.bindparam("hold")).with_for_update()
_NEW = text("INSERT INTO hold (connection, cause, opened) VALUES (:connection, :cause, :at) RETURNING pk")
_WAIT = text(
    """INSERT INTO held (hold, person, workspace, from_role, to_role, status, facts, at)
    VALUES (:hold, :person, :workspace, :from_role, :to_role, 'waiting', :facts, :at)
    ON CONFLICT (hold, person, workspace) DO UPDATE SET status = 'waiting', from_role = excluded.from_role,
      to_role = excluded.to_role, facts = excluded.facts, at = excluded.at"""
)
_FOLLOW = text(
    """UPDATE held SET from_role = :from_role, to_role = :to_role, facts = :facts
    WHERE hold = :hold AND person = :person AND workspace = :workspace AND status = 'waiting'"""
)
_STATUS = text("UPDATE held SET status = :status WHERE hold = :hold AND person = :person AND workspace = :workspace")
_CLOSE_EMPTY = text(
    """UPDATE hold SET closed = :at WHERE pk = :hold AND closed IS NULL AND NOT EXISTS (
      SELECT 1 FROM held WHERE held.hold = hold.pk AND held.status = 'waiting')"""
)
_ANSWER = text("UPDATE held SET status = :status WHERE hold = :hold AND status = 'waiting' RETURNING person")
_END = text("UPDATE hold SET closed = :at WHERE pk = :hold AND closed IS NULL")
_LIST = text(
    """SELECT hold.pk AS pk, hold.connection AS connection, hold.cause AS cause, hold.opened AS opened,
      count(DISTINCT held.person) AS people, count(*) AS rows_waiting
    FROM hold JOIN held ON held.hold = hold.pk AND held.status = 'waiting'
    WHERE hold.closed IS NULL GROUP BY hold.pk, hold.connection, hold.cause, hold.opened ORDER BY hold.pk"""
)
_SHOW = text(
    """SELECT held.person AS person, held.workspace AS workspace, held.from_role AS from_role,
      held.to_role AS to_role, held.status AS status, held.at AS at FROM held
    WHERE held.hold = :hold ORDER BY held.person, held.workspace"""
)
_GET = text("SELECT pk, connection, cause, opened, closed FROM hold WHERE pk = :hold")


@dataclass(frozen=True, slots=True)
class Limits:
    """What the brake knows beside the database: budgets, windows (ms) and populations of the charged connections."""

    budgets: Mapping[str, Budget]
    windows: Mapping[str, int]
    population: Mapping[str, int]
    population_in: Mapping[tuple[str, int], int]
    whole: str | None = None  # why a whole batch is held


@dataclass(frozen=True, slots=True)
class Held:
    """A loss that waits in a hold. `why`: what put it there just now; None: it waited already."""

    step: Step
    hold: int
    why: str | None


@dataclass(frozen=True, slots=True)
class Ruling:
    """`go` may be applied; `held` waits; `kept` stays because somebody discarded its removal."""

    go: tuple[Step, ...]
    held: tuple[Held, ...]
    kept: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Sorted:
    """Losses by what holds say: approved, kept because of a discard, waiting already, or not asked about yet."""

    go: tuple[Step, ...]
    kept: tuple[Step, ...]
    held: tuple[Held, ...]
    fresh: tuple[Step, ...]

    @property
    def every(self) -> tuple[Step, ...]:
        return (*self.go, *self.kept, *(held.step for held in self.held), *self.fresh)


@dataclass(frozen=True, slots=True)
class Hold:
    """An open hold as people see it; named ``h<pk>``."""

    pk: int
    connection: str
    cause: str
    opened: int
    people: int

    @property
    def name(self) -> str:
        return f"h{self.pk}"


def rule(tx: Tx, person: int, losses: Sequence[Step], limits: Limits, *, facts: str, now: int) -> Ruling:
    """Decide which of a person's losses go, charge the budget for them, and keep the rest in a hold."""
    known = of_people(tx, [person])[person]
    lapsed = _lapse(tx, person, {row["workspace"]: row for row in known}, {step.workspace for step in losses})
    found = sort(losses, known, facts)
    _follow(tx, person, known, found.held, facts)
    go, held = list(found.go), list(found.held)
    if found.fresh:
        verdict = _judge(tx, person, found.fresh, limits, now)
        _charge(tx, person, verdict.go, now)
        go += verdict.go
        held += [_wait(tx, person, step, why, facts, now) for step, why in verdict.held]
    _close_empty(tx, lapsed, now)
    return Ruling(tuple(go), tuple(held), found.kept)


def of_people(tx: Tx, people: Sequence[int]) -> dict[int, list[Any]]:
    """What holds say about each of these persons: rows with hold, workspace, to_role, status, facts."""
    found: dict[int, list[Any]] = {person: [] for person in people}
    for row in tx.all(_OF_PEOPLE, people=people):
        found[row["person"]].append(row)
    return found


def sort(losses: Sequence[Step], known: Sequence[Any], facts: str) -> Sorted:
    """Which of these losses somebody has answered or is to answer; `known` as `of_people` gives them. Pure."""
    if not losses:
        return _NONE
    rows = {row["workspace"]: row for row in known}
    go: list[Step] = []
    kept: list[Step] = []
    held: list[Held] = []
    fresh: list[Step] = []
    for step in losses:
        row = rows.get(step.workspace)
        if row is None:
            fresh.append(step)
        elif row["status"] == "approved" and row["to_role"] == step.to_role:
            go.append(step)
        elif row["status"] == "waiting":
            held.append(Held(step, row["hold"], None))
        elif row["status"] == "discarded" and row["facts"] == facts:
            kept.append(step)
        else:
            fresh.append(step)
    return Sorted(tuple(go), tuple(kept), tuple(held), tuple(fresh))


_NONE = Sorted((), (), (), ())


def lost(tx: Tx, connection: str, *, since: int) -> list[Any]:
    """Who lost what through a connection after `since`: rows with person and workspace."""
    return tx.all(_LOST, connection=connection, since=since)


def concern(tx: Tx, person: int) -> bool:
    """Does any hold have something to say about this person?"""
    return bool(of_people(tx, [person])[person])


def pass_by(tx: Tx, person: int, *, now: int) -> None:
    """Somebody took everything away by hand: what waited for an answer has one."""
    waiting = [row for row in of_people(tx, [person])[person] if row["status"] == "waiting"]
    for row in waiting:
        tx.run(_STATUS, status="done", hold=row["hold"], person=person, workspace=row["workspace"])
    _close_empty(tx, waiting, now)


def applied(tx: Tx, person: int, workspaces: Sequence[int]) -> None:
    """An approval is for once: what was applied is done."""
    for row in of_people(tx, [person])[person]:
        if row["status"] == "approved" and row["workspace"] in workspaces:
            tx.run(_STATUS, status="done", hold=row["hold"], person=person, workspace=row["workspace"])


def open_holds(tx: Tx) -> list[Hold]:
    """What waits for an answer."""
    rows = tx.all(_LIST)
    return [Hold(row["pk"], row["connection"], row["cause"], row["opened"], row["people"]) for row in rows]


def get(tx: Tx, pk: int) -> Any | None:
    return tx.one(_GET, hold=pk)


def rows(tx: Tx, pk: int) -> list[Any]:
    """The rows of a hold: person, workspace, from_role, to_role, status, at."""
    return tx.all(_SHOW, hold=pk)


def answer(tx: Tx, pk: int, status: str, *, now: int) -> list[int]:
    """Approve or discard what waits in a hold at this moment; returns the people to look at again."""
    tx.all(_ALONE, hold=pk)
    people = sorted({row["person"] for row in tx.all(_ANSWER, hold=pk, status=status)})
    tx.run(_END, hold=pk, at=now)
    return people


def _judge(tx: Tx, person: int, losses: Sequence[Step], limits: Limits, now: int) -> Verdict:
    charged = sorted({connection for step in losses for connection in step.charged})
    for connection in charged:  # one at a time spends a budget, or opens a hold
        tx.run(_LOCK, connection=connection)
    if limits.whole is not None:
        return Verdict((), tuple((step, limits.whole) for step in losses))
    return judge(person, losses, limits.budgets, _usage(tx, person, losses, charged, limits, now))


def _usage(tx: Tx, person: int, losses: Sequence[Step], charged: list[str], limits: Limits, now: int) -> Usage:
    people: dict[str, set[int]] = {}
    lost_in: dict[tuple[str, int], set[int]] = {}
    for connection in charged:
        people[connection] = set()
        for row in lost(tx, connection, since=now - limits.windows[connection]):
            people[connection].add(row["person"])
            lost_in.setdefault((connection, row["workspace"]), set()).add(row["person"])
    since = now - max(limits.windows.values())
    present = {}
    for step in losses:
        row = tx.one(_PRESENT, workspace=step.workspace, person=person, since=since)
        present[step.workspace] = row["n"] if row else 0
    return Usage(
        people,
        limits.population,
        lost_in,
        limits.population_in,
        present,
    )


def _charge(tx: Tx, person: int, steps: Sequence[Step], now: int) -> None:
    for step in steps:
        for connection in step.charged:
            tx.run(_CHARGE, connection=connection, workspace=step.workspace, person=person, at=now)


def _wait(tx: Tx, person: int, step: Step, why: str, facts: str, now: int) -> Held:
    connection = step.charged[0]
    row = tx.one(_OPEN, connection=connection) or tx.one(_NEW, connection=connection, cause=why, at=now)
    assert row is not None
    tx.run(
        _WAIT,
        hold=row["pk"],
        person=person,
        workspace=step.workspace,
        from_role=step.from_role,
        to_role=step.to_role,
        facts=facts,
        at=now,
    )
    return Held(step, row["pk"], why)


def _follow(tx: Tx, person: int, known: Sequence[Any], held: Sequence[Held], facts: str) -> None:
    """What waits is kept as it is decided by now: an answer is for that, and a discard lasts until facts change after it."""
    rows = {row["workspace"]: row for row in known}
    for one in held:
        step, row = one.step, rows[one.step.workspace]
        if (row["to_role"], row["facts"]) != (step.to_role, facts):
            place = {"hold": one.hold, "person": person, "workspace": step.workspace}
            tx.run(_FOLLOW, from_role=step.from_role, to_role=step.to_role, facts=facts, **place)


def _lapse(tx: Tx, person: int, known: Mapping[int, Any], wanted: set[int]) -> list[Any]:
    """What nobody wants any more waits no more; these rows of holds."""
    gone = [row for workspace, row in known.items() if workspace not in wanted]
    for row in gone:
        tx.run(_STATUS, status="lapsed", hold=row["hold"], person=person, workspace=row["workspace"])
    return gone


def _close_empty(tx: Tx, answered: Sequence[Any], now: int) -> None:
    """A hold in which nothing waits any more is closed."""
    for hold in sorted({row["hold"] for row in answered}):
        tx.all(_ALONE, hold=hold)
        tx.run(_CLOSE_EMPTY, hold=hold, at=now)
