"""The sandbox's instance as `clerk doctor` looks at it: settings, restrictions, Clerk's own SSO and directory sync."""

from typing import Any

import httpx
import pytest

from bridge.instance.wanted import CLAIMS, CLOCK_SKEW, LIFETIME, RIGHTS, TEMPLATE, wanted
from bridge.sandbox.testing import RunningSandbox
from tests.sandbox.test_sandbox_workspaces import workspace
from tests.support.clerk_sandbox import refused

OKTA = {"name": "Acme Okta", "provider": "saml_okta", "domains": ["Acme.com"]}
NOT_FOUND = (404, [("resource_not_found", None)])


def test_a_new_instance_is_as_clerk_setup_leaves_one(api: httpx.Client) -> None:
    found = api.get("/organization_roles", params={"limit": 100}).json()["data"]
    roles = {role["key"]: {item["key"] for item in role["permissions"]} for role in found}
    keys = {word: f"org:{word}" for word in ("owner", "admin", "editor", "viewer")}
    rights = {key: {right.key for right in wanted(keys).rights(key)} for key in keys.values()}
    assert roles.keys() == rights.keys() | {"org:member"}
    exactly = ("org:owner", "org:editor", "org:viewer")
    assert {key: roles[key] for key in exactly} == {key: rights[key] for key in exactly}
    assert rights["org:admin"] <= roles["org:admin"]  # it had all of Clerk's own before
    named = {
        item["key"]: item["name"] for item in api.get("/organization_permissions", params={"limit": 100}).json()["data"]
    }
    assert {right.key: right.name for right in RIGHTS if not right.system}.items() <= named.items()
    (template,) = api.get("/jwt_templates").json()
    assert (template["name"], template["claims"]) == (TEMPLATE, dict(CLAIMS))
    assert (template["lifetime"], template["allowed_clock_skew"]) == (LIFETIME, CLOCK_SKEW)


def connection(api: httpx.Client, **more: Any) -> dict[str, Any]:
    answer = api.post("/enterprise_connections", json=OKTA | more)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_an_enterprise_connection_is_made_listed_changed_and_deleted(api: httpx.Client) -> None:
    place = workspace(api)
    saml = {"idp_entity_id": "https://idp.acme.com", "idp_sso_url": "https://idp.acme.com/sso", "idp_certificate": "PEM"}
    made = connection(api, organization_id=place, saml=saml)
    assert (made["domains"], made["active"], made["organization_id"]) == (["acme.com"], False, place)
    assert made["saml_connection"]["idp_entity_id"] == "https://idp.acme.com"
    assert "PEM" not in str(made)
    oidc = {"client_id": "c", "client_secret": "very secret", "discovery_url": "https://op.acme.com"}
    other = connection(api, provider="oidc_custom", domains=["acme.org"], oidc=oidc)
    assert (other["oauth_config"]["client_id"], other["saml_connection"]) == ("c", None)
    assert "very secret" not in str(other)
    path = f"/enterprise_connections/{made['id']}"
    assert api.get(path).json() == made
    changed = api.patch(path, json={"active": True, "domains": [], "name": "Okta"}).json()
    assert (changed["active"], changed["domains"], changed["saml_connection"]["name"]) == (True, ["acme.com"], "Okta")

    def found(**query: Any) -> list[str]:
        answer = api.get("/enterprise_connections", params=query).json()
        assert answer["total_count"] == len(answer["data"])
        return [item["id"] for item in answer["data"]]

    assert found() == [other["id"], made["id"]]
    assert found(active="true") == found(organization_id=place) == [made["id"]]
    assert api.delete(path).json()["deleted"] is True
    assert refused(api.get(path)) == NOT_FOUND


@pytest.mark.parametrize(
    ("change", "status", "code", "parameter"),
    [
        ({"domains": []}, 422, "form_param_missing", "domains"),
        ({"domains": ["acme"]}, 422, "form_param_format_invalid", "domains"),
        ({"provider": "saml_none"}, 422, "form_param_value_invalid", "provider"),
        ({"organization_id": "org_none"}, 404, "resource_not_found", None),
        ({"custom_attributes": ["a"]}, 422, "form_param_type_invalid", "custom_attributes"),
        ({"surprise": 1}, 422, "form_param_unknown", "surprise"),
    ],
)
def test_an_enterprise_connection_clerk_would_refuse_is_refused(
    api: httpx.Client, change: dict[str, Any], status: int, code: str, parameter: str | None
) -> None:
    assert refused(api.post("/enterprise_connections", json=OKTA | change)) == (status, [(code, parameter)])
    assert api.get("/enterprise_connections").json() == {"data": [], "total_count": 0}


def test_a_connection_and_a_workspace_have_one_directory(api: httpx.Client) -> None:
    place = workspace(api)
    first, second = connection(api, organization_id=place), connection(api, organization_id=place, domains=["acme.org"])
    body = {"enterprise_connection_id": first["id"], "provider": "okta"}
    made = api.post("/directories", json=body).json()
    assert made["api_key"]
    assert (made["enabled"], made["group_role_mapping_enabled"], made["name"]) == (True, False, "Acme Okta")
    again = api.post("/directories", json=body)
    code = "scim_directory_enterprise_connection_already_used"
    assert refused(again) == (422, [(code, "enterprise_connection_id")])
    of_place = api.post("/directories", json=body | {"enterprise_connection_id": second["id"]})
    assert refused(of_place) == (400, [("scim_directory_organization_already_used", "enterprise_connection_id")])
    nowhere = api.post("/directories", json=body | {"enterprise_connection_id": "entc_none"})
    assert refused(nowhere) == (422, [("form_resource_not_found", "enterprise_connection_id")])


def test_a_directory_is_listed_changed_and_deleted_with_its_connection(api: httpx.Client) -> None:
    body = {"enterprise_connection_id": connection(api)["id"], "provider": "okta", "name": "People"}
    made = api.post("/directories", json=body).json()
    path = f"/directories/{made['id']}"
    read = api.get(path).json()
    assert read == {name: value for name, value in made.items() if name != "api_key"}
    assert api.get("/directories").json() == {"data": [read], "total_count": 1}
    mapping = {"first_name": None, "title": "title"}
    changed = api.patch(path, json={"enabled": False, "attribute_mapping": mapping}).json()
    assert (changed["enabled"], changed["name"], "first_name" in changed["attribute_mapping"]) == (False, "People", False)
    assert changed["attribute_mapping"]["title"] == "title"
    other = api.post("/directories", json=body | {"enterprise_connection_id": connection(api)["id"]}).json()
    assert api.delete(path).json()["deleted"] is True
    api.delete(f"/enterprise_connections/{other['enterprise_connection_id']}")
    assert api.get("/directories").json()["total_count"] == 0


def test_the_instance_keeps_its_settings(sandbox: RunningSandbox, api: httpx.Client) -> None:
    changed = api.patch("/instance", json={"allowed_origins": ["https://app.acme.test"], "support_email": None})
    assert (changed.status_code, changed.content) == (204, b"")
    assert api.get("/instance").json()["allowed_origins"] == ["https://app.acme.test"]
    assert refused(api.patch("/instance", json={"surprise": 1})) == (422, [("form_param_unknown", "surprise")])
    (domain,) = api.get("/domains").json()["data"]
    assert (domain["frontend_api_url"], domain["is_satellite"]) == (sandbox.url, False)


def test_restrictions_are_kept_and_identifiers_listed(api: httpx.Client) -> None:
    assert api.patch("/instance/restrictions", json={"allowlist": True}).json()["allowlist"] is True
    kept = api.patch("/instance/restrictions", json={"blocklist": True}).json()
    assert (kept["allowlist"], kept["blocklist"], kept["block_email_subaddresses"]) == (True, True, False)
    for kind in ("allowlist", "blocklist"):
        path = f"/{kind}_identifiers"
        made = api.post(path, json={"identifier": "*@Acme.com"}).json()
        assert (made["identifier"], made["object"]) == ("*@acme.com", f"{kind}_identifier")
        assert refused(api.post(path, json={"identifier": "*@acme.com"})) == (400, [("duplicate_record", None)])
        wrong = api.post(path, json={"identifier": "acme"})
        assert refused(wrong) == (422, [("form_param_format_invalid", "identifier")])
        assert api.delete(f"{path}/{made['id']}").json()["deleted"] is True
        assert refused(api.delete(f"{path}/{made['id']}")) == NOT_FOUND
    api.post("/allowlist_identifiers", json={"identifier": "mia@acme.com"})
    assert [item["identifier"] for item in api.get("/allowlist_identifiers").json()] == ["mia@acme.com"]
    assert api.get("/allowlist_identifiers", params={"paginated": "true"}).json()["total_count"] == 1
    assert api.get("/blocklist_identifiers").json() == {"data": [], "total_count": 0}
