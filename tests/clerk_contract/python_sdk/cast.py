"""Who and what the stories of the Python SDK begin with. Roles are Clerk's own two, which every instance has."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from clerk_backend_api import Clerk
from clerk_backend_api.models import Organization, OrganizationSettings, User

from tests.support.clerk_peer import Peer

ADMIN, MEMBER = "org:admin", "org:member"


def person(sdk: Clerk, peer: Peer, name: str = "ada") -> User:
    """Somebody with an address, an external id, a name, and no password."""
    return sdk.users.create(
        email_address=[peer.email(name)],
        external_id=peer.keyed(name),
        first_name=name.capitalize(),
        last_name=peer.mark,
        skip_password_requirement=True,
        skip_legal_checks=True,
    )


@contextmanager
def settings(sdk: Clerk, **changed: Any) -> Iterator[OrganizationSettings]:
    """What holds for every organization, changed; as it was, when the block ends."""
    before = sdk.instance_settings.get_organization_settings()
    try:
        yield sdk.instance_settings.update_organization_settings(request=changed)
    finally:
        was = {name: getattr(before, name) for name in changed}
        assert sdk.instance_settings.update_organization_settings(request=was) == before


def workspace(sdk: Clerk, peer: Peer, owner: User) -> Organization:
    """An organization with one member."""
    return sdk.organizations.create(request={"name": peer.called("Production"), "created_by": owner.id})
