"""Invitations and e-mail domains of the sandbox's organizations: ways into a workspace beside the bridge."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from bridge.sandbox.testing import RunningSandbox
from tests.sandbox.test_sandbox_workspaces import join, person, role_named, roles_in, workspace
from tests.support.clerk_sandbox import client, refused

DAY = 86_400_000


def invite(api: httpx.Client, organization: str, address: str = "new@acme.com", **more: Any) -> httpx.Response:
    body = {"email_address": address, "role": "org:viewer"} | more
    return api.post(f"/organizations/{organization}/invitations", json=body)


def listed(api: httpx.Client, organization: str, **query: Any) -> list[str]:
    answer = api.get(f"/organizations/{organization}/invitations", params=query).json()
    return [item["email_address"] for item in answer["data"]]


def test_an_invitation_is_made_listed_and_revoked(api: httpx.Client) -> None:
    ada = person(api, "ada")
    place = workspace(api, created_by=ada)
    metadata = {"public_metadata": {"a": 1}, "private_metadata": {"b": 1}}
    made = invite(api, place, "New@Acme.com", inviter_user_id=ada, expires_in_days=7, **metadata).json()
    assert (made["email_address"], made["role"], made["role_name"]) == ("new@acme.com", "org:viewer", "Viewer")
    assert (made["status"], made["expires_at"] - made["created_at"]) == ("pending", 7 * DAY)
    assert made["public_inviter_data"]["identifier"] == "ada@acme.com"
    path = f"/organizations/{place}/invitations/{made['id']}"
    assert api.get(path).json() == made
    invite(api, place, "other@acme.com")
    assert listed(api, place) == ["other@acme.com", "new@acme.com"]
    assert listed(api, place, order_by="email_address", status="pending") == ["new@acme.com", "other@acme.com"]
    assert listed(api, place, email_address="NEW@acme.com") == ["new@acme.com"]
    assert api.post(f"{path}/revoke", json={"requesting_user_id": ada}).json()["status"] == "revoked"
    assert (listed(api, place, status="pending"), listed(api, place, status="revoked")) == (
        ["other@acme.com"],
        ["new@acme.com"],
    )
    assert listed(api, place, status=["revoked", "pending"]) == ["other@acme.com", "new@acme.com"]
    assert refused(api.post(f"{path}/revoke")) == (404, [("organization_invitation_not_pending", None)])


def test_invitations_of_the_instance_name_their_workspace(api: httpx.Client) -> None:
    first, second = workspace(api), workspace(api, "Research")
    for place in (first, second):
        invite(api, place)
    found = api.get("/organization_invitations", params={"status": "pending", "query": "NEW@"}).json()
    assert [item["public_organization_data"]["id"] for item in found["data"]] == [second, first]
    assert api.get("/organization_invitations", params={"query": "nobody"}).json() == {"data": [], "total_count": 0}


def test_an_invitation_clerk_would_refuse_is_refused(api: httpx.Client) -> None:
    place, mia = workspace(api), person(api, "mia")
    join(api, place, mia, "org:viewer")
    invite(api, place)
    assert refused(invite(api, place, "NEW@acme.com")) == (400, [("organization_invitation_not_unique", None)])
    assert refused(invite(api, place, "mia@acme.com")) == (400, [("already_a_member_in_organization", None)])
    assert refused(invite(api, place, "no address")) == (422, [("form_param_format_invalid", "email_address")])
    assert refused(invite(api, place, "x@acme.com", role="org:none")) == (404, [("resource_not_found", "role")])
    assert refused(invite(api, "org_none")) == (404, [("resource_not_found", None)])
    long = invite(api, place, "x@acme.com", expires_in_days=366)
    assert refused(long) == (422, [("form_param_value_invalid", "expires_in_days")])
    weak = invite(api, place, "x@acme.com", inviter_user_id=mia)
    assert refused(weak) == (403, [("missing_organization_permission", None)])
    assert refused(api.get(f"/organizations/{place}/invitations/orginv_none")) == (404, [("resource_not_found", None)])
    unknown = api.get(f"/organizations/{place}/invitations", params={"status": "lost"})
    assert refused(unknown) == (422, [("form_param_value_invalid", "status")])
    assert listed(api, place) == ["new@acme.com"]


def test_many_are_invited_at_once_or_none(api: httpx.Client) -> None:
    place = workspace(api)
    path = f"/organizations/{place}/invitations/bulk"
    wanted = [{"email_address": f"p{number}@acme.com", "role": "org:viewer"} for number in range(11)]
    assert refused(api.post(path, json=wanted)) == (400, [("bulk_size_exceeded", None)])
    assert refused(api.post(path, json=[])) == (400, [("bulk_size_exceeded", None)])
    assert refused(api.post(path, json={})) == (400, [("request_body_invalid", None)])
    assert refused(api.post(path, json=["p1@acme.com"])) == (400, [("request_body_invalid", None)])
    double = api.post(path, json=[*wanted[:2], wanted[0]])
    assert refused(double) == (400, [("organization_invitation_not_unique", None)])
    assert listed(api, place) == []
    made = api.post(path, json=wanted[:10]).json()
    assert (made["total_count"], len(made["data"]), len(listed(api, place, limit=50))) == (10, 10, 10)


def test_a_pending_invitation_takes_a_place(api: httpx.Client) -> None:
    place = workspace(api, max_allowed_memberships=2)
    made = invite(api, place).json()
    assert join(api, place, person(api, "mia"), "org:viewer").status_code == 200
    full = (403, [("organization_membership_quota_exceeded", None)])
    assert refused(join(api, place, person(api, "ada"), "org:viewer")) == full
    assert refused(invite(api, place, "other@acme.com")) == full
    api.post(f"/organizations/{place}/invitations/{made['id']}/revoke")
    assert join(api, place, person(api, "ben"), "org:viewer").status_code == 200


def test_an_invitation_runs_out(api: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    place = workspace(api, max_allowed_memberships=1)
    monkeypatch.setattr("bridge.sandbox.clerk.invitations._DAY", -1)
    made = invite(api, place, expires_in_days=1).json()
    assert api.get(f"/organizations/{place}/invitations/{made['id']}").json()["status"] == "expired"
    assert (listed(api, place, status="pending"), listed(api, place, status="expired")) == ([], ["new@acme.com"])
    assert join(api, place, person(api, "mia"), "org:viewer").status_code == 200


def test_who_takes_an_invitation_is_a_member_with_its_role_and_metadata(sandbox: RunningSandbox, api: httpx.Client) -> None:
    place, mia = workspace(api), person(api, "mia")
    known = invite(api, place, "mia@acme.com", role="org:editor", public_metadata={"a": 1}).json()
    unknown = invite(api, place, "new@acme.com").json()
    for made in (known, unknown):
        assert sandbox.control("POST", f"invitations/{made['id']}/accept")["status"] == "accepted"
    (new,) = api.get("/users", params={"email_address": "new@acme.com"}).json()
    assert roles_in(api, place) == {mia: "org:editor", new["id"]: "org:viewer"}
    (membership,) = api.get(f"/users/{mia}/organization_memberships").json()["data"]
    assert membership["public_metadata"] == {"a": 1}
    again = httpx.post(f"{sandbox.url}/_sandbox/invitations/{known['id']}/accept")
    assert refused(again) == (404, [("organization_invitation_not_pending", None)])


def test_a_role_in_a_pending_invitation_stays_and_may_be_renamed(api: httpx.Client) -> None:
    place, viewer = workspace(api), role_named(api, "org:viewer")["id"]
    made = invite(api, place).json()
    in_use = api.delete(f"/organization_roles/{viewer}")
    assert refused(in_use) == (422, [("organization_role_exists_in_invitations", None)])
    api.patch(f"/organization_roles/{viewer}", json={"key": "org:reader"})
    path = f"/organizations/{place}/invitations/{made['id']}"
    assert api.get(path).json()["role"] == "org:reader"
    api.post(f"{path}/revoke")
    assert api.delete(f"/organization_roles/{viewer}").status_code == 200


def test_with_a_workspace_go_its_invitations_and_domains(api: httpx.Client) -> None:
    api.patch("/instance/organization_settings", json={"domains_enabled": True})
    place = workspace(api)
    invite(api, place)
    domain = {"name": "acme.com", "enrollment_mode": "manual_invitation"}
    api.post(f"/organizations/{place}/domains", json=domain)
    api.delete(f"/organizations/{place}")
    assert api.get("/organization_invitations").json()["total_count"] == 0
    assert api.get("/organization_domains").json()["total_count"] == 0
    assert api.post(f"/organizations/{workspace(api)}/domains", json=domain).status_code == 200


def test_a_domain_lets_people_in_by_the_modes_that_are_on(sandboxes: Callable[..., RunningSandbox]) -> None:
    with client(sandboxes()) as api:
        first, second = workspace(api), workspace(api, "Research")
        path, body = f"/organizations/{first}/domains", {"name": "Acme.com", "enrollment_mode": "automatic_invitation"}
        assert refused(api.post(path, json=body)) == (403, [("organization_domains_not_enabled", None)])
        api.patch("/instance/organization_settings", json={"domains_enabled": True})
        assert refused(api.post(path, json=body)) == (403, [("organization_domain_enrollment_mode_not_enabled", None)])
        modes = ["automatic_invitation"]
        api.patch("/instance/organization_settings", json={"domains_enrollment_modes": modes})
        made = api.post(path, json=body).json()
        assert (made["name"], made["verification"]["status"]) == ("acme.com", "verified")
        ours = (422, [("organization_domain_already_exists_same_organization", "name")])
        assert refused(api.post(path, json=body)) == ours
        other = f"/organizations/{second}/domains"
        assert refused(api.post(other, json=body)) == (422, [("organization_domain_already_exists", "name")])
        assert refused(api.post(other, json=body | {"name": "acme"})) == (422, [("form_param_format_invalid", "name")])
        later = {"name": "acme.org", "enrollment_mode": "manual_invitation", "verified": False}
        api.post(other, json=later)
        assert names(api, "/organization_domains") == ["acme.org", "acme.com"]
        assert names(api, "/organization_domains", enrollment_mode="automatic_invitation") == ["acme.com"]
        assert names(api, "/organization_domains", enrollment_mode="-automatic_invitation") == ["acme.org"]
        assert names(api, "/organization_domains", verified="true") == ["acme.com"]
        assert names(api, "/organization_domains", organization_id=second, query="ORG") == ["acme.org"]
        assert names(api, "/organization_domains", domains=["acme.com", "x.com"]) == ["acme.com"]
        assert names(api, path) == ["acme.com"]
        changed = api.patch(f"{path}/{made['id']}", json={"enrollment_mode": "manual_invitation", "verified": False}).json()
        assert (changed["enrollment_mode"], changed["verification"]["status"]) == ("manual_invitation", "unverified")
        assert refused(api.delete(f"{other}/{made['id']}")) == (404, [("resource_not_found", None)])
        assert api.delete(f"{path}/{made['id']}").json()["deleted"] is True
        assert names(api, path) == []


def names(api: httpx.Client, path: str, **query: Any) -> list[str]:
    answer = api.get(path, params=query).json()
    assert answer["total_count"] == len(answer["data"])
    return [item["name"] for item in answer["data"]]
