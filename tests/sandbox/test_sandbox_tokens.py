"""Tokens of the sandbox: session tokens, and tokens by a JWT template that Convex would take."""

from collections.abc import Callable
from typing import Any

import httpx
import jwt
import pytest

from bridge.sandbox.testing import RunningSandbox
from tests.support.clerk_sandbox import client, refused

KEY_OF_OUR_OWN = "a key of at least thirty-two bytes, as HS256 wants"


@pytest.fixture
def mia(api: httpx.Client) -> str:
    body = {
        "email_address": ["mia@acme.com"],
        "first_name": "Mia",
        "last_name": "Chen",
        "public_metadata": {"team": "red", "level": 3, "tags": ["a"]},
        "private_metadata": {"secret": "s"},
    }
    return str(api.post("/users", json=body).json()["id"])


@pytest.fixture
def production(api: httpx.Client, mia: str) -> str:
    organization = str(api.post("/organizations", json={"name": "Production"}).json()["id"])
    answer = api.post(f"/organizations/{organization}/memberships", json={"user_id": mia, "role": "org:viewer"})
    assert answer.status_code == 200
    return organization


def session_of(api: httpx.Client, user: str, organization: str | None = None) -> str:
    body = {"user_id": user} | ({"active_organization_id": organization} if organization else {})
    return str(api.post("/sessions", json=body).json()["id"])


def minted(api: httpx.Client, session: str, template: str = "", **body: Any) -> str:
    answer = api.post(f"/sessions/{session}/tokens{template and '/'}{template}", json=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["jwt"])


def said(token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, options={"verify_signature": False}))


def as_convex(token: str, domain: str, application: str = "convex") -> dict[str, Any]:
    """What Convex does with `{domain, applicationID}`: discovery at the domain, then signature, issuer and audience."""
    found = httpx.get(f"{domain}/.well-known/openid-configuration").json()
    assert found["issuer"] == domain
    keys = jwt.PyJWKSet.from_dict(httpx.get(found["jwks_uri"]).json())
    header = jwt.get_unverified_header(token)
    assert (header["alg"], header["typ"]) == ("RS256", "JWT")
    return dict(jwt.decode(token, keys[header["kid"]], algorithms=["RS256"], audience=application, issuer=domain))


def test_a_token_of_the_convex_template_verifies_as_convex_verifies_it(
    sandbox: RunningSandbox, api: httpx.Client, mia: str, production: str
) -> None:
    identity = as_convex(minted(api, session_of(api, mia, production), "convex"), sandbox.url)
    assert (identity["sub"], identity["email"], identity["name"]) == (mia, "mia@acme.com", "Mia Chen")
    assert (identity["org_id"], identity["org_role"], identity["org_slug"]) == (production, "org:viewer", "production")
    assert identity["email_verified"] is True
    assert identity["exp"] - identity["iat"] == 60
    assert not {"sid", "o", "v", "fva"} & set(identity)


def test_outside_of_any_workspace_a_token_names_none(sandbox: RunningSandbox, api: httpx.Client, mia: str) -> None:
    identity = as_convex(minted(api, session_of(api, mia), "convex"), sandbox.url)
    assert (identity["org_id"], identity["org_role"]) == (None, None)
    assert "o" not in said(minted(api, session_of(api, mia)))


def test_a_token_of_another_instance_does_not_verify(
    sandbox: RunningSandbox, sandboxes: Callable[..., RunningSandbox], api: httpx.Client, mia: str, tmp_path: Any
) -> None:
    other = sandboxes(tmp_path / "other")
    with pytest.raises(KeyError):
        as_convex(minted(api, session_of(api, mia), "convex"), other.url)


def test_a_session_token_tells_the_session_and_the_workspace(
    sandbox: RunningSandbox, api: httpx.Client, mia: str, production: str
) -> None:
    session = session_of(api, mia, production)
    token = said(minted(api, session))
    assert (token["iss"], token["sub"], token["sid"], token["v"]) == (sandbox.url, mia, session, 2)
    assert (token["sts"], token["fva"], token["exp"] - token["iat"]) == ("active", [0, -1], 60)
    assert token["nbf"] < token["iat"]
    assert {name: token["o"][name] for name in ("id", "slg", "rol")} == {
        "id": production,
        "slg": "production",
        "rol": "viewer",
    }
    longer = said(minted(api, session, expires_in_seconds=300))
    assert longer["exp"] - longer["iat"] == 300
    assert longer["jti"] != token["jti"]


def test_a_session_token_packs_permissions_as_clerks_clients_unpack_them(
    api: httpx.Client, mia: str, production: str
) -> None:
    (viewer,) = api.get("/organization_roles", params={"query": "org:viewer"}).json()["data"]
    granted = {"org:workflows:read", "org:runs:read"}  # and Clerk's own, which no token names
    assert unpacked(said(minted(api, session_of(api, mia, production)))) == granted
    for key in ("org:reports:manage", "org:reports:read", "org:audits:manage"):
        granted.add(key)
        made = api.post("/organization_permissions", json={"name": key, "key": key}).json()
        api.post(f"/organization_roles/{viewer['id']}/permissions/{made['id']}")
    token = said(minted(api, session_of(api, mia, production)))
    assert unpacked(token) == granted


def unpacked(token: dict[str, Any]) -> set[str]:
    """As Clerk's JavaScript reads the claims: a bit mask over the actions for each feature, the lowest bit first."""
    features = [item.removeprefix("o:") for item in token["fea"].split(",")]
    actions, masks = token["o"]["per"].split(","), [int(mask) for mask in token["o"]["fpm"].split(",")]
    pairs = [(feature, mask) for feature, mask in zip(features, masks, strict=True)]
    return {f"org:{name}:{action}" for name, mask in pairs for bit, action in enumerate(actions) if mask >> bit & 1}


def test_a_session_token_of_a_role_without_permissions_has_none(api: httpx.Client, mia: str, production: str) -> None:
    api.patch(f"/organizations/{production}/memberships/{mia}", json={"role": "org:member"})
    token = said(minted(api, session_of(api, mia, production)))
    assert "fea" not in token
    assert token["o"] == {"id": production, "slg": "production", "rol": "member"}


def test_a_person_who_left_the_workspace_has_no_claim_of_it_any_more(api: httpx.Client, mia: str, production: str) -> None:
    session = session_of(api, mia, production)
    api.delete(f"/organizations/{production}/memberships/{mia}")
    assert "o" not in said(minted(api, session))


def test_an_ended_session_has_no_tokens(api: httpx.Client, mia: str) -> None:
    session = session_of(api, mia)
    api.post(f"/sessions/{session}/revoke")
    not_found = (404, [("resource_not_found", None)])
    assert refused(api.post(f"/sessions/{session}/tokens")) == not_found
    assert refused(api.post(f"/sessions/{session}/tokens/convex")) == not_found
    assert refused(api.post("/sessions/sess_none/tokens")) == not_found
    live = session_of(api, mia)
    assert refused(api.post(f"/sessions/{live}/tokens/none")) == not_found
    short = api.post(f"/sessions/{live}/tokens", json={"expires_in_seconds": 29})
    assert refused(short) == (422, [("form_param_value_invalid", "expires_in_seconds")])


def test_shortcodes_keep_their_type_alone_and_become_text_among_text(api: httpx.Client, mia: str) -> None:
    claims = {
        "id": "{{user.id}}",
        "level": "{{ user.public_metadata.level }}",
        "all": "{{user.public_metadata}}",
        "tags": "{{user.public_metadata.tags}}",
        "nested": {"team": ["{{user.public_metadata.team}}"]},
        "text": "{{user.last_name}}, {{user.first_name}} ({{user.public_metadata.level}})",
        "unknown": "{{user.shoe_size}}",
        "private": "{{user.private_metadata.secret}}",
        "within": "[{{user.shoe_size}}]",
        "first": "{{user.username || user.first_name}}",
        "fallback": "{{user.public_metadata.role || 'guest'}}",
        "verified": "{{user.email_verified}}",
        "plain": 7,
    }
    assert api.post("/jwt_templates", json={"name": "everything", "claims": claims}).status_code == 200
    token = said(minted(api, session_of(api, mia), "everything"))
    metadata = {"team": "red", "level": 3, "tags": ["a"]}
    expected = {
        "id": mia,
        "level": 3,
        "all": metadata,
        "tags": ["a"],
        "nested": {"team": ["red"]},
        "text": "Chen, Mia (3)",
        "unknown": None,
        "private": None,
        "within": "[]",
        "first": "Mia",
        "fallback": "guest",
        "verified": True,
        "plain": 7,
    }
    assert {name: token[name] for name in claims} == expected


def test_the_key_set_is_the_same_with_and_without_the_secret_key_and_survives_a_restart(
    sandbox: RunningSandbox, sandboxes: Callable[..., RunningSandbox], api: httpx.Client
) -> None:
    keys = api.get("/jwks").json()
    (key,) = keys["keys"]
    assert (key["kty"], key["alg"], key["use"], key["kid"]) == ("RSA", "RS256", "sig", api.get("/instance").json()["id"])
    assert "d" not in key
    assert httpx.get(f"{sandbox.url}/.well-known/jwks.json").json() == keys
    sandbox.stop()
    again = sandboxes()
    assert httpx.get(f"{again.url}/.well-known/jwks.json").json() == keys
    again.reset()
    assert httpx.get(f"{again.url}/.well-known/jwks.json").json() != keys


def test_a_sandbox_that_is_known_by_another_address_names_that_one(sandboxes: Callable[..., RunningSandbox]) -> None:
    sandbox = sandboxes(url="https://clerk.acme.test")
    with client(sandbox) as api:
        ben = api.post("/users", json={"email_address": ["ben@acme.com"]}).json()["id"]
        assert said(minted(api, session_of(api, ben)))["iss"] == "https://clerk.acme.test"
    found = httpx.get(f"{sandbox.url}/.well-known/openid-configuration").json()
    assert found["issuer"] == "https://clerk.acme.test"
    assert found["jwks_uri"] == "https://clerk.acme.test/.well-known/jwks.json"


def test_a_template_is_listed_read_changed_and_deleted(api: httpx.Client) -> None:
    made = api.post("/jwt_templates", json={"name": "reports", "claims": {"a": 1}, "lifetime": 300}).json()
    assert (made["lifetime"], made["allowed_clock_skew"], made["signing_algorithm"]) == (300, 5, "RS256")
    assert [item["name"] for item in api.get("/jwt_templates").json()] == ["reports", "convex"]
    paged = api.get("/jwt_templates", params={"paginated": "true", "limit": 1}).json()
    assert (paged["total_count"], [item["id"] for item in paged["data"]]) == (2, [made["id"]])
    path = f"/jwt_templates/{made['id']}"
    assert api.get(path).json() == made
    changed = api.patch(path, json={"name": "reports", "claims": {"b": 2}, "allowed_clock_skew": 0}).json()
    assert (changed["claims"], changed["lifetime"], changed["allowed_clock_skew"]) == ({"b": 2}, 300, 0)
    assert api.delete(path).json() == {"object": "jwt_template", "id": made["id"], "deleted": True}
    assert refused(api.get(path)) == (404, [("resource_not_found", None)])


@pytest.mark.parametrize(
    ("change", "status", "code", "parameter"),
    [
        ({"name": None}, 422, "form_param_missing", "name"),
        ({"claims": None}, 422, "form_param_missing", "claims"),
        ({"claims": "{}"}, 422, "form_param_type_invalid", "claims"),
        ({"claims": {"sub": "x"}}, 400, "jwt_template_reserved_claim", "claims"),
        ({"claims": {"iss": "x"}}, 400, "jwt_template_reserved_claim", "claims"),
        ({"name": "convex"}, 422, "form_identifier_exists", "name"),
        ({"lifetime": 29}, 422, "form_param_value_invalid", "lifetime"),
        ({"lifetime": 315360001}, 422, "form_param_value_invalid", "lifetime"),
        ({"allowed_clock_skew": 301}, 422, "form_param_value_invalid", "allowed_clock_skew"),
        ({"custom_signing_key": True}, 422, "form_param_missing", "signing_algorithm"),
        ({"custom_signing_key": True, "signing_algorithm": "HS256"}, 422, "form_param_missing", "signing_key"),
        (
            {"custom_signing_key": True, "signing_algorithm": "RS256", "signing_key": "no key"},
            422,
            "form_param_format_invalid",
            "signing_key",
        ),
    ],
)
def test_a_template_clerk_would_refuse_is_refused(
    api: httpx.Client, change: dict[str, Any], status: int, code: str, parameter: str
) -> None:
    body = {"name": "reports", "claims": {"a": 1}} | change
    assert refused(api.post("/jwt_templates", json=body)) == (status, [(code, parameter)])


def test_a_change_of_a_template_names_its_name_and_claims_again(api: httpx.Client) -> None:
    (convex,) = api.get("/jwt_templates").json()
    path = f"/jwt_templates/{convex['id']}"
    missing = [("form_param_missing", "name"), ("form_param_missing", "claims")]
    assert refused(api.patch(path, json={"lifetime": 120})) == (422, missing)
    assert api.patch(path, json={"name": "convex", "claims": {"aud": "convex"}}).json()["claims"] == {"aud": "convex"}


def test_a_template_may_sign_with_a_key_of_its_own(api: httpx.Client, mia: str) -> None:
    own = {"custom_signing_key": True, "signing_algorithm": "HS256", "signing_key": KEY_OF_OUR_OWN}
    made = api.post("/jwt_templates", json={"name": "own", "claims": {"a": 1}, **own}).json()
    assert KEY_OF_OUR_OWN not in str(made)
    token = minted(api, session_of(api, mia), "own")
    assert jwt.decode(token, KEY_OF_OUR_OWN, algorithms=["HS256"])["a"] == 1
