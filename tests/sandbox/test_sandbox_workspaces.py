"""Organizations, memberships and roles of the sandbox, and the rules by which Clerk refuses a change."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from bridge.sandbox.testing import RunningSandbox
from tests.support.clerk_sandbox import client, refused


def person(api: httpx.Client, name: str) -> str:
    return str(api.post("/users", json={"email_address": [f"{name}@acme.com"], "first_name": name}).json()["id"])


def workspace(api: httpx.Client, name: str = "Production", **more: Any) -> str:
    answer = api.post("/organizations", json={"name": name} | more)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def join(api: httpx.Client, organization: str, user: str, role: str) -> httpx.Response:
    return api.post(f"/organizations/{organization}/memberships", json={"user_id": user, "role": role})


def roles_in(api: httpx.Client, organization: str) -> dict[str, str]:
    answer = api.get(f"/organizations/{organization}/memberships", params={"limit": 500}).json()
    assert answer["total_count"] == len(answer["data"])
    return {item["public_user_data"]["user_id"]: item["role"] for item in answer["data"]}


def test_a_workspace_is_found_by_id_and_by_slug(api: httpx.Client) -> None:
    made = api.post("/organizations", json={"name": "Data Science", "private_metadata": {"key": "ds"}}).json()
    assert made["slug"] == "data-science"
    assert api.get(f"/organizations/{made['id']}").json() == made == api.get("/organizations/data-science").json()
    again = api.post("/organizations", json={"name": "Data Science"}).json()
    assert again["slug"] != made["slug"]


def test_who_creates_a_workspace_becomes_its_owner(api: httpx.Client) -> None:
    ada = person(api, "ada")
    organization = workspace(api, created_by=ada)
    assert roles_in(api, organization) == {ada: "org:owner"}
    unknown = api.post("/organizations", json={"name": "X", "created_by": "user_nobody"})
    assert refused(unknown) == (400, [("organization_creator_not_found", None)])


@pytest.mark.parametrize(
    ("body", "code", "parameter"),
    [
        ({}, "form_param_missing", "name"),
        ({"name": "see https://evil.example"}, "form_param_value_invalid", "name"),
        ({"name": "X", "slug": "Not A Slug"}, "form_param_format_invalid", "slug"),
        ({"name": "X", "slug": "production"}, "form_identifier_exists", "slug"),
        ({"name": "X", "max_allowed_memberships": -1}, "form_param_value_invalid", "max_allowed_memberships"),
        ({"name": "X", "max_allowed_memberships": 2**63}, "form_param_value_invalid", "max_allowed_memberships"),
        ({"name": "X", "role_set_key": "role_set:other"}, "form_resource_not_found", "role_set_key"),
    ],
)
def test_a_workspace_clerk_would_refuse_is_refused(
    api: httpx.Client, body: dict[str, Any], code: str, parameter: str
) -> None:
    workspace(api)
    assert refused(api.post("/organizations", json=body)) == (422, [(code, parameter)])


def test_a_membership_is_given_changed_and_taken_away(api: httpx.Client) -> None:
    organization, mia = workspace(api), person(api, "mia")
    given = join(api, organization, mia, "org:viewer").json()
    assert (given["role"], given["role_name"], given["organization"]["id"]) == ("org:viewer", "Viewer", organization)
    path = f"/organizations/{organization}/memberships/{mia}"
    changed = api.patch(path, json={"role": "org:editor"}).json()
    assert (changed["id"], changed["role"]) == (given["id"], "org:editor")
    assert api.get(f"/users/{mia}/organization_memberships").json() == {"data": [changed], "total_count": 1}
    taken = api.delete(path).json()
    assert (taken["id"], taken["object"], taken["role"]) == (given["id"], "organization_membership", "org:editor")
    assert roles_in(api, organization) == {}


def test_a_membership_clerk_would_refuse_is_refused(api: httpx.Client) -> None:
    organization, mia = workspace(api), person(api, "mia")
    join(api, organization, mia, "org:viewer")
    path = f"/organizations/{organization}/memberships"
    not_found = (404, [("resource_not_found", None)])
    assert refused(join(api, organization, mia, "org:viewer")) == (400, [("already_a_member_in_organization", None)])
    assert refused(join(api, "org_none", mia, "org:viewer")) == not_found
    assert refused(join(api, organization, "user_none", "org:viewer")) == not_found
    assert refused(join(api, organization, person(api, "ada"), "viewer")) == (404, [("resource_not_found", "role")])
    assert refused(api.post(path, json={"user_id": mia})) == (422, [("form_param_missing", "role")])
    assert refused(api.patch(f"{path}/user_none", json={"role": "org:editor"})) == not_found
    assert refused(api.delete(f"{path}/user_none")) == not_found
    assert roles_in(api, organization) == {mia: "org:viewer"}


def test_a_full_workspace_takes_nobody(api: httpx.Client) -> None:
    organization = workspace(api, max_allowed_memberships=1)
    join(api, organization, person(api, "mia"), "org:viewer")
    full = join(api, organization, person(api, "ada"), "org:viewer")
    assert refused(full) == (403, [("organization_membership_quota_exceeded", None)])


def test_the_last_who_can_govern_is_neither_lowered_nor_removed(api: httpx.Client) -> None:
    organization, ada, ben = workspace(api), person(api, "ada"), person(api, "ben")
    join(api, organization, ada, "org:owner")
    join(api, organization, ben, "org:editor")
    path = f"/organizations/{organization}/memberships"
    last = (400, [("organization_minimum_permissions_needed", None)])
    assert refused(api.delete(f"{path}/{ada}")) == last
    assert refused(api.patch(f"{path}/{ada}", json={"role": "org:editor"})) == last
    assert api.patch(f"{path}/{ada}", json={"role": "org:admin"}).status_code == 200  # an admin governs, too
    assert api.patch(f"{path}/{ben}", json={"role": "org:owner"}).status_code == 200
    assert api.delete(f"{path}/{ada}").status_code == 200
    assert roles_in(api, organization) == {ben: "org:owner"}


def test_where_membership_is_required_nobody_leaves_the_last_workspace(sandboxes: Callable[..., RunningSandbox]) -> None:
    with client(sandboxes(membership_required=True)) as api:
        first, second, mia = workspace(api), workspace(api, "Research"), person(api, "mia")
        join(api, first, mia, "org:viewer")
        join(api, second, mia, "org:viewer")
        assert api.delete(f"/organizations/{first}/memberships/{mia}").status_code == 200
        kept = api.delete(f"/organizations/{second}/memberships/{mia}")
        assert refused(kept) == (422, [("personal_accounts_not_allowed", None)])


def test_membership_metadata_is_merged(api: httpx.Client) -> None:
    organization, mia = workspace(api), person(api, "mia")
    join(api, organization, mia, "org:viewer")
    path = f"/organizations/{organization}/memberships/{mia}/metadata"
    api.patch(path, json={"public_metadata": {"a": 1, "b": {"c": 1}}})
    merged = api.patch(path, json={"public_metadata": {"a": None, "b": {"d": 2}}}).json()
    assert merged["public_metadata"] == {"b": {"c": 1, "d": 2}}


def test_members_are_found_by_person_address_role_and_name(api: httpx.Client) -> None:
    organization, mia, ada = workspace(api), person(api, "mia"), person(api, "ada")
    join(api, organization, mia, "org:viewer")
    join(api, organization, ada, "org:owner")

    def found(**query: Any) -> list[str]:
        answer = api.get(f"/organizations/{organization}/memberships", params=query).json()
        return [item["public_user_data"]["user_id"] for item in answer["data"]]

    assert found() == [ada, mia]  # newest first
    assert found(order_by="first_name") == [ada, mia]
    assert found(order_by="+created_at", limit=1, offset=1) == [ada]
    assert found(user_id=mia) == [mia]
    assert found(user_id=f"-{mia}") == [ada]
    assert found(email_address="MIA@acme.com") == [mia]
    assert found(email_address="nobody@acme.com") == []
    assert found(role=["org:owner", "org:admin"]) == [ada]
    assert found(query="IA@acme") == [mia]  # ids are searched, too: two letters may stand in any of them


def test_a_workspace_says_how_many_members_it_has_and_whether_anyone_governs(api: httpx.Client) -> None:
    organization, mia = workspace(api), person(api, "mia")
    join(api, organization, mia, "org:viewer")
    asked = {"include_members_count": "true", "include_missing_member_with_elevated_permissions": "true"}
    (listed,) = api.get("/organizations", params=asked | {"user_id": mia}).json()["data"]
    assert (listed["members_count"], listed["missing_member_with_elevated_permissions"]) == (1, True)


def test_a_workspace_is_renamed_and_deleted_with_its_memberships(api: httpx.Client) -> None:
    organization, mia = workspace(api), person(api, "mia")
    join(api, organization, mia, "org:viewer")
    path = f"/organizations/{organization}"
    assert api.patch(path, json={"name": "Live", "max_allowed_memberships": 7}).json()["name"] == "Live"
    assert api.patch(f"{path}/metadata", json={"private_metadata": {"a": 1}}).json()["private_metadata"] == {"a": 1}
    assert api.put(f"{path}/metadata", json={"private_metadata": {"b": 1}}).json()["private_metadata"] == {"b": 1}
    assert api.delete(path).json()["deleted"] is True
    assert refused(api.get(path)) == (404, [("resource_not_found", None)])
    assert api.get(f"/users/{mia}/organization_memberships").json()["total_count"] == 0


def role_named(api: httpx.Client, key: str) -> dict[str, Any]:
    answer = api.get("/organization_roles", params={"query": key}).json()
    return next(item for item in answer["data"] if item["key"] == key)


def test_the_instance_is_born_with_the_roles_of_the_dashboard(api: httpx.Client) -> None:
    roles = api.get("/organization_roles", params={"order_by": "key"}).json()["data"]
    governing = [role["key"] for role in roles if role["is_creator_eligible"]]
    assert [role["key"] for role in roles] == ["org:admin", "org:editor", "org:member", "org:owner", "org:viewer"]
    assert governing == ["org:admin", "org:owner"]
    role_set = api.get("/role_sets/role_set:default").json()
    assert (role_set["creator_role"]["key"], role_set["default_role"]["key"]) == ("org:owner", "org:member")
    assert api.get("/role_sets").json() == {"data": [role_set], "total_count": 1}


def test_a_new_role_can_be_given_once_it_is_in_the_role_set(api: httpx.Client) -> None:
    organization, mia, ada = workspace(api), person(api, "mia"), person(api, "ada")
    api.post("/organization_roles", json={"name": "Outside", "key": "org:outside"})
    assert refused(join(api, organization, mia, "org:outside")) == (404, [("resource_not_found", "role")])
    body = {"name": "Auditor", "key": "org:auditor", "include_in_initial_role_set": True}
    assert api.post("/organization_roles", json=body).status_code == 200
    assert join(api, organization, ada, "org:auditor").status_code == 200


def test_roles_take_and_lose_permissions_of_our_own(api: httpx.Client) -> None:
    made = api.post("/organization_permissions", json={"name": "Run", "key": "org:pipelines:run"}).json()
    assert api.get(f"/organization_permissions/{made['id']}").json() == made
    editor = role_named(api, "org:editor")
    path = f"/organization_roles/{editor['id']}/permissions/{made['id']}"
    assert made["key"] in [item["key"] for item in api.post(path).json()["permissions"]]
    assert refused(api.post(path)) == (409, [("organization_role_permission_association_exists", None)])
    assert api.delete(path).json()["permissions"] == editor["permissions"]
    assert refused(api.delete(path)) == (404, [("organization_role_permission_association_not_found", None)])
    system = api.post("/organization_permissions", json={"name": "X", "key": "org:sys_x:y"})
    assert refused(system) == (422, [("form_param_format_invalid", "key")])


def test_members_follow_a_role_to_its_new_key_and_so_do_new_workspaces(api: httpx.Client) -> None:
    ada = person(api, "ada")
    organization, owner = workspace(api, created_by=ada), role_named(api, "org:owner")
    api.patch(f"/organization_roles/{owner['id']}", json={"key": "org:boss", "name": "Boss"})
    assert roles_in(api, organization) == {ada: "org:boss"}
    assert roles_in(api, workspace(api, "Research", created_by=ada)) == {ada: "org:boss"}
    assert api.get("/role_sets/role_set:default").json()["creator_role"]["key"] == "org:boss"


def test_a_role_in_use_stays_and_the_creators_keeps_its_permissions(api: httpx.Client) -> None:
    organization = workspace(api)
    join(api, organization, person(api, "mia"), "org:viewer")
    owner, viewer, editor = (role_named(api, f"org:{name}") for name in ("owner", "viewer", "editor"))
    in_use = api.delete(f"/organization_roles/{viewer['id']}")
    assert refused(in_use) == (422, [("organization_role_assigned_members", None)])
    creators = api.delete(f"/organization_roles/{owner['id']}")
    assert refused(creators) == (422, [("organization_role_default_creator_role", None)])
    weaker = api.patch(f"/organization_roles/{owner['id']}", json={"permissions": []})
    assert refused(weaker) == (422, [("organization_missing_creator_role_permissions", None)])
    assert api.delete(f"/organization_roles/{editor['id']}").json()["deleted"] is True


def test_there_are_at_most_ten_roles_of_our_own(api: httpx.Client) -> None:
    for number in range(7):  # three are there from birth
        assert api.post("/organization_roles", json={"name": "N", "key": f"org:n{number}"}).status_code == 200
    full = api.post("/organization_roles", json={"name": "N", "key": "org:n7"})
    assert refused(full) == (403, [("organization_instance_roles_quota_exceeded", None)])
    double = api.post("/organization_roles", json={"name": "N", "key": "org:n1"})
    assert refused(double) == (422, [("form_identifier_exists", "key")])
