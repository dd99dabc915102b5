"""The same human through two connections: a person of ours already, though the second one's IdP is new to them."""

from collections.abc import Awaitable, Callable

from tests.signin.coming import Browser, signing
from tests.support.house import House

Houses = Callable[..., Awaitable[House]]


async def test_a_first_sign_in_by_another_connection_joins_the_person_and_lets_them_in_at_once(houses: Houses) -> None:
    house = await houses()
    await house.stop()
    house.connection("labs", domains=[], directory="none", sign_in={"saml": {"metadata": "file:idp.xml"}})
    house.mapping("labs", rules=[{"name": "All", "when": {"everyone": True}, "grant": {"research": "viewer"}}])
    await signing(house, directory="none", shared_with=["labs"])
    async with Browser(house) as acme, Browser(house, "labs") as labs:
        assert (await acme.come(groups=("engineers",))).ticket
        user = house.clerk_user("mia")["id"]
        landed = await labs.come(facts={"email": "mia@acme.example", "id": "another-id"})
        assert landed.ticket
        assert house.clerk_user("mia")["id"] == user
        assert house.roles()["mia"] == {"production": "editor", "research": "viewer"}
        (joined,) = await house.audit("person.joined", connection="labs")
        assert joined.facts["clerk_user"] == user
        assert (await acme.come(groups=("engineers",))).ticket
