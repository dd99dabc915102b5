"""Attacks on single logout over HTTP: nobody is signed out by them, nothing breaks, and the honest request still works."""

from collections.abc import Awaitable, Callable

from sqlalchemy import text
from yarl import URL

from scim.ports import Tx
from tests.saml.attacks.doors import Visitor, opened
from tests.saml.attacks.gallery.logouts import logouts
from tests.support.house import House
from tests.support.saml import party, say
from tests.support.saml.logouts import logout_request, query

Houses = Callable[..., Awaitable[House]]


def _ended(tx: Tx) -> list[bool]:
    return [row["ended"] is not None for row in tx.all(text("SELECT ended FROM signed_in ORDER BY pk"))]


async def signed_in(visitor: Visitor) -> None:
    await visitor.begins()
    assert (await visitor.posts(say(session_index="_s1", groups=("engineers",)))).let_in


async def asks(visitor: Visitor, raw_query: str, connection: str = "acme") -> tuple[int, str]:
    """The answer to a query exactly as it is written, for its octets are signed: status, and where it leads."""
    address = URL(f"{visitor.house.url}/saml/{connection}/slo?{raw_query}", encoded=True)
    headers = {"Cookie": f"__Host-bridge_sign_in={visitor.secret}"}
    async with visitor.http.get(address, headers=headers, allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Location", "")


async def test_no_attack_signs_anybody_out_and_the_idp_does(houses: Houses) -> None:
    house = await opened(await houses())
    async with Visitor(house) as visitor:
        await signed_in(visitor)
        fired = 0
        for attack in logouts.attacks:
            if attack.control or (shot := attack.shot()).at != party() or len(shot.message) > 200_000:
                continue  # a query of hundreds of kilobytes is cut off by the server itself, below
            status, leads = await asks(visitor, shot.message)
            assert 400 <= status < 500, attack.sentence
            assert leads == "", attack.sentence
            fired += 1
        assert fired > 150
        assert await house.parts.database.read(_ended) == [False]
        status, leads = await asks(visitor, query(logout_request()))
        assert status == 303
        assert leads.startswith("https://idp.acme.test/slo?SAMLResponse=")
        assert await house.parts.database.read(_ended) == [True]


async def test_a_logout_of_somebody_else_at_another_connection_ends_nothing_here(houses: Houses) -> None:
    """One IdP for both connections: what it says to one is nothing at the other."""
    house = await opened(await houses())
    async with Visitor(house) as visitor:
        await signed_in(visitor)
        theirs = query(logout_request(party("beta")))
        assert (await asks(visitor, theirs))[0] == 400
        assert (await asks(visitor, theirs, "beta"))[0] == 303  # rightly asked there, where nobody of that name is signed in
        assert await house.parts.database.read(_ended) == [False]


async def test_a_logout_that_was_seen_on_its_way_can_not_be_used_again(houses: Houses) -> None:
    house = await opened(await houses())
    async with Visitor(house) as visitor:
        seen = query(logout_request())
        await signed_in(visitor)
        assert (await asks(visitor, seen))[0] == 303
        await visitor.begins("_" + "99" * 16)
        assert (await visitor.posts(say(in_response_to="_" + "99" * 16, session_index="_s1", groups=("engineers",)))).let_in
        await asks(visitor, seen)
        assert await house.parts.database.read(_ended) == [True, False]
