"""Verbs of the client where only a sandbox can be brought to it; what they do anywhere is in tests/clerk_contract."""

from collections.abc import Callable

import pytest

from bridge.clerk import memberships, organizations, sessions, users
from bridge.clerk.api import Api
from bridge.clerk.budget import Lane
from bridge.clerk.errors import LastMembership
from bridge.sandbox.testing import RunningSandbox
from bridge.settings import Secret
from tests.support.clerk_sandbox import client

N = Lane.NORMAL


async def _user(clerk: Api, name: str = "mia") -> users.User:
    return await users.create(clerk, f"person-{name}", f"{name}@acme.example", (name.capitalize(), "Chen"), lane=N)


async def _workspace(clerk: Api, name: str = "Production") -> str:
    return (await organizations.create(clerk, name, f"acme/{name}", lane=N)).id


async def test_where_everybody_needs_a_workspace_the_last_membership_stays(
    sandboxes: Callable[..., RunningSandbox],
) -> None:
    sandbox = sandboxes(membership_required=True)
    clerk = Api(sandbox.url, Secret(sandbox.secret_key, "test"), 1000)
    mia, production = await _user(clerk), await _workspace(clerk)
    ada = await _user(clerk, "ada")
    await memberships.add(clerk, production, ada.id, "org:owner", "person_1", lane=N)
    await memberships.add(clerk, production, mia.id, "org:editor", "person_1", lane=N)
    with pytest.raises(LastMembership):
        await memberships.remove(clerk, production, mia.id, lane=N)
    await clerk.close()


async def test_a_list_longer_than_a_page_is_read_to_its_end(clerk: Api, sandbox: RunningSandbox) -> None:
    mia = await _user(clerk)
    with client(sandbox) as raw:
        made = [raw.post("/sessions", json={"user_id": mia.id}).json()["id"] for _ in range(501)]
    sandbox.reset_calls()
    assert {one.id for one in await sessions.live(clerk, mia.id, lane=N)} == set(made)
    assert sandbox.calls() == {"GET /v1/sessions": 2}
