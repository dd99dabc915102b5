"""Sessions, tokens and tickets, by the Python SDK."""

from clerk_backend_api import Clerk

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


def a_session_has_tokens_of_its_own_and_of_a_template(sdk: Clerk, peer: Peer) -> None:
    session = sdk.sessions.create(request={"user_id": person(sdk, peer).id})
    template = sdk.jwt_templates.create(request={"name": peer.keyed("reports"), "claims": {"kind": "report"}})
    assert sdk.sessions.create_token(session_id=session.id).jwt.count(".") == 2
    minted = sdk.sessions.create_token_from_template(session_id=session.id, template_name=template.name)
    assert minted.jwt.count(".") == 2


def sign_in_tokens_are_made_and_revoked(sdk: Clerk, peer: Peer) -> None:
    ada = person(sdk, peer)
    place = workspace(sdk, peer, ada).id
    made = sdk.sign_in_tokens.create(request={"user_id": ada.id, "org_id": place, "expires_in_seconds": 60})
    assert (made.status, made.user_id) == ("pending", ada.id)
    assert sdk.sign_in_tokens.revoke(sign_in_token_id=made.id).status == "revoked"


STORIES = (
    sessions_are_made_listed_and_revoked,
    a_session_has_tokens_of_its_own_and_of_a_template,
    sign_in_tokens_are_made_and_revoked,
)
