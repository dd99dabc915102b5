"""What only time brings about: dates of rules, probes of blocked workspaces, scope marks that wait to be expanded."""

from functools import partial

from sqlalchemy import text

from bridge.dirty import persons as marks
from bridge.dirty import scopes
from bridge.dirty.persons import Priority
from bridge.dirty.scopes import ScopeMark
from bridge.people import accounts, grants, tickets, workspaces
from bridge.provisioning.tools import Tools
from scim import groups
from scim import person as directory
from scim.ports import Tx

PAGE = 500
_OLD_LOSSES = text("DELETE FROM loss WHERE at < :before")
_DATED = text(
    """SELECT pk FROM person WHERE clerk_instance = :instance AND next_change_at <= :now AND wanted = applied
    ORDER BY pk LIMIT :limit"""
)
_LATE = text(
    """SELECT granted.person AS person FROM granted JOIN person ON person.pk = granted.person
    WHERE granted.workspace = :workspace AND granted.state = 'blocked' AND person.wanted = person.applied
    ORDER BY granted.person"""
)


async def dates(tools: Tools) -> int:
    """People whose rules begin or end about now, or whose last sign-in is too long ago, are due; returns how many."""
    now = tools.clock()

    def work(tx: Tx) -> int:
        due = [row["pk"] for row in tx.all(_DATED, instance=tools.instance, now=now, limit=PAGE)]
        marks.mark(tx, due, now=now, cause="a date came")
        return len(due)

    return await tools.database.write(work)


async def probes(tools: Tools) -> int:
    """One person of each blocked workspace whose minute is over tries again, each minute another one; returns how many
    workspaces. Who was told of a block while it ended is due, too."""
    now = tools.clock()

    def work(tx: Tx) -> int:
        blocked = workspaces.to_probe(tx, tools.instance, now=now)
        minute = now // workspaces.PROBE_MS
        chosen = {people[minute % len(people)] for pk in blocked if (people := grants.blocked_in(tx, pk))}
        marks.mark(tx, sorted(chosen), now=now, cause="a blocked workspace is tried again")
        for pk in workspaces.opened(tx, tools.instance, since=now - workspaces.PROBE_MS):
            late = [row["person"] for row in tx.all(_LATE, workspace=pk)]
            marks.mark(tx, late, now=now, cause="the workspace is open again")
        return len(blocked)

    return await tools.database.write(work)


async def forget(tools: Tools) -> None:
    """Tombstones, judged batches, counted losses and tickets that nobody needs any more."""
    now = tools.clock()

    def work(tx: Tx) -> None:
        accounts.forget(tx, now=now)
        scopes.forget(tx, now=now)
        tickets.forget(tx, now=now)
        tx.run(_OLD_LOSSES, before=now - scopes.BATCH_MS)

    await tools.database.write(work)


async def expand(tools: Tools) -> int:
    """Make everybody due whom a mark of a whole group or connection concerns, in pages; returns how many people."""
    pending = await tools.database.point(lambda tx: scopes.pending(tx, tools.instance, now=tools.clock()))
    total = 0
    for mark in pending:
        total += await _expand_group(tools, mark) if mark.scope == "group" else await _expand_connection(tools, mark)
    return total


async def _expand_group(tools: Tools, mark: ScopeMark) -> int:
    after, total, more = "", 0, True
    while more:
        page = partial(_group_page, mark=mark, after=after, now=tools.clock())
        users, count = await tools.database.write(page)
        total, more = total + count, len(users) == PAGE
        after = users[-1] if users else after
    return total


def _group_page(tx: Tx, mark: ScopeMark, after: str, now: int) -> tuple[list[str], int]:
    users = directory.affected(tx, mark.connection, mark.id, after, PAGE)
    people = accounts.people_of(tx, mark.connection, users)
    _mark(tx, mark, people, now)
    if len(users) < PAGE and scopes.finish(tx, mark):
        groups.purge(tx, mark.connection, mark.id)
    return users, len(people)


async def _expand_connection(tools: Tools, mark: ScopeMark) -> int:
    await tools.rulebook.prepared(tools.database, mark.connection)  # before the first of them is decided
    after, total, more = 0, 0, True
    while more:
        people = await tools.database.write(partial(_connection_page, mark=mark, after=after, now=tools.clock()))
        total, more = total + len(people), len(people) == PAGE
        after = people[-1] if people else after
    return total


def _connection_page(tx: Tx, mark: ScopeMark, after: int, now: int) -> list[int]:
    people = accounts.page_of(tx, mark.connection, after, PAGE)
    _mark(tx, mark, people, now)
    if len(people) < PAGE:
        scopes.finish(tx, mark)
    return people


def _mark(tx: Tx, mark: ScopeMark, people: list[int], now: int) -> None:
    priority = Priority.BULK if mark.scope == "connection" else mark.priority
    marks.mark(tx, people, now=now, cause=mark.cause, priority=priority, batch=mark.batch)
