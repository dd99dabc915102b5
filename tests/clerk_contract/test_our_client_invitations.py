"""Invitations through our own client. Those that a test makes itself send no mail."""

import pytest

from bridge.clerk import invitations, memberships, organizations, users
from bridge.clerk.api import Api
from bridge.clerk.budget import Lane
from bridge.clerk.errors import ClerkError
from tests.support.clerk_peer import Peer

N = Lane.NORMAL
MEMBER = "org:member"


@pytest.fixture
async def production(clerk: Api, peer: Peer) -> str:
    return (await organizations.create(clerk, peer.called("Production"), peer.keyed("production"), lane=N)).id


async def test_an_invitation_is_sent_once_found_and_taken_back_once(clerk: Api, peer: Peer, production: str) -> None:
    email = peer.email("guest")
    sent = await invitations.send(clerk, production, email, MEMBER, lane=N)
    assert (sent.email, sent.role, sent.status) == (email, MEMBER, "pending")
    assert await invitations.pending(clerk, production, email, lane=N) == sent
    assert await invitations.accepted(clerk, production, sent.id, lane=N) is False
    with pytest.raises(ClerkError):
        await invitations.send(clerk, production, email, MEMBER, lane=N)
    assert await invitations.revoke(clerk, production, sent.id, lane=N) is True
    assert await invitations.revoke(clerk, production, sent.id, lane=N) is False
    assert await invitations.pending(clerk, production, email, lane=N) is None


async def test_an_invitation_that_is_not_there_is_none(clerk: Api, peer: Peer, production: str) -> None:
    assert await invitations.pending(clerk, production, peer.email("nobody"), lane=N) is None
    assert await invitations.accepted(clerk, production, "orginv_nothing", lane=N) is False
    assert await invitations.revoke(clerk, production, "orginv_nothing", lane=N) is False


async def test_a_member_is_found_by_address_and_by_user(clerk: Api, peer: Peer, production: str) -> None:
    email = peer.email("mia")
    assert await memberships.with_email(clerk, production, email, lane=N) is None
    mia = await users.create(clerk, peer.keyed("mia"), email, ("Mia", ""), lane=N)
    assert await memberships.with_user(clerk, production, mia.id, lane=N) is None
    made = await memberships.add(clerk, production, mia.id, MEMBER, "person_1", lane=N)
    assert await memberships.with_user(clerk, production, mia.id, lane=N) == made
    assert await memberships.with_email(clerk, production, email, lane=N) == made
