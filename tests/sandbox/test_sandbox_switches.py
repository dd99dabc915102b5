"""The switches of the sandbox: what a plan lacks, quotas, what directory sync manages, settings of organizations."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from bridge.sandbox.testing import RunningSandbox
from tests.sandbox.test_sandbox_workspaces import join, person, role_named, roles_in, workspace
from tests.support.clerk_sandbox import client, refused

PLAN_LACKS = (402, [("unsupported_subscription_plan_features", None)])


def settings(api: httpx.Client, **change: Any) -> httpx.Response:
    return api.patch("/instance/organization_settings", json=change)


def test_a_plan_without_bans_bans_nobody(sandbox: RunningSandbox, api: httpx.Client) -> None:
    mia = person(api, "mia")
    sandbox.throw(bans=False)
    for path, body in ((f"/users/{mia}/ban", {}), (f"/users/{mia}/unban", {}), ("/users/ban", {"user_ids": [mia]})):
        assert refused(api.post(path, json=body)) == PLAN_LACKS
    assert api.get(f"/users/{mia}").json()["banned"] is False
    assert api.post(f"/users/{mia}/lock").status_code == 200
    sandbox.throw(bans=True)
    assert api.post(f"/users/{mia}/ban").json()["banned"] is True


def test_a_plan_without_roles_of_ones_own_makes_none(sandboxes: Callable[..., RunningSandbox]) -> None:
    with client(sandboxes(custom_roles=False)) as api:
        role = api.post("/organization_roles", json={"name": "Auditor", "key": "org:auditor"})
        assert refused(role) == PLAN_LACKS
        assert role.json()["errors"][0]["meta"] == {"unsupported_features": ["custom_roles"]}
        permission = api.post("/organization_permissions", json={"name": "Run", "key": "org:runs:start"})
        assert refused(permission) == PLAN_LACKS
        body = {"name": "S", "default_role_key": "org:viewer", "creator_role_key": "org:owner", "roles": ["org:owner"]}
        assert refused(api.post("/role_sets", json=body)) == PLAN_LACKS


def test_a_full_instance_takes_no_user(sandboxes: Callable[..., RunningSandbox]) -> None:
    sandbox = sandboxes(users_cap=1)
    with client(sandbox) as api:
        mia = person(api, "mia")
        full = api.post("/users", json={"email_address": ["ben@acme.com"]})
        assert refused(full) == (403, [("user_quota_exceeded", None)])
        api.delete(f"/users/{mia}")
        person(api, "ben")
        sandbox.throw(users_cap=None)
        person(api, "ada")


def test_a_full_instance_takes_no_workspace(sandboxes: Callable[..., RunningSandbox]) -> None:
    with client(sandboxes(organizations_cap=1)) as api:
        workspace(api)
        full = api.post("/organizations", json={"name": "Research"})
        assert refused(full) == (403, [("organization_quota_exceeded", None)])


def test_where_slugs_are_off_none_may_be_given(sandboxes: Callable[..., RunningSandbox]) -> None:
    sandbox = sandboxes(slugs=False)
    off = (403, [("organization_slugs_disabled", None)])
    with client(sandbox) as api:
        assert refused(api.post("/organizations", json={"name": "Research", "slug": "research"})) == off
        place = workspace(api)
        assert refused(api.patch(f"/organizations/{place}", json={"slug": "other"})) == off
        assert settings(api, slug_disabled=False).json()["slug_disabled"] is False
        assert api.patch(f"/organizations/{place}", json={"slug": "other"}).json()["slug"] == "other"
        sandbox.reset()
        assert api.get("/instance/organization_settings").json()["slug_disabled"] is True


def test_a_new_workspace_has_the_member_cap_of_the_instance(sandboxes: Callable[..., RunningSandbox]) -> None:
    with client(sandboxes(member_cap=1)) as api:
        small, large = workspace(api), workspace(api, "Large", max_allowed_memberships=0)
        mia, ben = person(api, "mia"), person(api, "ben")
        assert join(api, small, mia, "org:viewer").status_code == 200
        full = join(api, small, ben, "org:viewer")
        assert refused(full) == (403, [("organization_membership_quota_exceeded", None)])
        assert join(api, large, ben, "org:viewer").status_code == 200
        assert join(api, large, mia, "org:viewer").status_code == 200


def test_what_directory_sync_manages_is_not_changed_by_hand(sandbox: RunningSandbox, api: httpx.Client) -> None:
    mia, ben, place, other = person(api, "mia"), person(api, "ben"), workspace(api), workspace(api, "Other")
    for where in (place, other):
        join(api, where, mia, "org:viewer")
    sandbox.throw(managed=[mia, place])
    member = f"/organizations/{place}/memberships/{mia}"
    managed = (409, [("organization_membership_managed_by_scim", None)])
    assert refused(api.patch(member, json={"role": "org:editor"})) == managed
    assert refused(api.delete(member)) == managed
    assert refused(api.delete(f"/users/{mia}")) == (409, [("user_managed_by_scim", None)])
    renamed = api.patch(f"/users/{mia}", json={"first_name": "M"})
    assert refused(renamed) == (409, [("attribute_managed_by_scim", "first_name")])
    assert api.patch(f"/users/{mia}", json={"external_id": "p1"}).json()["external_id"] == "p1"
    assert api.patch(f"/organizations/{other}/memberships/{mia}", json={"role": "org:editor"}).status_code == 200
    assert api.delete(f"/users/{ben}").status_code == 200
    assert sandbox.control("GET", "instance")["managed"] == sorted([mia, place])
    sandbox.throw(managed=[])
    assert api.delete(member).status_code == 200
    assert roles_in(api, place) == {}


def test_limits_are_switched_while_it_runs(sandbox: RunningSandbox, api: httpx.Client) -> None:
    sandbox.throw(production_limits=False)
    answers = [api.get("/users/count").status_code for _ in range(101)]
    assert answers == [200] * 100 + [429]
    sandbox.throw(production_limits=True)
    assert api.get("/users/count").status_code == 200


@pytest.mark.parametrize(
    "given",
    [
        {"banns": False},
        {"bans": "no"},
        {"users_cap": -1},
        {"users_cap": True},
        {"managed": "user_1"},
        {"managed": [1]},
        {"bare": True},
        [],
        {"users_cap": 1, "bans": None},
    ],
)
def test_a_switch_that_is_none_is_refused_and_nothing_is_switched(sandbox: RunningSandbox, given: Any) -> None:
    before = sandbox.control("GET", "instance")
    answer = httpx.post(f"{sandbox.url}/_sandbox/instance", json=given)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert sandbox.control("GET", "instance") == before


def test_switches_are_told(sandboxes: Callable[..., RunningSandbox]) -> None:
    sandbox = sandboxes(membership_required=True, users_cap=100)
    expected = {
        "production_limits": True,
        "membership_required": True,
        "bans": True,
        "custom_roles": True,
        "users_cap": 100,
        "organizations_cap": None,
        "slugs": True,
        "member_cap": 0,
        "managed": [],
    }
    assert sandbox.control("GET", "instance") == expected


def test_settings_of_organizations_are_kept(sandboxes: Callable[..., RunningSandbox]) -> None:
    sandbox = sandboxes()
    with client(sandbox) as api:
        first = api.get("/instance/organization_settings").json()
        assert (first["enabled"], first["creator_role"], first["domains_default_role"]) == (True, "org:owner", "org:member")
        admin, viewer = role_named(api, "org:admin")["id"], role_named(api, "org:viewer")["id"]
        change = {"creator_role_id": admin, "domains_default_role_id": viewer, "domains_enabled": True}
        changed = settings(api, **change, domains_enrollment_modes=["automatic_invitation"]).json()
        assert (changed["creator_role"], changed["domains_default_role"]) == ("org:admin", "org:viewer")
        ada = person(api, "ada")
        assert roles_in(api, workspace(api, created_by=ada)) == {ada: "org:admin"}
    sandbox.stop()
    with client(sandboxes()) as api:
        assert api.get("/instance/organization_settings").json() == changed


def test_settings_clerk_would_refuse_are_refused(api: httpx.Client) -> None:
    viewer = role_named(api, "org:viewer")["id"]
    weak = settings(api, creator_role_id=viewer)
    assert refused(weak) == (422, [("organization_missing_creator_role_permissions", None)])
    assert refused(settings(api, creator_role_id="role_none")) == (404, [("resource_not_found", "creator_role_id")])
    mode = settings(api, domains_enrollment_modes=["by_magic"])
    assert refused(mode) == (422, [("form_param_value_invalid", "domains_enrollment_modes")])
    assert refused(settings(api, surprise=1)) == (422, [("form_param_unknown", "surprise")])


def test_without_organizations_no_workspace_is_made(api: httpx.Client) -> None:
    settings(api, enabled=False)
    assert refused(api.post("/organizations", json={"name": "X"})) == (403, [("organization_not_enabled_in_instance", None)])
