"""Sessions, tokens and tickets, by the Python SDK."""

from typing import Any

from clerk_backend_api import Clerk
from clerk_backend_api.security import VerifyTokenOptions, verify_token

from tests.clerk_contract.python_sdk.cast import person, workspace
from tests.support.clerk_peer import Peer


def sessions_are_made_listed_and_revoked(sdk: Clerk, peer: Peer) -> None:
    ada = person(sdk, peer)
    place = workspace(sdk, peer, ada).id
    made = sdk.sessions.create(request={"user_id": ada.id, "active_organization_id": place})
    assert sdk.sessions.get(session_id=made.id).last_active_organization_id == place
    assert [item.id for item in sdk.sessions.list(user_id=ada.id, status="active")] == [made.id]
    assert sdk.sessions.revoke(session_id=made.id).status == "revoked"
    assert sdk.sessions.list(user_id=ada.id, status="active") == []


def tokens_of_a_session_and_of_a_template_verify(sdk: Clerk, peer: Peer) -> None:
    ada = person(sdk, peer)
    session = sdk.sessions.create(request={"user_id": ada.id})
    name = peer.keyed("reports")
    with peer.client() as api:  # the SDK sends no claims, whatever it is given
        api.post("/jwt_templates", json={"name": name, "claims": {"aud": name, "kind": "report"}}).raise_for_status()
    own = _verified(sdk.sessions.create_token(session_id=session.id).jwt, peer, None)
    assert (own["sub"], own["sid"], own["v"]) == (ada.id, session.id, 2)
    minted = sdk.sessions.create_token_from_template(session_id=session.id, template_name=name)
    claims = _verified(minted.jwt, peer, name)
    assert (claims["sub"], claims["iss"], claims["kind"]) == (ada.id, own["iss"], "report")


def _verified(token: str | None, peer: Peer, audience: str | None) -> dict[str, Any]:
    options = VerifyTokenOptions(secret_key=peer.secret_key, api_url=peer.url, audience=audience)
    return verify_token(token, options)


def sign_in_tokens_are_made_and_revoked(sdk: Clerk, peer: Peer) -> None:
    ada = person(sdk, peer)
    place = workspace(sdk, peer, ada).id
    made = sdk.sign_in_tokens.create(request={"user_id": ada.id, "org_id": place, "expires_in_seconds": 60})
    assert (made.status, made.user_id) == ("pending", ada.id)
    assert sdk.sign_in_tokens.revoke(sign_in_token_id=made.id).status == "revoked"


STORIES = (
    sessions_are_made_listed_and_revoked,
    tokens_of_a_session_and_of_a_template_verify,
    sign_in_tokens_are_made_and_revoked,
)
