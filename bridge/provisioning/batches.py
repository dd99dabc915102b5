"""One transaction or one mapping version that takes something from more people than may go is held whole (rule R6).

Judged once, when its first loss is ripe: everybody in it who has something to lose is planned, nothing is done yet.
"""

from functools import partial

from sqlalchemy import text

from bridge.dirty import scopes
from bridge.dirty.scopes import Batch
from bridge.provisioning import situation
from bridge.provisioning.brake import Budget, Losers
from bridge.provisioning.population import Population
from bridge.provisioning.situation import Situation
from bridge.provisioning.tools import Tools
from scim.ports import Tx

_CHUNK = 100
_WITH_ACCESS = text(
    """SELECT pk FROM person WHERE batch = :id AND wanted > applied AND pk > :after
      AND EXISTS (SELECT 1 FROM granted WHERE granted.person = person.pk AND granted.in_clerk IS NOT NULL)
    ORDER BY pk LIMIT :limit"""
)


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


async def _losers(tools: Tools, id: str) -> Losers:
    losers = Losers()
    after, more = 0, True
    while more:
        people = await tools.database.read(partial(_chunk, tools=tools, id=id, after=after))
        for one in people:
            losers.add(one.person.pk, situation.plan(one, tools.settings, now=tools.clock(), settled=True).losses)
        more, after = len(people) == _CHUNK, people[-1].person.pk if people else after
    return losers


def _chunk(tx: Tx, tools: Tools, id: str, after: int) -> list[Situation]:
    people = [row["pk"] for row in tx.all(_WITH_ACCESS, id=id, after=after, limit=_CHUNK)]
    return situation.load_all(tx, tools.settings, tools.rulebook, people, now=tools.clock())


def _reason(tx: Tx, tools: Tools, population: Population, batch: Batch, losers: Losers) -> str | None:
    def allowed(connection: str, workspace: int | None) -> int:
        brake = tools.settings.connections[connection].brake
        return Budget(brake.people, brake.percent).allows(population.of(tx, connection, workspace))

    return losers.too_many(allowed, batch.cause)
