"""The instance, its keys and its JWT templates, by the Python SDK; and a refusal, whatever it is about."""

import pytest
from clerk_backend_api import Clerk
from clerk_backend_api.models import ClerkErrors

from tests.clerk_contract.python_sdk.cast import person, settings
from tests.support.clerk_peer import Peer


def the_instance_and_its_keys_are_read(sdk: Clerk, peer: Peer) -> None:
    assert sdk.instance_settings.get().environment_type == "development"
    assert {(key.kty, key.alg) for key in sdk.jwks.get_jwks().keys} == {("RSA", "RS256")}


def the_settings_of_organizations_are_read_and_changed(sdk: Clerk, peer: Peer) -> None:
    for wanted in (True, False):
        with settings(sdk, admin_delete_enabled=wanted) as changed:
            assert changed.admin_delete_enabled is wanted


def jwt_templates_are_made_found_changed_and_deleted(sdk: Clerk, peer: Peer) -> None:
    name, claims = peer.keyed("reports"), {"aud": "reports", "org": "{{org.id}}"}
    made = sdk.jwt_templates.create(request={"name": name, "claims": claims, "lifetime": 120})
    assert made.lifetime == 120  # the SDK neither sends nor reads the claims
    assert sdk.jwt_templates.get(template_id=made.id) == made
    assert made in sdk.jwt_templates.list(limit=100)
    assert sdk.jwt_templates.update(template_id=made.id, name=name, claims=claims, lifetime=300).lifetime == 300
    assert sdk.jwt_templates.delete(template_id=made.id).deleted is True


def a_refusal_is_one_of_the_sdks_own_errors(sdk: Clerk, peer: Peer) -> None:
    ada = person(sdk, peer)
    with pytest.raises(ClerkErrors) as caught:
        sdk.users.create(email_address=[peer.email("ada")], skip_password_requirement=True)
    (error,) = caught.value.data.errors
    assert (caught.value.status_code, error.code) == (422, "form_identifier_exists")
    assert error.meta == {"param_name": "email_address"}
    assert sdk.users.get(user_id=ada.id).id == ada.id


STORIES = (
    the_instance_and_its_keys_are_read,
    the_settings_of_organizations_are_read_and_changed,
    jwt_templates_are_made_found_changed_and_deleted,
    a_refusal_is_one_of_the_sdks_own_errors,
)
