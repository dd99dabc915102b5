"""The whole service with one connection whose IdP is SimpleSAMLphp, the sandbox as Clerk, and a browser between them."""

from dataclasses import dataclass
from typing import Any

import orjson
import yaml

from tests.peers.simplesamlphp.browser import Browser, Page
from tests.peers.simplesamlphp.idp import PASSWORD, SimpleSamlPhp, free_port
from tests.support.house import House
from tests.support.saml.keys import signer

OURS = signer("bridge").pem()
CERTIFICATE = OURS[OURS.index("-----BEGIN CERTIFICATE-----") :]


@dataclass(frozen=True)
class Acme:
    """`base`: our side of the connection, as the IdP knows it."""

    house: House
    idp: SimpleSamlPhp
    base: str

    @property
    def dashboard(self) -> str:
        return f"{self.house.sandbox.url}/dashboard"

    async def sign_in(self, browser: Browser, name: str = "mia", *, begin: str | None = None) -> Page:
        """From our address, or from another one, to where it ends; the password is asked for if nobody is known there."""
        page = await browser.get(begin or f"{self.base}/login?to=/reports")
        if "password" in page.form.fields:
            page = await browser.submit(page, username=name, password=PASSWORD)
        assert "SAMLResponse" in page.form.fields, page.text
        return await browser.submit(page)

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


async def opened(houses: Any, idp: SimpleSamlPhp, *, there: dict[str, Any] | None = None, **saml: Any) -> Acme:
    """`there`: what SimpleSAMLphp is told of us, in its own words; `saml`: what we are told of it."""
    house: House = await houses()
    await house.stop()
    config, house.port = house.folder / "config", free_port()
    public = f"http://127.0.0.1:{house.port}"
    ours = {
        "public_url": public,
        "dashboard_url": f"{house.sandbox.url}/dashboard/sign-in",
        "clerk": {"calls_per_10s": 100000},
    }
    (config / "bridge.yaml").write_text(yaml.safe_dump(ours), encoding="utf-8")
    (config / "bridge.key").write_text(OURS, encoding="utf-8")
    (config / "idp.xml").write_bytes(idp.metadata())
    sign_in = {"saml": {"metadata": "file:idp.xml", "keys": ["file:bridge.key"], **saml}}
    house.connection(provider="generic", directory="none", sign_in=sign_in)
    await house.start()
    acme = Acme(house, idp, f"{public}/saml/acme")
    idp.provider(acme.base, CERTIFICATE, **(there or {}))
    return acme
