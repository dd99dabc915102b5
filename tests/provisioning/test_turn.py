"""What one at a time does in a workspace, on however many replicas, and however long it takes (rule R8)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest
from sqlalchemy import text

from bridge.clerk import memberships
from bridge.provisioning import reconcile
from bridge.provisioning.acting import run as runs
from bridge.provisioning.acting import turn as turns
from bridge.provisioning.acting.run import Busy, Run
from bridge.provisioning.acting.turn import turn
from tests.support.house import House

Houses = Callable[..., Awaitable[House]]
_WORKSPACE = text("SELECT pk, owner_claim_until FROM workspace")


class _AtWork:
    """As much of a run as a turn needs."""

    def __init__(self, house: House) -> None:
        self.tools = house.parts.tools


@pytest.fixture
async def house(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr(turns, "KEPT_EVERY", 0.02)
    house = await houses()
    await house.group("owners", await house.user("ada"), await house.user("mia"))
    await house.idle()
    return house


async def _place(house: House) -> tuple[Run, int]:
    row = await house.parts.database.read(lambda tx: tx.one(_WORKSPACE))
    assert row is not None
    return cast(Run, _AtWork(house)), row["pk"]


async def _nearly_over(house: House) -> None:
    """Most of a turn passes, and whoever has it keeps it for longer."""
    house.clock.jump(turns.TURN_MS / 1000 * 0.8)

    async def kept() -> bool:
        row = await house.parts.database.read(lambda tx: tx.one(_WORKSPACE))
        return row is not None and row["owner_claim_until"] - house.clock() > turns.TURN_MS / 2

    await house.until(kept)


async def test_nobody_else_has_a_turn_while_it_takes_longer_than_any_turn_lasts(house: House) -> None:
    run, workspace = await _place(house)
    async with turn(run, workspace):
        for _ in range(3):
            await _nearly_over(house)
            with pytest.raises(Busy):
                await turns.Turn(run, workspace).take()
    await turns.Turn(run, workspace).take()


async def test_the_turn_of_a_process_that_died_runs_out(house: House) -> None:
    run, workspace = await _place(house)
    dead, following = turns.Turn(run, workspace), turns.Turn(run, workspace)
    await dead.take()
    house.clock.jump(turns.TURN_MS / 1000 + 1)
    await following.take()
    with pytest.raises(Busy):  # it was only standing still: what it was about to do, it doesn't
        await dead.keep()
    await dead.drop()
    with pytest.raises(Busy):
        await turns.Turn(run, workspace).take()


async def test_owners_who_go_at_the_same_time_go_one_after_the_other_however_slow_clerk_is(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (reconcile, runs):
        monkeypatch.setattr(module, "CLAIM_MS", 600_000)  # time flies, and they stay in their workers' hands
    remove = memberships.remove

    async def slow(api: Any, *of: str, **more: Any) -> None:
        for _ in range(3):
            await _nearly_over(house)
        await remove(api, *of, **more)

    monkeypatch.setattr(memberships, "remove", slow)
    organization = house.organization("production")
    admin = await house.clerk("POST", "/users", {"email_address": ["admin@elsewhere.example"]})  # so that Clerk lets both go
    membership = {"user_id": admin["id"], "role": "org:admin"}
    await house.clerk("POST", f"/organizations/{organization}/memberships", membership)
    status, found = await house.scim("GET", "/Users")
    assert status == 200
    await asyncio.gather(*(house.deactivate(one["id"]) for one in found["Resources"]))
    await house.idle()
    assert [roles["production"] for roles in house.roles().values()].count("owner") == 1
