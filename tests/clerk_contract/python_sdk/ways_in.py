"""What leads into an instance beside us, by the Python SDK: invitations, domains, SSO, restrictions."""

import pytest
from clerk_backend_api import Clerk

from tests.clerk_contract.python_sdk.cast import MEMBER, person, settings, workspace
from tests.support.clerk_peer import Peer


def invitations_are_made_found_and_revoked(sdk: Clerk, peer: Peer) -> None:
    place = {"organization_id": workspace(sdk, peer, person(sdk, peer)).id}
    made = sdk.organization_invitations.create(**place, email_address=peer.email("new"), role=MEMBER, notify=False)
    assert (made.status, made.role) == ("pending", MEMBER)
    body = [{"email_address": peer.email(name), "role": MEMBER, "notify": False} for name in ("one", "two")]
    assert sdk.organization_invitations.bulk_create(**place, request_body=body).total_count == 2
    assert sdk.organization_invitations.get(**place, invitation_id=made.id).email_address == peer.email("new")
    assert sdk.organization_invitations.list(**place, status="pending").total_count == 3
    assert sdk.organization_invitations.get_all(query=peer.email("new")).data[0].id == made.id
    assert sdk.organization_invitations.revoke(**place, invitation_id=made.id).status == "revoked"
    assert sdk.organization_invitations.list(**place, status="pending").total_count == 2


def domains_of_an_organization_are_made_found_changed_and_deleted(sdk: Clerk, peer: Peer) -> None:
    place = {"organization_id": workspace(sdk, peer, person(sdk, peer)).id}
    name = f"{peer.mark}.acme-bridge.dev"
    with settings(sdk, domains_enabled=True):
        made = sdk.organization_domains.create(**place, name=name, enrollment_mode="manual_invitation")
        assert (made.name, made.enrollment_mode) == (name, "manual_invitation")
        assert [item.id for item in sdk.organization_domains.list(**place).data] == [made.id]
        assert [item.id for item in sdk.organization_domains.list_all(query=name).data] == [made.id]
        changed = sdk.organization_domains.update(**place, domain_id=made.id, verified=False)
        assert changed.affiliation_verification.status == "unverified"
        assert sdk.organization_domains.delete(**place, domain_id=made.id).deleted is True


def enterprise_connections_are_made_found_changed_and_deleted(sdk: Clerk, peer: Peer) -> None:
    body = {"name": peer.called("Okta"), "provider": "saml_okta", "domains": [f"{peer.mark}.acme-bridge.dev"]}
    made = sdk.enterprise_connections.create(request=body)
    path = {"enterprise_connection_id": made.id}
    assert (made.name, made.active) == (peer.called("Okta"), False)
    assert sdk.enterprise_connections.get(**path).domains == body["domains"]
    assert made.id in [item.id for item in sdk.enterprise_connections.list(limit=100).data]
    assert sdk.enterprise_connections.update(**path, name=peer.called("Live")).name == peer.called("Live")
    assert sdk.enterprise_connections.delete(**path).deleted is True


def settings_and_restrictions_are_changed_by_nothing_to_what_they_are(sdk: Clerk, peer: Peer) -> None:
    sdk.instance_settings.update(request={})
    assert sdk.instance_settings.update_restrictions(request={}).object == "instance_restrictions"
    assert any(not domain.is_satellite for domain in sdk.domains.list().data)


def identifiers_are_allowed_and_blocked(sdk: Clerk, peer: Peer) -> None:
    if peer.live:
        pytest.skip("a plan with restrictions is needed, and others could no longer sign up")
    allowed = sdk.allowlist_identifiers.create(request={"identifier": peer.email("new"), "notify": False})
    blocked = sdk.blocklist_identifiers.create(request={"identifier": peer.email("old")})
    assert [item.id for item in sdk.allowlist_identifiers.list()] == [allowed.id]
    assert [item.id for item in sdk.blocklist_identifiers.list().data] == [blocked.id]
    assert sdk.allowlist_identifiers.delete(identifier_id=allowed.id).deleted is True
    assert sdk.blocklist_identifiers.delete(identifier_id=blocked.id).deleted is True


STORIES = (
    invitations_are_made_found_and_revoked,
    domains_of_an_organization_are_made_found_changed_and_deleted,
    enterprise_connections_are_made_found_changed_and_deleted,
    settings_and_restrictions_are_changed_by_nothing_to_what_they_are,
    identifiers_are_allowed_and_blocked,
)
