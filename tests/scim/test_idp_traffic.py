"""Recorded traffic of identity providers and of conformance suites: each step gets what that provider expects.

entra/token-endpoint.json is played where there is a token endpoint: tests/callers/test_recorded_authentication.py.
"""

import uuid
from dataclasses import replace
from typing import Any

import orjson
import pytest

from bridge.replay import scenario
from bridge.replay.player import Verdict, play
from bridge.replay.scenario import Scenario
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


SUITES = (
    "suites/apache-directory-scimple.json",
    "suites/sap-scimono.json",
    "suites/wso2-scim2-compliance.json",
)
"""Played against a connection that is set up as `provider: generic`."""
ELSEWHERE = {"entra/token-endpoint.json", "okta/runscope-crud-20-verifications.json", "okta/runscope-entitlements-20.json"}
POSTMAN = "entra/postman-scimtests.json"
OTHERWISE = {
    (POSTMAN, "Patch user omalley new username"): "204 for the PATCH of a user: Okta and two other suites want 200 and it",
    (POSTMAN, "patch user omalley active with boolean"): "204 for the PATCH of a user",
    (POSTMAN, "Get group by id"): "a member's display as the client wrote it: it is the user's own name, asked for by name",
}
"""Steps that contradict what other clients want (docs/scim-dialects.md)."""
LEFT_OUT = {
    "entra/postman-inbound.json": ["DeltaSync 2", "Delete User 5"],
}
"""Steps that need what nobody says: a variable that neither the file nor an answer brings."""
ONE_FOR_ALL = b"22fbc523-6032-4c5f-939d-5d4850cf3e52"


@pytest.mark.parametrize("file", [file for file in (*FILES, *SUITES) if file not in ELSEWHERE])
async def test_every_step_gets_what_the_provider_expects(host: Host, file: str) -> None:
    story = _apart(scenario.load(shared(f"idp-traffic/{file}")))
    connection = "bodies" if file in SUITES else "acme"
    verdicts = await play(story, str(host.client.make_url(f"/scim/v2/{host.name(connection)}")), host.token(connection))
    assert [verdict.step.name for verdict in verdicts if verdict.skipped] == LEFT_OUT.get(file, [])
    wrong = {verdict.step.name: "; ".join(verdict.problems) for verdict in verdicts if verdict.failed}
    assert wrong.keys() == {step for where, step in OTHERWISE if where == file}, wrong


async def test_what_an_okta_tenant_did_is_there_when_its_checks_look(host: Host) -> None:
    """The checks of Okta's CRUD test are made between what its tenant sends; here the test is the tenant."""
    told = {"okta_user_email": "ada@acme.example", "okta_user_firstname": "Ada", "okta_user_lastname": "Okafor"}
    story = scenario.load(shared("idp-traffic/okta/runscope-crud-20-verifications.json"))
    steps = tuple(replace(one, headers={"Authorization": "Bearer {{token}}"}) for one in story.steps)  # the recorded is torn
    story = replace(story, steps=steps, define={**told, "okta_user_firstname_update": "Adaeze"})
    name = {"givenName": "Ada", "familyName": "Okafor"}
    ada = await host.user("ada", name=name, emails=[{"value": "ada@acme.example", "primary": True}])
    changes = iter(({"name": {**name, "givenName": "Adaeze"}}, {"active": False}, {"active": True}, {"active": False}, {}))

    async def the_tenant_goes_on(verdict: Verdict) -> None:
        if verdict.step.name.startswith("Verify") and (change := next(changes)):
            assert (await host.patch(f"/Users/{ada}", {"op": "replace", "value": change})).status == 200

    url = str(host.client.make_url(f"/scim/v2/{host.name()}"))
    verdicts = await play(story, url, host.token(), on_step=the_tenant_goes_on)
    assert [verdict.problems for verdict in verdicts if verdict.step.name.startswith("Verify")] == [()] * 5


async def test_a_list_of_any_type_looks_as_oktas_entitlement_check_wants(host: Host) -> None:
    """Okta's template asks one endpoint a type of entitlement; ours for groups is such a list."""
    await host.group("engineers")
    story = scenario.load(shared("idp-traffic/okta/runscope-entitlements-20.json"))
    story = replace(story, define={"EntitlementEndpoint": "/Groups"})
    verdicts = await play(story, str(host.client.make_url(f"/scim/v2/{host.name()}")), host.token())
    assert verdicts[-1].passed, verdicts[-1].problems


def test_no_recorded_file_is_left_out() -> None:
    folder = shared("idp-traffic")
    there = {f"{path.parent.name}/{path.name}" for path in folder.glob("*/*.json") if not path.parent.name.startswith("_")}
    assert there == {*FILES, *SUITES}


def _apart(story: Scenario) -> Scenario:
    """Microsoft's scimtests give five users one externalId. Two people would be one account, so here each has their own."""
    return replace(story, steps=tuple(replace(one, body=_own_id(one.name, one.body)) for one in story.steps))


def _own_id(name: str, body: Any) -> Any:
    text = orjson.dumps(body)
    return orjson.loads(text.replace(ONE_FOR_ALL, str(uuid.uuid5(uuid.NAMESPACE_URL, name)).encode()))
