"""What Clerk's texts leave open, as the sandbox has chosen it: docs/sandbox.md lists it.

Where one of these fails on a real instance the sandbox is wrong: correct it there, and the product where it relied on it.
"""

from collections.abc import Iterator
from typing import Any

import httpx
import jwt
import pytest

from tests.support.clerk_peer import Peer
from tests.support.clerk_sandbox import refused

DAY = 86_400_000  # milliseconds


@pytest.fixture
def api(peer: Peer) -> Iterator[httpx.Client]:
    with peer.client() as session:
        yield session


@pytest.fixture
def mia(api: httpx.Client, peer: Peer) -> str:
    return made(api, "/users", **user(peer, "mia"))


@pytest.fixture
def production(api: httpx.Client, peer: Peer, mia: str) -> str:
    """An organization that mia governs."""
    return made(api, "/organizations", name=peer.called("Production"), created_by=mia)


def user(peer: Peer, name: str, **facts: Any) -> dict[str, Any]:
    skipped = {"skip_password_requirement": True, "skip_legal_checks": True}
    return {"email_address": [peer.email(name)], "external_id": peer.keyed(name), **skipped, **facts}


def made(api: httpx.Client, path: str, **body: Any) -> str:
    return str(api.post(path, json=body).raise_for_status().json()["id"])


def test_a_taken_external_id_is_told_as_a_taken_address_is(api: httpx.Client, peer: Peer, mia: str) -> None:
    answer = api.post("/users", json=user(peer, "other", external_id=peer.keyed("mia")))
    assert refused(answer) == (422, [("form_identifier_exists", "external_id")])
    other = made(api, "/users", **user(peer, "other"))
    answer = api.patch(f"/users/{other}", json={"external_id": peer.keyed("mia")})
    assert refused(answer) == (422, [("form_identifier_exists", "external_id")])


def test_a_role_that_does_not_exist_is_not_found(api: httpx.Client, peer: Peer, production: str) -> None:
    other = made(api, "/users", **user(peer, "other"))
    answer = api.post(f"/organizations/{production}/memberships", json={"user_id": other, "role": "org:nonsense"})
    status, ((code, _),) = refused(answer)
    assert (status, code) == (404, "resource_not_found")


def test_a_role_outside_the_role_set_is_not_found(api: httpx.Client, peer: Peer, production: str) -> None:
    other = made(api, "/users", **user(peer, "other"))
    role = {"name": peer.called("Outside"), "key": f"org:{peer.keyed('outside')}", "include_in_initial_role_set": False}
    made(api, "/organization_roles", **role)
    answer = api.post(f"/organizations/{production}/memberships", json={"user_id": other, "role": role["key"]})
    status, ((code, _),) = refused(answer)
    assert (status, code) == (404, "resource_not_found")


def test_a_method_that_a_path_does_not_know_is_not_found(api: httpx.Client, mia: str) -> None:
    assert api.put(f"/users/{mia}", json={}).status_code == 404


def test_the_address_and_the_id_of_a_deleted_user_are_free_at_once(api: httpx.Client, peer: Peer, mia: str) -> None:
    api.delete(f"/users/{mia}").raise_for_status()
    assert made(api, "/users", **user(peer, "mia")) != mia


def test_a_merge_replaces_an_array_and_removes_what_is_null(api: httpx.Client, mia: str) -> None:
    for given in ({"a": [1, 2], "b": {"c": 1, "d": 2}}, {"a": [3], "b": {"c": None}}):
        answer = api.patch(f"/users/{mia}/metadata", json={"private_metadata": given})
    assert answer.json()["private_metadata"] == {"a": [3], "b": {"d": 2}}


def test_a_session_may_be_revoked_twice(api: httpx.Client, mia: str) -> None:
    session = made(api, "/sessions", user_id=mia)
    for _ in range(2):
        assert api.post(f"/sessions/{session}/revoke").json()["status"] == "revoked"


def test_a_lock_ends_no_session(api: httpx.Client, mia: str) -> None:
    session = made(api, "/sessions", user_id=mia)
    assert api.post(f"/users/{mia}/lock").json()["locked"] is True
    assert api.get(f"/sessions/{session}").json()["status"] == "active"


def test_a_session_lives_seven_days(api: httpx.Client, mia: str) -> None:
    session = api.post("/sessions", json={"user_id": mia}).json()
    assert session["expire_at"] - session["created_at"] == pytest.approx(7 * DAY, abs=DAY / 24)


def test_a_membership_that_goes_leaves_the_sessions_organization(api: httpx.Client, peer: Peer, production: str) -> None:
    other = made(api, "/users", **user(peer, "other"))
    path = f"/organizations/{production}/memberships"
    api.post(path, json={"user_id": other, "role": "org:member"}).raise_for_status()
    session = made(api, "/sessions", user_id=other, active_organization_id=production)
    api.delete(f"{path}/{other}").raise_for_status()
    assert api.get(f"/sessions/{session}").json()["last_active_organization_id"] == production


def test_a_session_that_is_over_has_no_token(api: httpx.Client, mia: str) -> None:
    session = made(api, "/sessions", user_id=mia)
    api.post(f"/sessions/{session}/revoke").raise_for_status()
    assert api.post(f"/sessions/{session}/tokens").status_code == 404


def test_a_shortcode_without_a_value_is_null_alone_and_nothing_among_text(api: httpx.Client, peer: Peer, mia: str) -> None:
    claims = {"alone": "{{org.slug}}", "among": "at {{org.slug}}.", "kept": "{{user.id}}"}
    made(api, "/jwt_templates", name=peer.keyed("places"), claims=claims)
    session = made(api, "/sessions", user_id=mia)
    token = api.post(f"/sessions/{session}/tokens/{peer.keyed('places')}").json()["jwt"]
    minted = jwt.decode(token, options={"verify_signature": False})
    assert {name: minted[name] for name in claims} == {"alone": None, "among": "at .", "kept": mia}


def test_what_was_written_is_read_at_once(api: httpx.Client, peer: Peer, production: str, mia: str) -> None:
    assert [item["id"] for item in api.get("/users", params={"external_id": peer.keyed("mia")}).json()] == [mia]
    memberships = api.get(f"/users/{mia}/organization_memberships").json()
    assert [item["organization"]["id"] for item in memberships["data"]] == [production]
