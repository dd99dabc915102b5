"""What tests of signing in ask of a house: its IdP, and browsers that begin, come back with a response, and land."""

import base64
import zlib
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from aiohttp import ClientSession, CookieJar
from lxml import etree

from bridge.saml.party import Party
from tests.support.house import House
from tests.support.saml import again, make, posted
from tests.support.saml.messages import document
from tests.support.saml.metadata import metadata_file, slo
from tests.support.saml.signing import Seal

_CLASS = "{urn:oasis:names:tc:SAML:2.0:assertion}AuthnContextClassRef"


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


@dataclass(frozen=True)
class Landed:
    """Where a browser is led, and what it is shown."""

    status: int
    location: str
    text: str
    headers: Any

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.location).query).items()}

    @property
    def ticket(self) -> str:
        assert self.status == 303, self.text
        return self.query["__clerk_ticket"]

    @property
    def request(self) -> Any:
        """The AuthnRequest in the address."""
        assert self.status == 303, self.text
        return etree.fromstring(zlib.decompress(base64.b64decode(self.query["SAMLRequest"]), -15))

    @property
    def contexts(self) -> list[str]:
        return [one.text for one in self.request.iter(_CLASS)]


class Browser:
    """One browser, with its cookies."""

    def __init__(self, house: House, connection: str = "acme") -> None:
        self.house = house
        self.connection = connection
        self.http = ClientSession(cookie_jar=CookieJar(unsafe=True))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        await self.http.close()

    async def get(self, path: str) -> Landed:
        async with self.http.get(f"{self.house.url}{path}", allow_redirects=False) as answer:
            return Landed(answer.status, answer.headers.get("Location", ""), await answer.text(), answer.headers)

    async def begin(self, query: str = "") -> str:
        """To the IdP; the id of the request."""
        return str((await self.get(f"/saml/{self.connection}/login{query}")).request.get("ID"))

    async def post(self, message: str, **fields: str) -> Landed:
        address = f"{self.house.url}/saml/{self.connection}/acs"
        async with self.http.post(address, data={"SAMLResponse": message, **fields}, allow_redirects=False) as answer:
            return Landed(answer.status, answer.headers.get("Location", ""), await answer.text(), answer.headers)

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
