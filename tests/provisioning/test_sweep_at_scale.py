"""The sweep over many: so many calls, however many people, and the few who differ are found among them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path

import pytest
from sqlalchemy import text

from bridge.clerk.api import Api
from bridge.provisioning.sweep import Sweeper
from bridge.provisioning.tools import Tools
from bridge.rulebook import Rulebook
from bridge.sandbox.clerk import people
from bridge.sandbox.clerk.store import Store
from bridge.sandbox.testing import RunningSandbox
from bridge.settings import load
from bridge.store.database import Database
from scim.ports import Tx
from tests.support.clerk_sandbox import client

NOW = 1_800_000_000_000
WORKSPACES = ("production", "research", "support")
_PERSON = text(
    """INSERT INTO person (pk, clerk_instance, id, clerk_user, created_here, wanted, applied)
    VALUES (:pk, 'main', :id, :user, true, 0, 0)"""
)
_WORKSPACE = text("INSERT INTO workspace (pk, clerk_instance, reference, organization) VALUES (:pk, 'main', :name, :id)")
_GRANTED = text(
    """INSERT INTO granted (person, workspace, connections, decided, in_clerk, membership, ours, state, because, since)
    VALUES (:person, :workspace, '["acme"]', 'org:editor', 'org:editor', :membership, true, 'granted', '[]', 1)"""
)
_LEASE = text("INSERT INTO lease (clerk_instance, holder, until, fence) VALUES ('main', 'test', 0, 1)")
_MARKED = text("SELECT pk FROM person WHERE wanted > applied AND look ORDER BY pk")
_MEMBER = """INSERT INTO memberships (id, organization_id, user_id, role, created_at, updated_at, public_metadata,
  private_metadata) VALUES (?, ?, ?, ?, ?, ?, '{}', '{}')"""
REMOVED, LOWERED = 7, 9  # in production, in research
Filled = Callable[[int], Awaitable[tuple[Sweeper, RunningSandbox, Database]]]


def _clerk(sandboxes: Callable[..., RunningSandbox], folder: Path, members: int) -> dict[str, str]:
    """What Clerk has: everybody is an editor in each workspace, but for two whom somebody changed by hand. The ids of the
    organizations, by name."""
    with sandboxes(folder) as sandbox, client(sandbox) as api:
        api.post("/organization_roles", json={"key": "org:editor", "name": "Editor"})
        api.post("/organization_roles", json={"key": "org:viewer", "name": "Viewer"})
        ids = {name: api.post("/organizations", json={"name": name}).json()["id"] for name in WORKSPACES}
    store = Store(folder / "clerk.db")
    with store.transaction():
        for number in range(members):
            people.insert(store, {**people.blank(NOW + number), "id": f"user_{number}", "external_id": f"person-{number}"})
            for name in WORKSPACES:
                if (name, number) != ("production", REMOVED):
                    role = "org:viewer" if (name, number) == ("research", LOWERED) else "org:editor"
                    values = (ids[name], f"user_{number}", role, NOW + number, NOW + number)
                    store.run(_MEMBER, f"orgmem_{name}_{number}", *values)
    store.close()
    return ids


def _rows(tx: Tx, members: int, ids: Mapping[str, str]) -> None:
    """What we believe: everybody is an editor in each workspace."""
    tx.run(_LEASE)
    tx.many(_PERSON, [{"pk": 1 + at, "id": f"person-{at}", "user": f"user_{at}"} for at in range(members)])
    tx.many(_WORKSPACE, [{"pk": 1 + at, "name": name, "id": ids[name]} for at, name in enumerate(WORKSPACES)])
    granted = [
        {"person": 1 + at, "workspace": 1 + place, "membership": f"orgmem_{name}_{at}"}
        for place, name in enumerate(WORKSPACES)
        for at in range(members)
    ]
    tx.many(_GRANTED, granted)


@pytest.fixture
async def filled(store: Database, tmp_path: Path, sandboxes: Callable[..., RunningSandbox]) -> AsyncIterator[Filled]:
    """Three workspaces with so many members each, at Clerk and in our rows."""
    running: list[tuple[RunningSandbox, Api]] = []

    async def fill(members: int) -> tuple[Sweeper, RunningSandbox, Database]:
        ids = await asyncio.to_thread(_clerk, sandboxes, tmp_path / "sandbox", members)
        await store.write(lambda tx: _rows(tx, members, ids))
        sandbox = sandboxes(tmp_path / "sandbox")
        (tmp_path / "config").mkdir()
        settings = load(tmp_path / "config", {"CLERK_API_URL": sandbox.url})
        api = Api(sandbox.url, settings.bridge.clerk.secret_key, 1000)
        running.append((sandbox, api))
        tools = Tools(
            database=store,
            settings=settings,
            rulebook=Rulebook({}),
            clock=lambda: NOW,
            clerk=api,
            holder="test",
        )
        return Sweeper(tools, 3600, lambda: True), sandbox, store

    yield fill
    for sandbox, api in running:
        await api.close()
        sandbox.stop()


async def _swept(filled: Filled, members: int) -> tuple[dict[str, int], int, list[int]]:
    """The counts, the calls, and who is to be looked at."""
    sweeper, sandbox, store = await filled(members)
    sandbox.reset_calls()
    counts = await sweeper.sweep()
    marked = await store.read(lambda tx: [row["pk"] for row in tx.all(_MARKED)])
    return counts, sum(sandbox.calls().values()), marked


async def test_two_of_ten_thousand_memberships_are_found_in_twenty_four_calls(filled: Filled) -> None:
    counts, calls, marked = await _swept(filled, 3_400)
    assert (counts["members"], counts["marked"], counts["drifted"]) == (10_199, 2, 2)
    assert marked == [1 + REMOVED, 1 + LOWERED]
    assert calls == 24  # the organizations, 3 x 7 pages, the one who is missing by name, and whether the user is there
