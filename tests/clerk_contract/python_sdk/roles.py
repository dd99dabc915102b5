"""Roles, permissions and role sets, by the Python SDK. Role sets are made apart, so that nobody's own one changes."""

from clerk_backend_api import Clerk
from clerk_backend_api.models import Role

from tests.clerk_contract.python_sdk.cast import ADMIN, MEMBER
from tests.support.clerk_peer import Peer


def _role(sdk: Clerk, peer: Peer, name: str = "auditor") -> Role:
    return sdk.organization_roles.create(name=peer.called(name.capitalize()), key=f"org:{peer.keyed(name)}")


def permissions_are_made_found_changed_and_deleted(sdk: Clerk, peer: Peer) -> None:
    key = f"org:{peer.keyed('pipelines')}:run"
    made = sdk.organization_permissions.create(name=peer.called("Run"), key=key)
    assert sdk.organization_permissions.get(permission_id=made.id).key == key
    assert sdk.organization_permissions.list(query=peer.mark).total_count == 1
    changed = sdk.organization_permissions.update(permission_id=made.id, name=peer.called("Start"))
    assert changed.name == peer.called("Start")
    assert sdk.organization_permissions.delete(permission_id=made.id).deleted is True
    assert sdk.organization_permissions.list(query=peer.mark).total_count == 0


def roles_are_made_given_permissions_and_deleted(sdk: Clerk, peer: Peer) -> None:
    permission = sdk.organization_permissions.create(name=peer.called("Run"), key=f"org:{peer.keyed('pipelines')}:run")
    role = _role(sdk, peer)
    assert sdk.organization_roles.update(organization_role_id=role.id, description="Reads all").description == "Reads all"
    given = sdk.organization_roles.assign_permission(organization_role_id=role.id, permission_id=permission.id)
    assert [item.key for item in given.permissions] == [permission.key]
    taken = sdk.organization_roles.remove_permission(organization_role_id=role.id, permission_id=permission.id)
    assert taken.permissions == []
    assert sdk.organization_roles.get(organization_role_id=role.id).key == role.key
    assert [item.id for item in sdk.organization_roles.list(query=peer.mark).data] == [role.id]
    assert sdk.organization_roles.delete(organization_role_id=role.id).deleted is True
    assert sdk.organization_roles.list(query=peer.mark).total_count == 0


def role_sets_are_made_filled_and_replaced(sdk: Clerk, peer: Peer) -> None:
    first, second = _role(sdk, peer), _role(sdk, peer, "reader")
    key = f"role_set:{peer.keyed('small')}"
    duties = {"default_role_key": MEMBER, "creator_role_key": ADMIN}
    sdk.role_sets.create(name=peer.called("Small"), key=key, roles=[ADMIN, MEMBER], type_="custom", **duties)
    assert sdk.role_sets.update(role_set_key_or_id=key, description="Few").description == "Few"
    added = sdk.role_sets.add_roles(role_set_key_or_id=key, role_keys=[first.key])
    assert first.key in [role.key for role in added.roles]
    assert key in [item.key for item in sdk.role_sets.list(query=peer.mark).data]
    sdk.role_sets.add_roles(role_set_key_or_id=key, role_keys=[second.key])
    sdk.role_sets.replace_role(role_set_key_or_id=key, role_key=first.key, to_role_key=second.key)
    assert {role.key for role in sdk.role_sets.get(role_set_key_or_id=key).roles} == {ADMIN, MEMBER, second.key}
    assert sdk.role_sets.replace(role_set_key_or_id=key, dest_role_set_key="role_set:default").deleted is True


STORIES = (
    permissions_are_made_found_changed_and_deleted,
    roles_are_made_given_permissions_and_deleted,
    role_sets_are_made_filled_and_replaced,
)
