"""Role sets of the sandbox: which roles a workspace may give, written as `clerk setup` writes them."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from bridge.sandbox.testing import RunningSandbox
from tests.sandbox.test_sandbox_workspaces import join, person, role_named, roles_in, workspace
from tests.support.clerk_sandbox import client, refused

SMALL = {
    "name": "Small",
    "key": "role_set:small",
    "default_role_key": "org:viewer",
    "creator_role_key": "org:owner",
    "roles": ["org:owner", "org:viewer"],
}


def keys(role_set: dict[str, Any]) -> list[str]:
    return [item["key"] for item in role_set["roles"]]


def test_a_bare_instance_has_clerks_own_roles_and_no_template(sandboxes: Callable[..., RunningSandbox]) -> None:
    sandbox = sandboxes(bare=True)
    with client(sandbox) as api:
        (only,) = api.get("/role_sets").json()["data"]
        assert (keys(only), only["type"]) == (["org:admin", "org:member"], "initial")
        assert (only["creator_role"]["key"], only["default_role"]["key"]) == ("org:admin", "org:member")
        assert api.get("/jwt_templates").json() == []
        sandbox.reset()
        assert [item["key"] for item in api.get("/organization_roles").json()["data"]] == ["org:member", "org:admin"]


def test_a_bare_instance_becomes_the_dashboards_by_calls_alone(sandboxes: Callable[..., RunningSandbox]) -> None:
    with client(sandboxes(bare=True)) as api:
        governing = [item["id"] for item in role_named(api, "org:admin")["permissions"]]
        owner = {"name": "Owner", "key": "org:owner", "permissions": governing}
        assert api.post("/organization_roles", json=owner).status_code == 200
        added = {"role_keys": ["org:owner"], "creator_role_key": "org:owner"}
        changed = api.post("/role_sets/role_set:default/roles", json=added).json()
        assert (keys(changed), changed["creator_role"]["key"]) == (["org:admin", "org:member", "org:owner"], "org:owner")
        ada = person(api, "ada")
        assert roles_in(api, workspace(api, created_by=ada)) == {ada: "org:owner"}


def test_a_role_set_is_made_found_and_given_to_a_workspace(api: httpx.Client) -> None:
    made = api.post("/role_sets", json=SMALL).json()
    assert (keys(made), made["type"]) == (["org:owner", "org:viewer"], "custom")
    assert api.get(f"/role_sets/{made['id']}").json() == made == api.get("/role_sets/role_set:small").json()
    assert [item["key"] for item in api.get("/role_sets", params={"query": "small"}).json()["data"]] == ["role_set:small"]
    organization = workspace(api, role_set_key="role_set:small")
    assert refused(join(api, organization, person(api, "mia"), "org:editor")) == (404, [("resource_not_found", "role")])
    assert join(api, organization, person(api, "ada"), "org:viewer").status_code == 200
    assert join(api, workspace(api, "Other"), person(api, "ben"), "org:editor").status_code == 200


def test_a_key_is_made_from_the_name(api: httpx.Client) -> None:
    body = {name: value for name, value in SMALL.items() if name != "key"} | {"name": "Small & Simple"}
    assert api.post("/role_sets", json=body).json()["key"] == "role_set:small_simple"


@pytest.mark.parametrize(
    ("change", "status", "code", "parameter"),
    [
        ({"name": None}, 422, "form_param_missing", "name"),
        ({"roles": []}, 422, "form_param_missing", "roles"),
        ({"roles": ["org:none"]}, 404, "resource_not_found", "roles"),
        ({"roles": ["org:owner"] * 11}, 422, "form_param_array_size_exceeded", "roles"),
        ({"key": "small"}, 422, "form_param_format_invalid", "key"),
        ({"key": "role_set:default"}, 422, "form_identifier_exists", "key"),
        ({"default_role_key": "org:editor"}, 422, "form_param_value_invalid", "default_role_key"),
        ({"creator_role_key": "org:viewer"}, 422, "organization_missing_creator_role_permissions", None),
        ({"surprise": 1}, 422, "form_param_unknown", "surprise"),
    ],
)
def test_a_role_set_clerk_would_refuse_is_refused(
    api: httpx.Client, change: dict[str, Any], status: int, code: str, parameter: str | None
) -> None:
    assert refused(api.post("/role_sets", json=SMALL | change)) == (status, [(code, parameter)])
    assert api.get("/role_sets").json()["total_count"] == 1


def test_a_role_set_is_changed_and_may_become_that_of_new_workspaces(api: httpx.Client) -> None:
    api.post("/role_sets", json=SMALL)
    old = workspace(api, role_set_key="role_set:small")
    change = {"name": "Tiny", "key": "role_set:tiny", "type": "initial", "default_role_key": "org:owner"}
    changed = api.patch("/role_sets/role_set:small", json=change).json()
    assert (changed["name"], changed["type"], changed["default_role"]["key"]) == ("Tiny", "initial", "org:owner")
    assert api.get("/role_sets/role_set:default").json()["type"] == "custom"
    assert api.get(f"/organizations/{workspace(api, 'New')}").json()["role_set_key"] == "role_set:tiny"
    assert api.get(f"/organizations/{old}").json()["role_set_key"] == "role_set:tiny"
    beyond = api.patch("/role_sets/role_set:tiny", json={"creator_role_key": "org:admin"})
    assert refused(beyond) == (422, [("form_param_value_invalid", "creator_role_key")])


def test_roles_are_added_once_and_at_most_ten(api: httpx.Client) -> None:
    api.post("/role_sets", json=SMALL)
    path = "/role_sets/role_set:small/roles"
    twice = [api.post(path, json={"role_keys": ["org:editor"]}).json() for _ in range(2)]
    assert [keys(item) for item in twice] == [["org:owner", "org:editor", "org:viewer"]] * 2
    for number in range(7):
        api.post("/organization_roles", json={"name": "N", "key": f"org:n{number}"})
    assert api.post(path, json={"role_keys": [f"org:n{number}" for number in range(7)]}).status_code == 200
    full = api.post(path, json={"role_keys": ["org:admin"]})
    assert refused(full) == (422, [("form_param_array_size_exceeded", "role_keys")])
    assert len(api.get("/role_sets/role_set:small").json()["roles"]) == 10


def test_members_and_duties_follow_a_replaced_role(api: httpx.Client) -> None:
    ada, mia = person(api, "ada"), person(api, "mia")
    organization = workspace(api, created_by=ada)
    join(api, organization, mia, "org:viewer")
    path = "/role_sets/role_set:default/roles/replace"
    weaker = api.post(path, json={"role_key": "org:owner", "to_role_key": "org:editor"})
    assert refused(weaker) == (422, [("organization_missing_creator_role_permissions", None)])
    replaced = api.post(path, json={"role_key": "org:owner", "to_role_key": "org:admin"}).json()
    assert (keys(replaced), replaced["creator_role"]["key"]) == (
        ["org:admin", "org:member", "org:editor", "org:viewer"],
        "org:admin",
    )
    assert roles_in(api, organization) == {ada: "org:admin", mia: "org:viewer"}
    gone = api.post(path, json={"role_key": "org:owner", "to_role_key": "org:admin"})
    assert refused(gone) == (404, [("resource_not_found", "role_key")])


def test_a_replaced_role_set_hands_its_workspaces_over(api: httpx.Client) -> None:
    api.post("/role_sets", json=SMALL)
    ada, mia = person(api, "ada"), person(api, "mia")
    organization = workspace(api, created_by=ada)
    join(api, organization, mia, "org:editor")
    path, target = "/role_sets/role_set:default/replace", {"dest_role_set_key": "role_set:small"}
    missing = api.post(path, json=target)
    assert refused(missing) == (422, [("organization_role_set_reassignment_mappings_missing", None)])
    wrong = api.post(path, json=target | {"reassignment_mappings": {"org:editor": "org:admin"}})
    assert refused(wrong) == (422, [("organization_role_set_reassignment_mappings_invalid", None)])
    done = api.post(path, json=target | {"reassignment_mappings": {"org:editor": "org:viewer"}}).json()
    assert (done["object"], done["deleted"]) == ("role_set", True)
    assert roles_in(api, organization) == {ada: "org:owner", mia: "org:viewer"}
    assert api.get(f"/organizations/{organization}").json()["role_set_key"] == "role_set:small"
    assert api.get("/role_sets/role_set:small").json()["type"] == "initial"
    assert refused(api.get("/role_sets/role_set:default")) == (404, [("resource_not_found", None)])


def test_a_workspace_takes_another_role_set_only_with_all_roles_of_its_members(api: httpx.Client) -> None:
    api.post("/role_sets", json=SMALL)
    organization, mia = workspace(api), person(api, "mia")
    join(api, organization, mia, "org:editor")
    path, change = f"/organizations/{organization}", {"role_set_key": "role_set:small"}
    assert refused(api.patch(path, json=change)) == (422, [("organization_role_on_set_assigned_to_user", None)])
    api.patch(f"{path}/memberships/{mia}", json={"role": "org:viewer"})
    assert api.patch(path, json=change).json()["role_set_key"] == "role_set:small"


def test_the_role_of_creators_in_any_role_set_stays_as_it_is(api: httpx.Client) -> None:
    api.post("/role_sets", json=SMALL | {"roles": ["org:admin", "org:viewer"], "creator_role_key": "org:admin"})
    admin = role_named(api, "org:admin")
    creators = api.delete(f"/organization_roles/{admin['id']}")
    assert refused(creators) == (422, [("organization_role_default_creator_role", None)])
    weaker = api.patch(f"/organization_roles/{admin['id']}", json={"permissions": []})
    assert refused(weaker) == (422, [("organization_missing_creator_role_permissions", None)])
