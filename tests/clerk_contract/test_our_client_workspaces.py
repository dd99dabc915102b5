"""Organizations and memberships through our own client, with the two roles that every instance has."""

import pytest

from bridge.clerk import memberships, organizations, users
from bridge.clerk.api import Api
from bridge.clerk.budget import Lane
from bridge.clerk.errors import AlreadyMember, LastGovernor, Missing, Quota, RoleMissing
from tests.support.clerk_peer import Peer

N = Lane.NORMAL
ADMIN, MEMBER = "org:admin", "org:member"


@pytest.fixture
async def mia(clerk: Api, peer: Peer) -> str:
    return await person(clerk, peer, "mia")


@pytest.fixture
async def production(clerk: Api, peer: Peer) -> str:
    return (await organizations.create(clerk, peer.called("Production"), peer.keyed("production"), lane=N)).id


@pytest.fixture
async def ada(clerk: Api, peer: Peer, production: str) -> str:
    """The only one who may govern `production`."""
    made = await person(clerk, peer, "ada")
    await memberships.add(clerk, production, made, ADMIN, "person_1", lane=N)
    return made


async def person(clerk: Api, peer: Peer, name: str) -> str:
    return (await users.create(clerk, peer.keyed(name), peer.email(name), (name.capitalize(), ""), lane=N)).id


async def test_an_organization_is_got_by_id_and_found_by_our_own_mark(clerk: Api, peer: Peer) -> None:
    name, reference = peer.called("Production"), peer.keyed("production")
    made = await organizations.create(clerk, name, reference, lane=N)
    assert (made.name, made.reference) == (name, reference)
    assert await organizations.get(clerk, made.id, lane=N) == made
    assert await organizations.find(clerk, name, reference, lane=N) == made
    assert await organizations.find(clerk, name, peer.keyed("other"), lane=N) is None
    if made.slug:  # an instance may have none
        assert await organizations.get(clerk, made.slug, lane=N) == made


async def test_an_organization_that_is_not_there_is_none(clerk: Api, peer: Peer, production: str) -> None:
    assert await organizations.get(clerk, "org_nothing", lane=N) is None
    assert await organizations.find(clerk, peer.called("Nothing"), peer.keyed("nothing"), lane=N) is None
    assert set(await organizations.some(clerk, ["org_nothing", production], lane=N)) == {production}


async def test_an_organization_somebody_else_made_has_no_mark(clerk: Api, peer: Peer) -> None:
    made = await clerk.post("/organizations", {"name": peer.called("By hand")}, lane=N)
    found = await organizations.get(clerk, made["id"], lane=N)
    assert found is not None
    assert found.reference is None


async def test_a_membership_is_added_changed_and_removed(clerk: Api, mia: str, ada: str, production: str) -> None:
    made = await memberships.add(clerk, production, mia, MEMBER, "person_1", lane=N)
    assert (made.organization, made.user, made.role, made.banned) == (production, mia, MEMBER, False)
    changed = await memberships.change(clerk, production, mia, ADMIN, lane=N)
    assert (changed.id, changed.role) == (made.id, ADMIN)
    await memberships.remove(clerk, production, mia, lane=N)
    assert await memberships.of_user(clerk, mia, lane=N) == []


async def test_a_membership_tells_for_whom_we_made_it_and_one_that_somebody_else_made_does_not(
    clerk: Api, peer: Peer, mia: str, ada: str, production: str
) -> None:
    research = (await organizations.create(clerk, peer.called("Research"), peer.keyed("research"), lane=N)).id
    made = await memberships.add(clerk, production, mia, MEMBER, "person_7", lane=N)
    changed = await memberships.change(clerk, production, mia, ADMIN, lane=N)
    assert (made.person, changed.person) == ("person_7", "person_7")
    await clerk.post("/organizations/{it}/memberships", {"user_id": mia, "role": ADMIN}, it=research, lane=N)
    found = {one.organization: one.person for one in await memberships.of_user(clerk, mia, lane=N)}
    assert found == {production: "person_7", research: None}
    assert "person_7" in {one.person for one in await memberships.everybody(clerk, production, lane=N)}


async def test_members_are_read_by_person_by_role_and_by_place(
    clerk: Api, peer: Peer, mia: str, ada: str, production: str
) -> None:
    research = (await organizations.create(clerk, peer.called("Research"), peer.keyed("research"), lane=N)).id
    one = await memberships.add(clerk, production, mia, MEMBER, "person_1", lane=N)
    two = await memberships.add(clerk, research, mia, ADMIN, "person_1", lane=N)
    assert {item.id: item for item in await memberships.of_user(clerk, mia, lane=N)} == {one.id: one, two.id: two}
    await users.ban(clerk, ada, lane=N)
    governing = await memberships.with_role(clerk, production, ADMIN, lane=N)
    assert [(item.user, item.banned) for item in governing] == [(ada, True)]
    assert {item.user for item in await memberships.everybody(clerk, production, lane=N)} == {ada, mia}
    assert [item.user for item in await memberships.among(clerk, production, [mia], lane=N)] == [mia]


async def test_a_second_membership_in_one_place_is_told(clerk: Api, mia: str, production: str) -> None:
    await memberships.add(clerk, production, mia, MEMBER, "person_1", lane=N)
    with pytest.raises(AlreadyMember):
        await memberships.add(clerk, production, mia, ADMIN, "person_1", lane=N)


async def test_what_is_not_there_cannot_be_changed_but_may_be_removed(clerk: Api, mia: str, production: str) -> None:
    with pytest.raises(Missing):
        await memberships.change(clerk, production, mia, ADMIN, lane=N)
    with pytest.raises(Missing):
        await memberships.add(clerk, "org_nothing", mia, ADMIN, "person_1", lane=N)
    with pytest.raises(Missing):
        await memberships.of_user(clerk, "user_nobody", lane=N)
    await memberships.remove(clerk, production, mia, lane=N)


async def test_the_last_one_who_may_govern_is_neither_lowered_nor_removed(clerk: Api, ada: str, production: str) -> None:
    with pytest.raises(LastGovernor):
        await memberships.change(clerk, production, ada, MEMBER, lane=N)
    with pytest.raises(LastGovernor):
        await memberships.remove(clerk, production, ada, lane=N)


async def test_a_full_workspace_is_told(clerk: Api, mia: str, ada: str, production: str) -> None:
    await clerk.patch("/organizations/{it}", {"max_allowed_memberships": 1}, it=production, lane=N)
    with pytest.raises(Quota):
        await memberships.add(clerk, production, mia, MEMBER, "person_1", lane=N)


async def test_a_role_the_instance_lacks_is_told(clerk: Api, mia: str, production: str) -> None:
    with pytest.raises(RoleMissing):
        await memberships.add(clerk, production, mia, "org:nonsense", "person_1", lane=N)
    await memberships.add(clerk, production, mia, MEMBER, "person_1", lane=N)
    with pytest.raises(RoleMissing):
        await memberships.change(clerk, production, mia, "org:nonsense", lane=N)
