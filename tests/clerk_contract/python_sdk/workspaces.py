"""Organizations and memberships, by the Python SDK."""

from clerk_backend_api import Clerk

from tests.clerk_contract.python_sdk.cast import ADMIN, MEMBER, person, workspace
from tests.support.clerk_peer import Peer


def organizations_are_created_found_changed_and_deleted(sdk: Clerk, peer: Peer) -> None:
    ada = person(sdk, peer)
    made = workspace(sdk, peer, ada)
    assert sdk.organizations.get(organization_id=made.id, include_members_count=True).members_count == 1
    assert [item.id for item in sdk.organizations.list(user_id=[ada.id]).data] == [made.id]
    assert sdk.organizations.update(organization_id=made.id, name=peer.called("Live")).name == peer.called("Live")
    merged = sdk.organizations.merge_metadata(organization_id=made.id, public_metadata={"a": 1})
    assert merged.public_metadata == {"a": 1}
    replaced = sdk.organizations.replace_metadata(organization_id=made.id, public_metadata={"b": 1})
    assert replaced.public_metadata == {"b": 1}
    assert sdk.organizations.delete(organization_id=made.id).deleted is True
    assert sdk.organizations.list(query=peer.mark).total_count == 0


def memberships_are_given_changed_listed_and_taken_away(sdk: Clerk, peer: Peer) -> None:
    ada, mia = person(sdk, peer), person(sdk, peer, "mia").id
    place = {"organization_id": workspace(sdk, peer, ada).id}
    given = sdk.organization_memberships.create(**place, user_id=mia, role=MEMBER)
    assert (given.role, given.organization.id) == (MEMBER, place["organization_id"])
    changed = sdk.organization_memberships.update(**place, user_id=mia, role=ADMIN)
    assert (changed.id, changed.role) == (given.id, ADMIN)
    sdk.organization_memberships.update_metadata(**place, user_id=mia, public_metadata={"a": 1})
    listed = sdk.organization_memberships.list(**place, order_by="+created_at")
    assert [item.public_user_data.user_id for item in listed.data] == [ada.id, mia]
    assert sdk.users.get_organization_memberships(user_id=mia).data[0].public_metadata == {"a": 1}
    assert sdk.users.get_instance_organization_memberships(limit=1).total_count >= 2
    assert sdk.organization_memberships.delete(**place, user_id=mia).id == given.id
    assert sdk.users.get_organization_memberships(user_id=mia).total_count == 0


STORIES = (organizations_are_created_found_changed_and_deleted, memberships_are_given_changed_listed_and_taken_away)
