"""What tests of signing in ask of a house: its IdP, and browsers that begin, come back with a response, and land."""

from typing import Any

from bridge.saml.party import Party
from tests.support.at_the_door import Page, Visitor
from tests.support.house import House
from tests.support.saml import Seal, again, document, make, posted
from tests.support.saml.metadata import metadata_file, slo


async def signing(
    house: House, *, saml: dict[str, Any] | None = None, sign_in: dict[str, Any] | None = None, **keys: Any
) -> House:
    """Start the house (again) with sign-in by SAML for acme; `saml`, `sign_in` and `keys` over sensible ones."""
    await house.stop()
    (house.folder / "config").mkdir(exist_ok=True)
    metadata_file(house.folder / "config", slo())
    saml = {"metadata": "file:idp.xml", **(saml or {})}
    house.connection(sign_in={"saml": saml, **(sign_in or {})}, **keys)
    await house.start()
    return house


Landed = Page


class Browser(Visitor):
    """One browser, at one connection."""

    def __init__(self, house: House, connection: str = "acme") -> None:
        super().__init__(house)
        self.connection = connection

    async def begin(self, query: str = "") -> str:
        """To the IdP; the id of the request."""
        return str((await self.get(f"/saml/{self.connection}/login{query}")).request.get("ID"))

    async def post(self, message: str, **fields: str) -> Landed:
        return await self.send(f"/saml/{self.connection}/acs", SAMLResponse=message, **fields)

    async def come(self, name: str = "mia", look: str = "okta", /, *, query: str = "", **said: Any) -> Landed:
        """Begin, be somebody at the IdP, and come back."""
        return await self.post(await self.answer(name, look, in_response_to=await self.begin(query), **said))

    async def answer(self, name: str = "mia", look: str = "okta", /, **said: Any) -> str:
        """What the IdP says about somebody now."""
        return await says(self.house, name, look, connection=self.connection, **said)


async def says(house: House, name: str = "mia", look: str = "okta", /, *, connection: str = "acme", **said: Any) -> str:
    """A response of a house's IdP about somebody, signed as that IdP would."""
    to, email = await party(house, connection), f"{name}@{connection}.example"
    facts = {
        "email": email,
        "first": name.capitalize(),
        "last": "Doe",
        "full": f"{name.capitalize()} Doe",
        "id": f"ext-{name}",
    }
    told = {"name_id": email, "facts": facts | said.pop("facts", {}), "now": house.clock(), **said}
    return posted(document(make(look, to=to, **told)))


async def party(house: House, connection: str = "acme") -> Party:
    return await house.parts.idps.party(connection)


__all__ = ["Browser", "Landed", "Seal", "again", "party", "says", "signing"]
