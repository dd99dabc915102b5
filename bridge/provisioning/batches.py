"""One transaction or one mapping version that takes something from more people than may go is held whole (rule R6).

Judged once, when its first loss is ripe: everybody in it who has something to lose is planned, nothing is done yet.
"""

from collections.abc import Sequence
from functools import partial

from sqlalchemy import text

from bridge.dirty import scopes
from bridge.dirty.scopes import Batch
from bridge.provisioning import situation
from bridge.provisioning.brake import Budget
from bridge.provisioning.plan import Step
from bridge.provisioning.population import Population
from bridge.provisioning.tools import Tools
from scim.ports import Tx

_CHUNK = 100
_WITH_ACCESS = text(
    """SELECT pk FROM person WHERE batch = :id AND wanted > applied AND pk > :after
      AND EXISTS (SELECT 1 FROM granted WHERE granted.person = person.pk AND granted.in_clerk IS NOT NULL)
    ORDER BY pk LIMIT :limit"""
)
_Losers = dict[tuple[str, int | None], set[int]]


async def verdict(tools: Tools, population: Population, id: str) -> str | None:
    """Why the whole batch is held; None: its losses count one by one."""
    batch = await tools.database.point(lambda tx: scopes.batch(tx, id))
    if batch is None or batch.verdict == "free":
        return None
    if batch.verdict is not None:
        return batch.verdict
    losers = await _losers(tools, id)
    reason = await tools.database.read(lambda tx: _reason(tx, tools, population, batch, losers))
    await tools.database.write(lambda tx: scopes.settle_batch(tx, id, reason or "free"))
    return reason


async def _losers(tools: Tools, id: str) -> _Losers:
    losers: _Losers = {}
    after, more = 0, True
    while more:
        found = await tools.database.read(partial(_chunk, tools=tools, id=id, after=after))
        for person, losses in found:
            for step in losses:
                for connection in step.charged:
                    losers.setdefault((connection, None), set()).add(person)
                    losers.setdefault((connection, step.workspace), set()).add(person)
        more, after = len(found) == _CHUNK, found[-1][0] if found else after
    return losers


def _chunk(tx: Tx, tools: Tools, id: str, after: int) -> list[tuple[int, Sequence[Step]]]:
    rows = tx.all(_WITH_ACCESS, id=id, after=after, limit=_CHUNK)
    return [(row["pk"], _losses(tx, tools, row["pk"])) for row in rows]


def _losses(tx: Tx, tools: Tools, person: int) -> Sequence[Step]:
    now = tools.clock()
    known = situation.load(tx, tools.settings, tools.rulebook, person, now=now)
    return situation.plan(known, tools.settings, now=now, settled=True).losses if known else ()


def _reason(tx: Tx, tools: Tools, population: Population, batch: Batch, losers: _Losers) -> str | None:
    for (connection, workspace), people in sorted(losers.items(), key=lambda item: -len(item[1])):
        brake = tools.settings.connections[connection].brake
        allowed = Budget(brake.people, brake.percent).allows(population.of(tx, connection, workspace))
        if len(people) > allowed:
            where = "access" if workspace is None else "access to one workspace"
            return f"{len(people)} people lose {where} by one change ({batch.cause}), and {allowed} may"
    return None
