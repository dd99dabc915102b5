"""Users of the sandbox: what Clerk takes, what it refuses, and how it says so."""

from typing import Any

import httpx
import pytest

from tests.support.clerk_sandbox import refused


def made(api: httpx.Client, email: str = "mia@acme.com", **more: Any) -> dict[str, Any]:
    answer = api.post("/users", json={"email_address": [email]} | more)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_created_user_is_answered_alike_by_create_get_and_list(api: httpx.Client) -> None:
    user = made(api, first_name="Mia", last_name="Chen", external_id="p1", public_metadata={"team": "platform"})
    assert api.get(f"/users/{user['id']}").json() == user
    assert api.get("/users", params={"external_id": "p1"}).json() == [user]


def test_an_address_made_by_the_api_is_verified_primary_and_in_lower_case(api: httpx.Client) -> None:
    user = made(api, "Mia@Acme.com")
    (address,) = user["email_addresses"]
    assert address["email_address"] == "mia@acme.com"
    assert address["verification"]["status"] == "verified"
    assert user["primary_email_address_id"] == address["id"]


@pytest.mark.parametrize(
    ("body", "status", "code", "parameter"),
    [
        ({"email_address": ["MIA@acme.com"]}, 422, "form_identifier_exists", "email_address"),
        ({"email_address": ["b@acme.com"], "external_id": "p1"}, 422, "form_identifier_exists", "external_id"),
        ({"email_address": ["b@acme.com"], "username": "MIA"}, 422, "form_identifier_exists", "username"),
        ({"email_address": ["no address"]}, 422, "form_param_format_invalid", "email_address"),
        ({"email_address": "b@acme.com"}, 422, "form_param_type_invalid", "email_address"),
        ({"email_address": ["b@acme.com"], "first_name": "x" * 257}, 422, "form_param_max_length_exceeded", "first_name"),
        ({"email_address": ["b@acme.com"], "id": "user_1"}, 422, "form_param_unknown", "id"),
        ({"email_address": ["b@acme.com"], "phone_number": ["+15550100"]}, 422, "form_param_unknown", "phone_number"),
        ({"email_address": ["b@acme.com"], "created_at": "yesterday"}, 422, "form_param_invalid_time", "created_at"),
        ({"email_address": ["b@acme.com"], "password": "short"}, 422, "form_password_length_too_short", "password"),
        ({"first_name": "Nobody"}, 422, "form_data_missing", None),
    ],
)
def test_a_user_clerk_would_refuse_is_refused_with_its_code(
    api: httpx.Client, body: dict[str, Any], status: int, code: str, parameter: str | None
) -> None:
    made(api, external_id="p1", username="mia")
    assert refused(api.post("/users", json=body)) == (status, [(code, parameter)])
    assert api.get("/users/count").json()["total_count"] == 1


def test_every_problem_of_a_request_is_named_at_once(api: httpx.Client) -> None:
    status, problems = refused(api.post("/users", json={"email_address": 1, "nickname": "x"}))
    assert (status, set(problems)) == (
        422,
        {("form_param_type_invalid", "email_address"), ("form_param_unknown", "nickname")},
    )


def test_names_change_and_an_empty_name_is_no_name(api: httpx.Client) -> None:
    user = made(api, first_name="Mia", last_name="Chen")
    changed = api.patch(f"/users/{user['id']}", json={"first_name": "Maria", "last_name": ""}).json()
    assert (changed["first_name"], changed["last_name"]) == ("Maria", None)
    assert changed["updated_at"] >= user["updated_at"]


def test_metadata_is_merged_deeply_by_patch_and_replaced_by_put(api: httpx.Client) -> None:
    user = made(api, public_metadata={"a": {"x": 1, "y": [1, 2]}, "b": 1})
    path = f"/users/{user['id']}/metadata"
    merged = api.patch(path, json={"public_metadata": {"a": {"y": [3], "z": None}, "b": None}}).json()
    assert merged["public_metadata"] == {"a": {"x": 1, "y": [3]}}
    replaced = api.put(path, json={"public_metadata": {"c": 1}}).json()
    assert (replaced["public_metadata"], replaced["private_metadata"]) == ({"c": 1}, {})


def test_metadata_of_more_than_8_kb_is_refused(api: httpx.Client) -> None:
    user = made(api, private_metadata={"a": "x" * 5000})
    answer = api.patch(f"/users/{user['id']}/metadata", json={"private_metadata": {"b": "x" * 5000}})
    assert refused(answer) == (422, [("form_param_exceeds_allowed_size", "private_metadata")])


def test_metadata_in_a_patch_of_the_user_is_taken_by_older_versions_only(api: httpx.Client) -> None:
    user = made(api)
    body = {"public_metadata": {"a": 1}}
    assert refused(api.patch(f"/users/{user['id']}", json=body)) == (422, [("form_param_unknown", "public_metadata")])
    older = api.patch(f"/users/{user['id']}", json=body | {"first_name": "Mia"}, headers={"Clerk-API-Version": "2025-11-10"})
    assert older.json()["public_metadata"] == {"a": 1}


def test_a_ban_ends_every_session_and_forbids_new_ones(api: httpx.Client) -> None:
    user = made(api)
    session = api.post("/sessions", json={"user_id": user["id"]}).json()
    assert api.post(f"/users/{user['id']}/ban").json()["banned"] is True
    assert api.get(f"/sessions/{session['id']}").json()["status"] == "revoked"
    assert refused(api.post("/sessions", json={"user_id": user["id"]})) == (403, [("user_banned", None)])
    assert api.post(f"/users/{user['id']}/unban").json()["banned"] is False


def test_a_lock_ends_no_session(api: httpx.Client) -> None:
    user = made(api)
    session = api.post("/sessions", json={"user_id": user["id"]}).json()
    assert api.post(f"/users/{user['id']}/lock").json()["locked"] is True
    assert api.get(f"/sessions/{session['id']}").json()["status"] == "active"
    assert api.post(f"/users/{user['id']}/unlock").json()["locked"] is False


def test_a_bulk_ban_takes_all_of_them_or_none(api: httpx.Client) -> None:
    first, second = made(api), made(api, "ada@acme.com")
    wrong = api.post("/users/ban", json={"user_ids": [first["id"], "user_nobody"]})
    assert refused(wrong) == (404, [("resource_not_found", None)])
    assert api.get("/users/count", params={"banned": "true"}).json()["total_count"] == 0
    answer = api.post("/users/ban", json={"user_ids": [first["id"], second["id"]]})
    assert [user["banned"] for user in answer.json()] == [True, True]
    assert refused(api.post("/users/ban", json={"user_ids": ["x"] * 51})) == (400, [("bulk_size_exceeded", None)])


def test_a_deleted_user_leaves_nothing_and_frees_the_address(api: httpx.Client) -> None:
    user = made(api, external_id="p1")
    workspace = api.post("/organizations", json={"name": "Production"}).json()
    api.post(f"/organizations/{workspace['id']}/memberships", json={"user_id": user["id"], "role": "org:viewer"})
    session = api.post("/sessions", json={"user_id": user["id"]}).json()
    deleted = api.delete(f"/users/{user['id']}").json()
    assert deleted == {"id": user["id"], "object": "user", "deleted": True, "external_id": "p1"}
    assert refused(api.get(f"/users/{user['id']}")) == (404, [("resource_not_found", None)])
    assert refused(api.get(f"/sessions/{session['id']}")) == (404, [("resource_not_found", None)])
    assert api.get("/organization_memberships").json() == {"data": [], "total_count": 0}
    assert made(api, external_id="p1")["id"] != user["id"]


def test_the_new_address_becomes_primary_and_the_last_one_stays(api: httpx.Client) -> None:
    user = made(api)
    old = user["primary_email_address_id"]
    new = api.post("/email_addresses", json={"user_id": user["id"], "email_address": "m.chen@acme.com", "primary": True})
    assert api.get(f"/users/{user['id']}").json()["primary_email_address_id"] == new.json()["id"]
    assert api.delete(f"/email_addresses/{old}").json()["deleted"] is True
    last = api.delete(f"/email_addresses/{new.json()['id']}")
    assert refused(last) == (400, [("identification_deletion_failed", None)])


def test_an_unverified_address_is_taken_but_is_not_primary(api: httpx.Client) -> None:
    user = api.post("/users", json={"first_name": "Mia", "skip_user_requirement": True}).json()
    body = {"user_id": user["id"], "email_address": "mia@acme.com", "verified": False}
    address = api.post("/email_addresses", json=body).json()
    assert api.get(f"/users/{user['id']}").json()["primary_email_address_id"] is None
    promoted = api.patch(f"/email_addresses/{address['id']}", json={"primary": True})
    assert refused(promoted) == (422, [("form_verification_needed", "primary")])
    api.patch(f"/email_addresses/{address['id']}", json={"verified": True, "primary": True})
    assert api.get(f"/users/{user['id']}").json()["primary_email_address_id"] == address["id"]


def test_replacing_the_address_drops_all_others(api: httpx.Client) -> None:
    user = made(api)
    api.post("/email_addresses", json={"user_id": user["id"], "email_address": "second@acme.com"})
    new = api.put(f"/users/{user['id']}/email_address", json={"email_address": "only@acme.com"}).json()
    (left,) = api.get(f"/users/{user['id']}").json()["email_addresses"]
    assert left == new == api.get(f"/email_addresses/{new['id']}").json()
    assert made(api, "second@acme.com")["id"] != user["id"]


def test_passwords_and_second_factors_are_seen_but_not_kept(api: httpx.Client) -> None:
    user = made(api, password="long enough", totp_secret="JBSWY3DPEHPK3PXP", backup_codes=["a1"])
    seen = ("password_enabled", "totp_enabled", "two_factor_enabled", "backup_code_enabled")
    assert [user[name] for name in seen] == [True] * 4
    assert "long enough" not in api.get(f"/users/{user['id']}").text
