"""The instance through our own client: who it is, its roles and role sets, its JWT templates."""

import time

from bridge.clerk import instance, jwt_templates, permissions, role_sets, roles
from bridge.clerk.api import API_VERSION, Api
from bridge.clerk.budget import Lane
from bridge.clerk.errors import KeyRefused
from bridge.settings import Secret
from tests.support.clerk_peer import Peer

N = Lane.NORMAL


async def test_the_roles_of_the_instance_are_known_by_their_keys(clerk: Api) -> None:
    assert {"org:admin", "org:member"} <= await roles.keys(clerk, lane=N)


async def test_what_a_role_may_do_is_known(clerk: Api, peer: Peer) -> None:
    key = f"org:{peer.keyed('pipelines')}:run"
    permission = await clerk.post("/organization_permissions", {"name": peer.called("Run"), "key": key}, lane=N)
    body = {"name": peer.called("Runner"), "key": f"org:{peer.keyed('runner')}", "permissions": [permission["id"]]}
    made = await clerk.post("/organization_roles", body, lane=N)
    (found,) = [role for role in await roles.known(clerk, lane=N) if role.id == made["id"]]
    assert found.holds(key)
    assert permissions.Permission(permission["id"], key) in await permissions.known(clerk, lane=N)


async def test_new_organizations_have_a_set_of_roles_with_duties(clerk: Api) -> None:
    (initial,) = [one for one in await role_sets.known(clerk, lane=N) if one.initial]
    assert {initial.default_role, initial.creator_role} <= set(initial.roles)


async def test_a_template_is_known_with_its_claims(clerk: Api, peer: Peer) -> None:
    body = {"name": peer.keyed("reports"), "claims": {"aud": "reports"}, "lifetime": 120, "allowed_clock_skew": 7}
    await clerk.post("/jwt_templates", body, lane=N)
    (found,) = [one for one in await jwt_templates.known(clerk, lane=N) if one.name == peer.keyed("reports")]
    assert (found.claims, found.lifetime, found.clock_skew, found.own_key) == ({"aud": "reports"}, 120, 7, False)


async def test_the_instance_is_greeted_and_tells_its_clock_and_version(peer: Peer) -> None:
    found = await instance.greet(peer.url, Secret(peer.secret_key, "test"))
    assert (found.environment, found.version, found.refused) == ("development", API_VERSION, None)
    assert found.date is not None
    assert abs(found.date / 1000 - time.time()) < 60
    refused = await instance.greet(peer.url, Secret("sk_test_of_nobody", "test"))
    assert isinstance(refused.refused, KeyRefused)
