"""What preview lists, with its holds, retentions and blocks, is what the reconciler then does, person by person."""

import os
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.answers.preview import Preview
from bridge.provisioning import reconcile
from bridge.sandbox.testing import RunningSandbox
from tests.preview.company import Company, Rows
from tests.support.house import House

SEEDS = [int(seed) for seed in os.environ.get("BRIDGE_TEST_PREVIEW_SEEDS", "1 2 3 4").split()]
CHANGES = 4


@pytest.fixture
async def house(tmp_path: Path, database_url: str, sandbox: RunningSandbox) -> AsyncIterator[House]:
    """Nobody is in it yet."""
    made = House(tmp_path, sandbox, database_url)
    yield made
    await made.stop()


@pytest.mark.parametrize("seed", SEEDS)
async def test_what_is_previewed_is_what_happens(house: House, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "SLOTS", 1)  # who comes first within a budget is then no accident
    monkeypatch.setattr(reconcile, "CHORES", 0.05)  # the watch looks more often
    rng = random.Random(seed)
    company = await Company.open(house, rng)
    await company.found(rng.randrange(6, 18))
    for _ in range(CHANGES):
        await company.live()
        foreseen, before, after = await company.change()
        problems = list(_differences(foreseen, before, after))
        assert not problems, (seed, problems)
        assert foreseen.anyway or foreseen.averted or company.calls() == foreseen.calls


def _differences(foreseen: Preview, before: Rows, after: Rows) -> list[str]:
    """Everything that did not come as it was said."""
    found = []
    told = {(one.id, change.workspace): change for one in foreseen.affected for change in one.changes}
    for key, change in told.items():
        row = after.get(key)
        has = row.in_clerk.removeprefix("org:") if row and row.in_clerk else None
        wanted = change.to_role if change.state is None else change.from_role
        if has != wanted:
            found.append(f"{key}: {change} was said, and Clerk has {has} ({row and (row.state, row.cause)})")
        elif change.state is not None and (row is None or row.state != change.state):
            found.append(f"{key}: {change} was said, and its state is {row and row.state}")
    for key in before.keys() | after.keys():
        was, now = before.get(key), after.get(key)
        if key not in told and (was and was.in_clerk) != (now and now.in_clerk):
            found.append(f"{key}: not said, but {was and was.in_clerk} became {now and now.in_clerk}")
    return found
