"""Somebody at the door of a house, with a browser that keeps its cookies, and the kit's IdP behind them."""

import base64
import zlib
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from aiohttp import ClientResponse, ClientSession, CookieJar
from lxml import etree

from tests.support.house import House
from tests.support.saml import document, make, names, posted


@dataclass(frozen=True)
class Page:
    """What a browser is shown, and where it is led."""

    status: int
    headers: Any
    text: str

    @property
    def location(self) -> str:
        return str(self.headers.get("Location", ""))

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.location).query).items()}

    @property
    def ticket(self) -> str:
        assert self.status == 303, self.text
        return self.query["__clerk_ticket"]

    @property
    def request(self) -> Any:
        """The AuthnRequest that this redirect carries to the IdP."""
        assert self.status == 303, self.text
        return etree.fromstring(zlib.decompress(base64.b64decode(self.query["SAMLRequest"]), -15))

    @property
    def contexts(self) -> list[str]:
        """What that request asks for."""
        return [one.text for one in self.request.iter(f"{{{names.SAML}}}AuthnContextClassRef")]


class Visitor:
    """Redirects are not followed: each step is the test's."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.http = ClientSession(cookie_jar=CookieJar(unsafe=True))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        await self.http.close()

    async def get(self, path: str) -> Page:
        async with self.http.get(f"{self.house.url}{path}", allow_redirects=False) as answer:
            return await _page(answer)

    async def send(self, path: str, **form: str) -> Page:
        async with self.http.post(f"{self.house.url}{path}", data=form, allow_redirects=False) as answer:
            return await _page(answer)

    async def bring(self, to: Page | None, look: str = "okta", *, connection: str = "acme", **changes: Any) -> Page:
        """The IdP answers the request in that redirect (None: it begins by itself), and the browser brings it here."""
        party = await self.house.parts.idps.party(connection)
        request = to.request.get("ID") if to is not None else None
        said = make(look, to=party, now=self.house.clock(), in_response_to=request, **changes)
        return await self.send(f"/saml/{connection}/acs", SAMLResponse=posted(document(said)))


async def _page(answer: ClientResponse) -> Page:
    return Page(answer.status, answer.headers, await answer.text())
