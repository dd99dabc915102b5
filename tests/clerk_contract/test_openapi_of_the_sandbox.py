"""The sandbox against Clerk's published files: its operations, its errors, and the shape of every answer.

Every other test that takes the fixture `sandbox` is watched in the same way; here each operation is answered at least once.
"""

import re

import httpx
import pytest

from bridge.sandbox.clerk import errors
from bridge.sandbox.clerk.api import ROUTES
from bridge.sandbox.clerk.errors import Entry
from tests.support.clerk_sandbox import Catalogue, Recorder
from tests.support.openapi import Contract, translated

ENTRIES = [value for value in vars(errors).values() if isinstance(value, Entry)]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_an_error_is_worded_as_in_the_catalogue(entry: Entry, clerk_catalogue: Catalogue) -> None:
    row = clerk_catalogue[entry.name]
    assert (str(entry.status), entry.code) == (row["status"], row["code"])
    for ours, theirs in ((entry.short, row["short"]), (entry.long, row["long"])):
        if theirs:  # some sentences are put together in Clerk's code, and the catalogue has none
            assert skeleton(ours) == skeleton(theirs)


def skeleton(sentence: str) -> str:
    """Without the names of its placeholders, which Clerk writes as <name> or as %d and %q."""
    return re.sub(r"<\w+>|%[dqs]", "<>", sentence)


def test_every_operation_of_the_sandbox_is_one_of_clerks(clerk_contract: Contract) -> None:
    assert [route for route in ROUTES if not clerk_contract.knows(route.method, route.path)] == []


@pytest.mark.usefixtures("clerk_contract")
def test_every_operation_is_answered_in_clerks_shape(api: httpx.Client, recorder: Recorder) -> None:
    """The recorder judges the shapes when the test ends; here it is seen that none is left out."""
    walk(api)
    answered = {(item.method, item.path.removeprefix("/v1")) for item in recorder.exchanges if item.status < 300}
    assert answered == {(route.method, route.path) for route in ROUTES}


def walk(api: httpx.Client) -> None:
    """A day in the life of an instance that leaves no operation out."""
    profile = {"first_name": "Ada", "last_name": "Okafor", "username": "ada", "external_id": "p1", "locale": "en-GB"}
    metadata = {"public_metadata": {"a": {"b": 1}}, "private_metadata": {"c": 1}}
    ada = api.post("/users", json={"email_address": ["ada@acme.com"], **profile, **metadata}).json()["id"]
    ben = api.post("/users", json={"email_address": ["ben@acme.com"]}).json()["id"]
    organization = api.post("/organizations", json={"name": "Production", "created_by": ada, **metadata}).json()["id"]
    of_people(api, ada, ben)
    of_workspaces(api, organization, ben)
    of_sign_in(api, ada, organization)
    of_roles(api)
    of_role_sets(api)
    of_templates(api)
    of_the_instance(api)
    of_ways_in(api, organization)
    of_clerks_own_sso(api)
    api.delete(f"/organizations/{organization}/memberships/{ben}")
    api.delete(f"/organizations/{organization}")
    api.delete(f"/users/{ada}")


def of_the_instance(api: httpx.Client) -> None:
    for path in ("/instance", "/jwks", "/instance/organization_settings"):
        api.get(path)
    domains = {"domains_enabled": True, "domains_enrollment_modes": ["automatic_invitation"]}
    api.patch("/instance/organization_settings", json={"max_allowed_memberships": 500, "slug_disabled": False, **domains})
    api.patch("/instance", json={"allowed_origins": ["https://app.acme.test"]})
    api.patch("/instance/restrictions", json={"allowlist": True})
    api.get("/domains")
    for path in ("/allowlist_identifiers", "/blocklist_identifiers"):
        made = api.post(path, json={"identifier": "*@acme.com"}).json()["id"]
        api.get(path)
        api.delete(f"{path}/{made}")


def of_ways_in(api: httpx.Client, organization: str) -> None:
    path, body = f"/organizations/{organization}/invitations", {"email_address": "new@acme.com", "role": "org:viewer"}
    made = api.post(path, json=body).json()["id"]
    api.post(f"{path}/bulk", json=[body | {"email_address": "other@acme.com"}])
    for lists in (path, f"{path}/{made}", "/organization_invitations"):
        api.get(lists)
    api.post(f"{path}/{made}/revoke")
    path = f"/organizations/{organization}/domains"
    made = api.post(path, json={"name": "acme.com", "enrollment_mode": "automatic_invitation"}).json()["id"]
    for lists in (path, "/organization_domains"):
        api.get(lists)
    api.patch(f"{path}/{made}", json={"enrollment_mode": "manual_invitation"})
    api.delete(f"{path}/{made}")


def of_clerks_own_sso(api: httpx.Client) -> None:
    body = {"name": "Acme", "provider": "saml_okta", "domains": ["acme.com"]}
    connection = api.post("/enterprise_connections", json=body).json()["id"]
    directory = api.post("/directories", json={"enterprise_connection_id": connection, "provider": "okta"}).json()["id"]
    for path, change in ((f"/directories/{directory}", {"enabled": False}), (f"/enterprise_connections/{connection}", {})):
        api.get(path.rsplit("/", 1)[0])
        api.get(path)
        api.patch(path, json=change)
        api.delete(path)


def of_people(api: httpx.Client, ada: str, ben: str) -> None:
    api.get("/users")
    api.get("/users/count")
    api.get(f"/users/{ada}")
    api.patch(f"/users/{ada}", json={"first_name": "Adaeze", "legal_accepted_at": "2026-01-01T00:00:00Z"})
    api.patch(f"/users/{ada}/metadata", json={"unsafe_metadata": {"x": 1}})
    api.put(f"/users/{ada}/metadata", json={"public_metadata": {"y": 1}})
    for state in ("ban", "unban", "lock", "unlock"):
        api.post(f"/users/{ben}/{state}")
    for state in ("ban", "unban"):
        api.post(f"/users/{state}", json={"user_ids": [ben]})
    second = api.post("/email_addresses", json={"user_id": ada, "email_address": "a.okafor@acme.com"}).json()["id"]
    api.get(f"/email_addresses/{second}")
    api.patch(f"/email_addresses/{second}", json={"primary": True})
    api.delete(f"/email_addresses/{second}")
    api.put(f"/users/{ada}/email_address", json={"email_address": "a@acme.com", "identification_status": "reserved"})


def of_workspaces(api: httpx.Client, organization: str, ben: str) -> None:
    path = f"/organizations/{organization}"
    api.get("/organizations", params={"include_members_count": "true"})
    api.get(path)
    api.patch(path, json={"name": "Live"})
    api.patch(f"{path}/metadata", json={"public_metadata": {"a": 1}})
    api.put(f"{path}/metadata", json={"private_metadata": {"a": 1}})
    api.post(f"{path}/memberships", json={"user_id": ben, "role": "org:viewer"})
    api.patch(f"{path}/memberships/{ben}", json={"role": "org:editor"})
    api.patch(f"{path}/memberships/{ben}/metadata", json={"private_metadata": {"a": 1}})
    api.get(f"{path}/memberships")
    api.get(f"/users/{ben}/organization_memberships")
    api.get("/organization_memberships")


def of_sign_in(api: httpx.Client, ada: str, organization: str) -> None:
    session = api.post("/sessions", json={"user_id": ada, "active_organization_id": organization}).json()["id"]
    api.get("/sessions", params={"user_id": ada})
    api.get(f"/sessions/{session}")
    api.post(f"/sessions/{session}/tokens")
    api.post(f"/sessions/{session}/tokens/convex", json={"expires_in_seconds": 300})
    api.post(f"/sessions/{session}/revoke")
    token = api.post("/sign_in_tokens", json={"user_id": ada, "org_id": organization}).json()["id"]
    api.post(f"/sign_in_tokens/{token}/revoke")


def of_roles(api: httpx.Client) -> None:
    permission = api.post("/organization_permissions", json={"name": "Run", "key": "org:pipelines:run"}).json()["id"]
    api.get("/organization_permissions")
    api.get(f"/organization_permissions/{permission}")
    role = api.post("/organization_roles", json={"name": "Auditor", "key": "org:auditor"}).json()["id"]
    path = f"/organization_roles/{role}"
    api.get("/organization_roles")
    api.get(path)
    api.patch(path, json={"description": "Reads all"})
    api.post(f"{path}/permissions/{permission}")
    api.delete(f"{path}/permissions/{permission}")
    api.patch(f"/organization_permissions/{permission}", json={"description": "Any pipeline"})
    api.delete(f"/organization_permissions/{permission}")
    api.delete(path)


def of_role_sets(api: httpx.Client) -> None:
    api.get("/role_sets")
    api.get("/role_sets/role_set:default")
    duties = {"default_role_key": "org:viewer", "creator_role_key": "org:owner"}
    api.post("/role_sets", json={"name": "Small", "key": "role_set:small", "roles": ["org:owner", "org:viewer"], **duties})
    api.patch("/role_sets/role_set:small", json={"description": "Few"})
    api.post("/role_sets/role_set:small/roles", json={"role_keys": ["org:editor"]})
    api.post("/role_sets/role_set:small/roles/replace", json={"role_key": "org:editor", "to_role_key": "org:viewer"})
    api.post("/role_sets/role_set:small/replace", json={"dest_role_set_key": "role_set:default"})


def of_templates(api: httpx.Client) -> None:
    made = api.post("/jwt_templates", json={"name": "reports", "claims": {"a": 1}}).json()["id"]
    api.get("/jwt_templates")
    api.get(f"/jwt_templates/{made}")
    api.patch(f"/jwt_templates/{made}", json={"name": "reports", "claims": {"a": 2}, "lifetime": 300})
    api.delete(f"/jwt_templates/{made}")


def test_nullable_is_translated_and_what_stands_beside_a_reference_is_not_heard() -> None:
    given = {
        "type": "object",
        "properties": {
            "name": {"type": "string", "nullable": True, "enum": ["a"]},
            "of": {"$ref": "#/components/schemas/User", "nullable": True},
        },
    }
    assert translated(given) == {
        "type": "object",
        "properties": {
            "name": {"anyOf": [{"type": "null"}, {"type": "string", "enum": ["a"]}]},
            "of": {"$ref": "#/$defs/User"},
        },
    }


def test_the_judge_sees_invented_missing_and_mistyped_fields(clerk_contract: Contract) -> None:
    body = b'{"object": "sign_in_token", "id": 1, "status": "pending", "created_at": 1, "updated_at": 1, "colour": "red"}'
    problems = clerk_contract.problems_of_answer("POST", "/sign_in_tokens", 200, body)
    assert sorted(problems) == [
        "$.id: 1 is not of type 'string'",
        "$: 'user_id' is a required property",
        "$: Additional properties are not allowed ('colour' was unexpected)",
    ]
