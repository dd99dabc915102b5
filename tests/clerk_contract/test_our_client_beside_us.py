"""How an instance is set up, and what it does beside us, through our own client."""

from bridge.clerk import enterprise, entrances, instance, organizations, roles, users
from bridge.clerk.api import Api
from bridge.clerk.budget import Lane
from tests.support.clerk_peer import Peer

N = Lane.NORMAL


async def test_the_instance_tells_its_settings_and_its_keys(clerk: Api) -> None:
    settings = await instance.organization_settings(clerk, lane=N)
    assert settings.enabled
    assert settings.creator_role in await roles.keys(clerk, lane=N)
    assert len(await instance.key_ids(clerk, lane=N)) >= 1
    issuer = await instance.frontend_api(clerk, lane=N)
    assert issuer is not None
    assert issuer.startswith("http")


async def test_what_leads_people_in_beside_us_is_told(clerk: Api, peer: Peer) -> None:
    place = await organizations.create(clerk, peer.called("Production"), peer.keyed("production"), lane=N)
    mia = await users.create(clerk, peer.keyed("mia"), peer.email("mia"), ("Mia", ""), lane=N)
    body = {"email_address": peer.email("guest"), "role": "org:member", "notify": False}
    await clerk.post("/organizations/{it}/invitations", body, it=place.id, lane=N)
    (invited,) = [one for one in await entrances.invitations(clerk, lane=N) if one.organization == place.id]
    assert (invited.email, invited.role) == (peer.email("guest"), "org:member")
    (room,) = await entrances.rooms(clerk, [place.id, "org_nothing"], lane=N)
    assert (room.name, room.members) == (place.name, 0)
    assert place.id not in [one.organization for one in await entrances.domains(clerk, lane=N)]
    (means,) = [one for one in await entrances.means(clerk, lane=N) if one.user == mia.id]
    assert (means.email, means.password, means.social, means.passkey) == (peer.email("mia"), False, False, False)


async def test_clerks_own_connections_and_directories_are_told(clerk: Api) -> None:
    known = {one.id for one in await enterprise.connections(clerk, lane=N)}
    assert {one.connection for one in await enterprise.directories(clerk, lane=N)} - {None} <= known
