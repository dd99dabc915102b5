"""Somebody at the door of a house, with a browser that keeps its cookies, and the kit's IdP behind them."""

import base64
import re
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiohttp import ClientSession, CookieJar

from tests.support.house import House
from tests.support.saml import document, make, posted

_ID = re.compile(rb'\bID="([^"]+)"')


@dataclass(frozen=True)
class Page:
    status: int
    headers: Any
    text: str

    @property
    def location(self) -> str:
        return str(self.headers["Location"])

    @property
    def request_id(self) -> str:
        """Of the AuthnRequest that this redirect carries to the IdP."""
        sent = parse_qs(urlsplit(self.location).query)["SAMLRequest"][0]
        found = _ID.search(zlib.decompress(base64.b64decode(sent), -15))
        assert found is not None
        return found[1].decode()


@dataclass(frozen=True)
class Visitor:
    """Redirects are not followed: each step is the test's."""

    house: House
    session: ClientSession

    async def get(self, path: str) -> Page:
        async with self.session.get(f"{self.house.url}{path}", allow_redirects=False) as answer:
            return Page(answer.status, answer.headers, await answer.text())

    async def post(self, path: str, **form: str) -> Page:
        async with self.session.post(f"{self.house.url}{path}", data=form, allow_redirects=False) as answer:
            return Page(answer.status, answer.headers, await answer.text())

    async def answer(self, to: Page | None, look: str = "okta", *, connection: str = "acme", **changes: Any) -> Page:
        """The IdP answers the request in that redirect (None: it begins by itself), and the browser brings it here."""
        party = await self.house.parts.idps.party(connection)
        request = to.request_id if to is not None else None
        said = make(look, to=party, now=self.house.clock(), in_response_to=request, **changes)
        return await self.post(f"/saml/{connection}/acs", SAMLResponse=posted(document(said)))


@asynccontextmanager
async def visiting(house: House) -> AsyncIterator[Visitor]:
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        yield Visitor(house, session)
