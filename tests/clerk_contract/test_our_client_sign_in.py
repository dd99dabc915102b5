"""Sessions and tickets through our own client."""

from typing import Any

import jwt
import pytest

from bridge.clerk import jwt_templates, memberships, organizations, sessions, tickets, users
from bridge.clerk.api import Api
from bridge.clerk.budget import Lane
from bridge.clerk.errors import ClerkError
from tests.support.clerk_peer import Peer

N = Lane.NORMAL


@pytest.fixture
async def mia(clerk: Api, peer: Peer) -> str:
    return (await users.create(clerk, peer.keyed("mia"), peer.email("mia"), ("Mia", "Chen"), lane=N)).id


@pytest.fixture
async def production(clerk: Api, peer: Peer, mia: str) -> str:
    made = await organizations.create(clerk, peer.called("Production"), peer.keyed("production"), lane=N)
    await memberships.add(clerk, made.id, mia, "org:member", "person_1", lane=N)
    return made.id


async def test_live_sessions_are_found_and_ended(clerk: Api, mia: str, production: str) -> None:
    first = await clerk.post("/sessions", {"user_id": mia, "active_organization_id": production}, lane=N)
    second = await clerk.post("/sessions", {"user_id": mia}, lane=N)
    live = {one.id: one for one in await sessions.live(clerk, mia, lane=N)}
    assert live.keys() == {first["id"], second["id"]}
    assert live[first["id"]].organization == production
    assert live[first["id"]].created <= live[first["id"]].active < live[first["id"]].expires
    assert await sessions.revoke(clerk, first["id"], lane=N) is True
    assert [one.id for one in await sessions.live(clerk, mia, lane=N)] == [second["id"]]


async def test_sessions_that_are_not_there_are_none_and_end_without_a_word(clerk: Api) -> None:
    assert await sessions.live(clerk, "user_nobody", lane=N) == []
    assert await sessions.revoke(clerk, "sess_nothing", lane=N) is False


async def test_a_session_mints_tokens_of_its_own_and_of_a_template(clerk: Api, peer: Peer, mia: str) -> None:
    session = await clerk.post("/sessions", {"user_id": mia}, lane=N)
    body = {"name": peer.keyed("reports"), "claims": {"aud": "reports"}}
    await clerk.post("/jwt_templates", body, lane=N)
    own = read(await jwt_templates.mint(clerk, session["id"], lane=N))
    assert (own["sub"], own["sid"]) == (mia, session["id"])
    minted = read(await jwt_templates.mint(clerk, session["id"], peer.keyed("reports"), lane=N))
    assert (minted["sub"], minted["aud"], minted["iss"]) == (mia, "reports", own["iss"])


def read(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


async def test_a_ticket_is_made_and_revoked_once(clerk: Api, mia: str, production: str) -> None:
    ticket = await tickets.create(clerk, mia, production, lasts=60, lane=N)
    assert ticket.user == mia
    assert len(ticket.token) > 20
    assert await tickets.revoke(clerk, ticket.id, lane=N) is True
    assert await tickets.revoke(clerk, ticket.id, lane=N) is False


async def test_a_ticket_into_a_place_of_others_is_refused(clerk: Api, peer: Peer, mia: str) -> None:
    elsewhere = await organizations.create(clerk, peer.called("Elsewhere"), peer.keyed("elsewhere"), lane=N)
    with pytest.raises(ClerkError) as caught:
        await tickets.create(clerk, mia, elsewhere.id, lasts=60, lane=N)
    assert caught.value.status in {403, 404, 422}
