"""Two services on one PostgreSQL while versions come and go: whoever is decided, is decided by one of them."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bridge.people import find
from bridge.provisioning import situation
from bridge.rulebook import taking
from bridge.rulebook.watch import Watch
from bridge.sandbox.testing import RunningSandbox
from scim.ports import Tx
from tests.support.clerk_sandbox import *  # noqa: F403
from tests.support.house import LONGEST, House

PLACES = {name: {"create": name.capitalize()} for name in ("one", "two", "three", "four")}
FLIPS = 40  # at least


def _rules(role: str) -> list[dict[str, Any]]:
    """One rule a workspace: a mix of two versions would show as two roles."""
    return [{"name": f"{role} of {name}", "when": {"group": "staff"}, "grant": {name: role}} for name in PLACES]


@pytest.fixture
async def replicas(tmp_path: Path, postgresql_database: str, sandbox: RunningSandbox) -> AsyncIterator[tuple[House, House]]:
    first, second = (House(tmp_path, sandbox, postgresql_database) for _ in range(2))
    first.connection(workspaces=PLACES, brake={"people": 1000, "percent": 100, "within": "1m"})
    first.mapping(rules=_rules("viewer"))
    await first.start()
    second.secrets = first.secrets
    await second.start()
    yield first, second
    await first.stop()
    await second.stop()


async def _decided(house: House, pk: int) -> str:
    """The role that somebody has everywhere; `mix` if it isn't one."""
    tools = house.parts.tools

    def load(tx: Tx) -> set[str]:
        found = situation.load(tx, tools.settings, tools.rulebook, pk, now=tools.clock())
        assert found is not None
        decision = found.known[0].decision
        assert decision is not None
        assert decision.grants.keys() == PLACES.keys()
        return {str(grant.role) for grant in decision.grants.values()}

    roles = await house.parts.database.read(load)
    return roles.pop() if len(roles) == 1 else "mix"


async def _has(house: House, role: str, *names: str) -> bool:
    return house.roles() == {name: dict.fromkeys(PLACES, role) for name in names}


async def test_nobody_is_decided_by_a_mix_of_two_versions(replicas: tuple[House, House]) -> None:
    first, second = replicas
    people = [await second.user(name) for name in ("mia", "jon", "eve")]
    await second.group("staff", *people)
    await first.idle()
    first.mapping(rules=_rules("editor"))

    async def taken() -> bool:
        return len(await first.audit("mapping.taken")) == 2

    await first.until(taken)
    pk = (await first.parts.database.read(lambda tx: find.persons(tx, "mia@acme.example")))[0].pk
    seen: Counter[str] = Counter()
    flipping = True

    async def look(house: House) -> None:
        while flipping:
            seen[await _decided(house, pk)] += 1

    looking = [asyncio.create_task(look(house)) for house in (first, second) for _ in range(2)]
    acme = first.parts.settings.connections["acme"]
    async with asyncio.timeout(LONGEST):
        for flip in count():
            if flip % 2 == 0 and flip >= FLIPS and {"viewer", "editor"} <= seen.keys():
                break
            house = replicas[flip % 2]
            await taking.rollback(house.parts.database, acme, 1 + flip % 2, now=house.clock(), actor="test")
            await asyncio.sleep(0.005)  # as long as a look or two take
    flipping = False
    await asyncio.gather(*looking)
    assert seen.keys() == {"viewer", "editor"}, seen
    await first.idle()
    assert await _has(first, "editor", "mia", "jon", "eve")


async def test_a_rollback_on_one_machine_is_what_the_other_decides_by(replicas: tuple[House, House]) -> None:
    first, second = replicas
    mia = await first.user("mia")
    await first.group("staff", mia)
    await first.idle()
    first.mapping(rules=_rules("editor"))
    await first.until(lambda: _has(first, "editor", "mia"))
    acme = second.parts.settings.connections["acme"]
    await taking.rollback(second.parts.database, acme, None, now=second.clock(), actor="cli:ada")
    await first.until(lambda: _has(first, "viewer", "mia"))
    await first.stop()  # the lease goes to the second, whose file is the one that was rolled back from

    async def holds() -> bool:
        return second.parts.reconciler.holds_lease

    await second.until(holds)
    tools = second.parts.tools
    watch = Watch(tools.database, tools.settings, tools.rulebook, tools.clock)
    assert [await watch.tick() for _ in range(2)] == [False, False]
    assert len(await second.audit("mapping.taken")) == 2
    await second.idle()
    assert await _has(second, "viewer", "mia")
