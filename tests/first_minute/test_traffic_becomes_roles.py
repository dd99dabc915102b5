"""Recorded connectors against the whole service: after each of their steps Clerk has exactly what is decided.

Clerk is read by its official Python SDK, so that no line of ours stands between the sandbox and the verdict.
"""

import re
from pathlib import Path
from typing import Any

import pytest
from clerk_backend_api import Clerk

from bridge.people import persons
from bridge.replay.player import Verdict, play
from bridge.replay.scenario import load
from bridge.sandbox.testing import RunningSandbox
from tests.support.house import House
from tests.support.shared import shared

FILES = (
    "entra/doc-examples-1-6.json",
    "entra/doc-group-lifecycle.json",
    "entra/doc-user-lifecycle.json",
    "entra/flags-with-aadOptscim062020.json",
    "entra/flags-without-aadOptscim062020.json",
    "okta/doc-group-push.json",
    "okta/doc-user-lifecycle-aiw-put.json",
    "okta/doc-user-lifecycle-oin-patch.json",
)
RULES = [
    {"name": "In any group", "when": {"group_like": "*"}, "grant": {"production": "editor"}},
    {"name": "Okta's test group", "when": {"group_like": "Test SCIM*"}, "grant": {"research": "editor"}},
    {"name": "Everybody", "when": {"everyone": True}, "grant": {"research": "viewer"}},
]


def _domains(path: Path) -> list[str]:
    return sorted({domain.lower() for domain in re.findall(r"@([\w-]+(?:\.[\w-]+)+)", path.read_text(encoding="utf-8"))})


def _in_clerk(sdk: Clerk) -> dict[str, dict[str, str]]:
    """{e-mail: {workspace: role}} as the SDK reads it."""
    found: dict[str, dict[str, str]] = {}
    organizations = sdk.organizations.list(limit=100)
    for organization in organizations.data:
        for one in sdk.organization_memberships.list(organization_id=organization.id, limit=100).data:
            assert one.public_user_data is not None
            found.setdefault(one.public_user_data.identifier.lower(), {})[organization.name.lower()] = one.role
    return found


async def _decided(house: House) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for person in await house.parts.database.read(lambda tx: persons.page(tx, "main", 0, 100)):
        explained = await house.explain(person.id)
        email = next((one.email for one in explained.accounts if one.email), "")
        roles = {row.workspace: f"org:{row.decided}" for row in explained.workspaces if row.decided}
        if roles:
            found[email.lower()] = roles
    return found


@pytest.mark.parametrize("file", FILES)
async def test_after_every_step_clerk_has_exactly_what_is_decided(
    file: str, tmp_path: Path, database_url: str, sandbox: RunningSandbox
) -> None:
    path = shared(f"idp-traffic/{file}")
    house = House(tmp_path, sandbox, database_url)
    house.connection(provider=file.partition("/")[0], domains=_domains(path))
    house.mapping(rules=RULES)
    await house.start()
    seen: list[dict[str, dict[str, str]]] = []
    try:
        with Clerk(bearer_auth=sandbox.secret_key, server_url=f"{sandbox.url}/v1") as sdk:

            async def after(verdict: Verdict) -> None:
                assert not verdict.failed, f"{verdict.step}: {verdict.problems}"
                await house.idle()
                in_clerk: Any = _in_clerk(sdk)
                assert in_clerk == await _decided(house), str(verdict.step)
                seen.append(in_clerk)

            await play(load(path), f"{house.url}/scim/v2/acme", house.secrets["acme"], on_step=after)
    finally:
        await house.stop()
    assert any(seen)
