"""Clerk's official Python SDK reads the sandbox: it parses every answer into its own models, and its refusals as errors.

The SDK serves as a judge here and nowhere in the product; it speaks API version 2025-11-10, whatever it is told.
"""

from collections.abc import Iterator

import pytest
from clerk_backend_api import Clerk
from clerk_backend_api.models import ClerkErrors

from bridge.sandbox.testing import RunningSandbox
from tests.support.clerk_sandbox import client

# its request models warn of a parameter of their own that is on its way out, whether it is used or not
pytestmark = pytest.mark.filterwarnings("ignore:warning. .. DEPRECATED:DeprecationWarning")


@pytest.fixture
def sdk(sandbox: RunningSandbox) -> Iterator[Clerk]:
    with client(sandbox) as session:
        yield Clerk(bearer_auth=sandbox.secret_key, server_url=f"{sandbox.url}/v1", client=session)


@pytest.fixture
def ada(sdk: Clerk) -> str:
    return sdk.users.create(email_address=["ada@acme.com"], first_name="Ada", last_name="Okafor", external_id="p1").id


@pytest.fixture
def mia(sdk: Clerk) -> str:
    return sdk.users.create(email_address=["mia@acme.com"], first_name="Mia").id


@pytest.fixture
def production(sdk: Clerk, ada: str) -> str:
    return sdk.organizations.create(request={"name": "Production", "created_by": ada}).id


def test_users_are_created_found_counted_changed_and_deleted(sdk: Clerk, ada: str, mia: str) -> None:
    assert sdk.users.get(user_id=ada).email_addresses[0].email_address == "ada@acme.com"
    assert [user.id for user in sdk.users.list(request={"email_address": ["mia@acme.com"]})] == [mia]
    assert [user.id for user in sdk.users.list(request={"external_id": ["p1"]})] == [ada]
    assert sdk.users.count(request={}).total_count == 2
    assert sdk.users.update(user_id=mia, last_name="Chen").last_name == "Chen"
    assert sdk.users.update_metadata(user_id=mia, public_metadata={"a": 1}).public_metadata == {"a": 1}
    assert sdk.users.replace_metadata(user_id=mia, public_metadata={"b": 1}).public_metadata == {"b": 1}
    assert sdk.users.delete(user_id=mia).deleted is True
    assert sdk.users.count(request={}).total_count == 1


def test_users_are_banned_and_locked(sdk: Clerk, ada: str, mia: str) -> None:
    assert sdk.users.ban(user_id=ada).banned is True
    assert sdk.users.unban(user_id=ada).banned is False
    assert sdk.users.lock(user_id=ada).locked is True
    assert sdk.users.unlock(user_id=ada).locked is False
    assert [user.banned for user in sdk.users.bulk_ban(user_ids=[ada, mia])] == [True, True]
    assert [user.banned for user in sdk.users.bulk_unban(user_ids=[ada, mia])] == [False, False]


def test_addresses_are_added_made_primary_and_removed(sdk: Clerk, ada: str) -> None:
    (first,) = sdk.users.get(user_id=ada).email_addresses
    second = sdk.email_addresses.create(request={"user_id": ada, "email_address": "a@acme.com"})
    assert sdk.email_addresses.get(email_address_id=second.id) == second
    sdk.email_addresses.update(email_address_id=second.id, primary=True)
    assert sdk.users.get(user_id=ada).primary_email_address_id == second.id
    assert sdk.email_addresses.delete(email_address_id=first.id).deleted is True
    sdk.email_addresses.replace_for_user(user_id=ada, email_address="only@acme.com")
    assert [item.email_address for item in sdk.users.get(user_id=ada).email_addresses] == ["only@acme.com"]


def test_organizations_are_created_found_changed_and_deleted(sdk: Clerk, ada: str, production: str) -> None:
    assert sdk.organizations.get(organization_id="production", include_members_count=True).members_count == 1
    assert [item.id for item in sdk.organizations.list(user_id=[ada]).data] == [production]
    assert sdk.organizations.update(organization_id=production, name="Live").name == "Live"
    merged = sdk.organizations.merge_metadata(organization_id=production, public_metadata={"a": 1})
    assert merged.public_metadata == {"a": 1}
    replaced = sdk.organizations.replace_metadata(organization_id=production, public_metadata={"b": 1})
    assert replaced.public_metadata == {"b": 1}
    assert sdk.organizations.delete(organization_id=production).deleted is True
    assert sdk.organizations.list().total_count == 0


def test_memberships_are_given_changed_listed_and_taken_away(sdk: Clerk, mia: str, production: str) -> None:
    given = sdk.organization_memberships.create(organization_id=production, user_id=mia, role="org:viewer")
    assert (given.role, given.organization.id) == ("org:viewer", production)
    changed = sdk.organization_memberships.update(organization_id=production, user_id=mia, role="org:editor")
    assert (changed.id, changed.role) == (given.id, "org:editor")
    sdk.organization_memberships.update_metadata(organization_id=production, user_id=mia, public_metadata={"a": 1})
    listed = sdk.organization_memberships.list(organization_id=production, order_by="+created_at")
    assert [item.role for item in listed.data] == ["org:owner", "org:editor"]
    assert sdk.users.get_organization_memberships(user_id=mia).data[0].public_metadata == {"a": 1}
    assert sdk.users.get_instance_organization_memberships(limit=1).total_count == 2
    assert sdk.organization_memberships.delete(organization_id=production, user_id=mia).id == given.id
    assert sdk.users.get_organization_memberships(user_id=mia).total_count == 0


def test_sessions_are_made_listed_and_revoked(sdk: Clerk, ada: str, production: str) -> None:
    made = sdk.sessions.create(request={"user_id": ada, "active_organization_id": production})
    assert sdk.sessions.get(session_id=made.id).last_active_organization_id == production
    assert [item.id for item in sdk.sessions.list(user_id=ada, status="active")] == [made.id]
    assert sdk.sessions.revoke(session_id=made.id).status == "revoked"
    assert sdk.sessions.list(user_id=ada, status="active") == []


def test_sign_in_tokens_are_made_and_revoked(sdk: Clerk, ada: str, production: str) -> None:
    made = sdk.sign_in_tokens.create(request={"user_id": ada, "org_id": production, "expires_in_seconds": 60})
    assert (made.status, made.user_id) == ("pending", ada)
    assert sdk.sign_in_tokens.revoke(sign_in_token_id=made.id).status == "revoked"


def test_roles_permissions_and_role_sets_are_read_and_written(sdk: Clerk) -> None:
    permission = sdk.organization_permissions.create(name="Run", key="org:pipelines:run")
    assert sdk.organization_permissions.get(permission_id=permission.id).key == "org:pipelines:run"
    assert sdk.organization_permissions.list(query="pipelines").total_count == 1
    role = sdk.organization_roles.create(name="Auditor", key="org:auditor", include_in_initial_role_set=True)
    assert sdk.organization_roles.update(organization_role_id=role.id, description="Reads all").description == "Reads all"
    given = sdk.organization_roles.assign_permission(organization_role_id=role.id, permission_id=permission.id)
    assert [item.key for item in given.permissions] == ["org:pipelines:run"]
    taken = sdk.organization_roles.remove_permission(organization_role_id=role.id, permission_id=permission.id)
    assert taken.permissions == []
    assert "org:auditor" in [item.key for item in sdk.role_sets.get(role_set_key_or_id="role_set:default").roles]
    assert sdk.role_sets.list().total_count == 1
    assert sdk.organization_roles.get(organization_role_id=role.id).key == "org:auditor"
    assert sdk.organization_roles.delete(organization_role_id=role.id).deleted is True
    assert sdk.organization_roles.list().total_count == 5


def test_the_instance_and_its_keys_are_read(sdk: Clerk) -> None:
    assert sdk.instance_settings.get().environment_type == "development"
    assert [(key.kty, key.alg) for key in sdk.jwks.get_jwks().keys or []] == [("RSA", "RS256")]


def test_a_refusal_is_one_of_the_sdks_own_errors(sdk: Clerk, ada: str) -> None:
    with pytest.raises(ClerkErrors) as caught:
        sdk.users.create(email_address=["ada@acme.com"])
    (error,) = caught.value.data.errors
    assert (caught.value.status_code, error.code) == (422, "form_identifier_exists")
    assert error.meta == {"param_name": "email_address"}
    assert sdk.users.get(user_id=ada).id == ada
