"""Recorded traffic of identity providers, played against a connection: each step gets what that provider expects."""

from typing import Any

import pytest

from bridge.replay import scenario
from bridge.replay.player import play
from tests.scim.conftest import Host
from tests.support.shared import shared

FILES = (
    "authentik/client-lifecycle.json",
    "entra/doc-examples-1-6.json",
    "entra/doc-group-lifecycle.json",
    "entra/doc-user-lifecycle.json",
    "entra/flags-with-aadOptscim062020.json",
    "entra/flags-without-aadOptscim062020.json",
    "entra/postman-inbound.json",
    "entra/postman-scimtests.json",
    "entra/scim-sdk-msazure-workarounds.json",
    "entra/scimitar-field-quirks.json",
    "entra/token-endpoint.json",
    "google/auto-provisioning.json",
    "okta/auth-and-limits.json",
    "okta/doc-group-push.json",
    "okta/doc-user-lifecycle-aiw-put.json",
    "okta/doc-user-lifecycle-oin-patch.json",
    "okta/runscope-beta-2016.json",
    "okta/runscope-crud-20-verifications.json",
    "okta/runscope-entitlements-20.json",
    "okta/runscope-spec-20.json",
)


NOT_YET = {
    "entra/postman-scimtests.json": "gives five users one externalId, wants 204 for the PATCH of a user, and a member's "
    "display to be kept as the client wrote it",
    "entra/token-endpoint.json": "there is no token endpoint yet",
    "okta/runscope-crud-20-verifications.json": "reads what an Okta tenant did meanwhile; there is none to do it",
    "okta/runscope-entitlements-20.json": "entitlements are an extension of Okta's that is not offered",
}
LEFT_OUT = {
    "entra/postman-inbound.json": ["DeltaSync 2", "Delete User 5"],
}
"""Steps that need what nobody says: a variable that neither the file nor an answer brings."""


def _stories() -> list[Any]:
    return [
        pytest.param(file, marks=pytest.mark.xfail(strict=True, reason=NOT_YET[file])) if file in NOT_YET else file
        for file in FILES
    ]


@pytest.mark.parametrize("file", _stories())
async def test_every_step_gets_what_the_provider_expects(host: Host, file: str) -> None:
    story = scenario.load(shared(f"idp-traffic/{file}"))
    verdicts = await play(story, str(host.client.make_url(f"/scim/v2/{host.name()}")), host.token())
    assert [verdict.step.name for verdict in verdicts if verdict.skipped] == LEFT_OUT.get(file, [])
    problems = [f"{verdict.step.name}: {'; '.join(verdict.problems)}" for verdict in verdicts if verdict.failed]
    assert not problems, "\n".join(problems)


def test_no_recorded_file_is_left_out() -> None:
    folder = shared("idp-traffic")
    there = {
        f"{idp}/{path.name}" for idp in ("entra", "okta", "google", "authentik") for path in (folder / idp).glob("*.json")
    }
    assert there == set(FILES)
