"""The whole service with one connection whose IdP nobody here wrote, the sandbox as Clerk, and a browser between them."""

from dataclasses import dataclass
from typing import Any, Protocol

import orjson
import yaml

from bench.ports import free_port
from tests.peers.browser import Browser, Page
from tests.support.house import House
from tests.support.saml.keys import signer

OURS = signer("bridge").pem()
CERTIFICATE = OURS[OURS.index("-----BEGIN CERTIFICATE-----") :]


class Idp(Protocol):
    """`form`: what its page calls the name and the password; `logout`: where somebody signs out there."""

    form: tuple[str, str]
    url: str

    @property
    def logout(self) -> str: ...
    def password(self, name: str) -> str: ...
    def provider(self, base: str, certificate: str | None = None, **options: Any) -> None: ...
    def metadata(self) -> bytes: ...
    def begin(self, base: str, relay_state: str | None = None) -> str: ...


@dataclass(frozen=True)
class Acme:
    """`base`: our side of the connection, as the IdP knows it."""

    house: House
    idp: Idp
    base: str

    @property
    def dashboard(self) -> str:
        return f"{self.house.sandbox.url}/dashboard"

    async def posting(self, browser: Browser, name: str = "mia", *, begin: str | None = None) -> Page:
        """The page that posts the IdP's answer; the password is asked for if nobody is known there."""
        page = await browser.get(begin or f"{self.base}/login?to=/reports")
        user, password = self.idp.form
        if password in page.form.fields:
            page = await browser.submit(page, **{user: name, password: self.idp.password(name)})
        assert "SAMLResponse" in page.form.fields, page.text
        return page

    async def sign_in(self, browser: Browser, name: str = "mia", *, begin: str | None = None) -> Page:
        """From our address, or from another one, to where it ends."""
        return await browser.submit(await self.posting(browser, name, begin=begin))

    async def also(self, name: str) -> "Acme":
        """Another connection of the same IdP, for the same people."""
        saml = {"metadata": "file:idp.xml", "keys": ["file:bridge.key"]}
        keys: dict[str, Any] = {"provider": "generic", "directory": "none", "sign_in": {"saml": saml}}
        await self.house.stop()
        self.house.connection(shared_with=[name], **keys)
        self.house.connection(name, domains=[], **keys)
        self.house.mapping(name)
        await self.house.start()
        other = Acme(self.house, self.idp, f"{self.base.rpartition('/')[0]}/{name}")
        self.idp.provider(other.base, CERTIFICATE, validate__logout=True)
        return other

    async def shown(self, browser: Browser) -> dict[str, Any] | None:
        """What the dashboard shows them; None: they are not signed in."""
        page = await browser.get(f"{self.dashboard}/reports?format=json")
        shown: dict[str, Any] | None = orjson.loads(page.text) if page.text.startswith("{") else None
        return shown

    async def asked(self, browser: Browser) -> bool:
        """Whether the IdP asks them for a password when they come anew."""
        return self.idp.form[1] in (await browser.get(f"{self.base}/login")).form.fields


async def opened(
    houses: Any, idp: Idp, *, there: dict[str, Any] | None = None, domain: str = "acme.example", **saml: Any
) -> Acme:
    """`there`: what the IdP is told of us, in its own words; `saml`: what we are told of it; `domain`: of its people."""
    house: House = await houses()
    await house.stop()
    config, house.port = house.folder / "config", free_port()
    public = f"http://127.0.0.1:{house.port}"
    acme = Acme(house, idp, f"{public}/saml/acme")
    idp.provider(acme.base, CERTIFICATE, **(there or {}))
    dashboard = f"{house.sandbox.url}/dashboard/sign-in"
    ours = {"public_url": public, "dashboard_url": dashboard, "clerk": {"calls_per_10s": 100000}}
    (config / "bridge.yaml").write_text(yaml.safe_dump(ours), encoding="utf-8")
    (config / "bridge.key").write_text(OURS, encoding="utf-8")
    (config / "idp.xml").write_bytes(idp.metadata())
    sign_in = {"saml": {"metadata": "file:idp.xml", "keys": ["file:bridge.key"], **saml}}
    house.connection(provider="generic", directory="none", domains=[domain], sign_in=sign_in)
    await house.start()
    return acme
