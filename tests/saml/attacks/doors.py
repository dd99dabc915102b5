"""A house whose connection is the kit's own `party()`, at the kit's own moment: attacks made for the gate fit its door."""

import io
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

from aiohttp import ClientSession, DummyCookieJar

from bridge.signin import attempts
from bridge.signin.attempts import LASTS_MS, Attempt
from tests.support.house import Clock, House
from tests.support.saml import NOW, REQUEST, SP, signer
from tests.support.saml.metadata import metadata_file, slo

COOKIE = "__Host-bridge_sign_in"
FORM = "application/x-www-form-urlencoded"


class Still(Clock):
    """The kit's own moment, and what a test adds: attacks at the edge of a time stay on their side of it."""

    def __call__(self) -> int:
        return NOW + self.added


async def opened(house: House, **saml: Any) -> House:
    """The house again, as the kit knows it: connection acme (and beta, of the same IdP), people made as they come."""
    await house.stop()
    config = house.folder / "config"
    metadata_file(config, slo())
    (config / "sp.pem").write_text(signer("sp").pem(), encoding="utf-8")
    (config / "bridge.yaml").write_text(
        f"public_url: {SP}\ndashboard_url: https://dashboard.test/sign-in\nclerk: {{calls_per_10s: 100000}}\n",
        encoding="utf-8",
    )
    saml = {"metadata": "file:idp.xml", "keys": ["file:sp.pem"], **saml}
    for name in ("acme", "beta"):
        house.connection(name, directory="none", domains=[f"{name}.test"], sign_in={"saml": saml}, provider="generic")
    house.mapping("beta")
    house.clock = Still()
    await house.start()
    return house


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    @property
    def let_in(self) -> bool:
        return "__clerk_ticket" in self.location

    @property
    def page(self) -> str:
        """What is shown, but for the id of the request."""
        return self.text.replace(self.headers.get("X-Request-Id", "\0"), "ID")


@dataclass
class Visitor:
    """A browser or something that calls itself one: it sends what it is told to. `secret`: what its cookie says."""

    house: House
    secret: str | None = field(default_factory=lambda: secrets.token_urlsafe(32))
    http: ClientSession = field(default_factory=lambda: ClientSession(cookie_jar=DummyCookieJar()))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        await self.http.close()

    async def begins(self, id: str = REQUEST, *, connection: str = "acme", target: str | None = None) -> str:
        """An attempt under way in this browser, by the id of its request."""
        assert self.secret is not None
        browser, now = attempts.digest(self.secret), self.house.clock()
        attempt = Attempt(id, connection, "login", browser, target, None, 0, False, now, now + LASTS_MS)
        await self.house.parts.database.write(lambda tx: attempts.begin(tx, attempt))
        return id

    async def posts(self, message: str, *, connection: str = "acme", **more: str) -> Answer:
        """The form that an IdP's page has a browser post."""
        body = urlencode({"SAMLResponse": message, **more}).encode()
        return await self.asks("POST", f"/saml/{connection}/acs", headers={"Content-Type": FORM}, data=body)

    async def asks(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, data: Any = None) -> Answer:
        sent = {"Cookie": f"{COOKIE}={self.secret}"} if self.secret is not None else {}
        if isinstance(data, bytes):
            data = io.BytesIO(data)
        async with self.http.request(
            method, f"{self.house.url}{path}", headers={**sent, **(headers or {})}, data=data, allow_redirects=False
        ) as answer:
            return Answer(answer.status, await answer.text(errors="replace"), answer.headers.copy())


def leads_away(answer: Answer) -> bool:
    """Whether a browser would go to a host that is neither ours, the IdP's nor the dashboard's."""
    return bool(answer.location) and not re.match(
        r"(/(?![/\\])|https://(dashboard\.test|idp\.acme\.test|bridge\.test)(/|\?|$))", answer.location
    )
