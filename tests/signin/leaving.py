"""What tests of single logout ask of a house whose connection signs people in by SAML: its IdP's messages, and browsers."""

import base64
import secrets
import zlib
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from aiohttp import ClientResponse, ClientSession
from lxml import etree
from yarl import URL

from bridge.people import accounts
from bridge.saml import instants, redirect
from bridge.saml.assertion import Assertion, NameId, Proof
from bridge.saml.party import Party
from bridge.signin import attempts, signed_in
from scim.ports import Tx
from tests.sessions.test_sessions_command import redeemed
from tests.sessions.watched import Houses, engineer, person
from tests.support.house import House
from tests.support.saml.keys import Signer, signer

IDP, SSO, SLO = "https://idp.acme.test/", "https://idp.acme.test/sso", "https://idp.acme.test/slo"
NS = {"p": "urn:oasis:names:tc:SAML:2.0:protocol", "a": "urn:oasis:names:tc:SAML:2.0:assertion"}
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"


def metadata(*, slo: bool = True) -> str:
    """What the IdP publishes."""
    certificate = base64.b64encode(signer().der).decode()
    redirects = 'Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"'
    endpoint = f'<md:SingleLogoutService {redirects} Location="{SLO}"/>' if slo else ""
    return f"""<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{IDP}">
      <md:IDPSSODescriptor protocolSupportEnumeration="{NS["p"]}"><md:KeyDescriptor use="signing">
        <ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>{certificate}
        </ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>{endpoint}
        <md:SingleSignOnService {redirects} Location="{SSO}"/></md:IDPSSODescriptor></md:EntityDescriptor>"""


async def opened(houses: Houses, *, slo: bool = True, **saml: Any) -> House:
    """A house whose connection has that IdP, and in it mia, who may enter production."""
    house = await houses()
    await house.stop()
    (house.folder / "config" / "idp.xml").write_text(metadata(slo=slo), encoding="utf-8")
    (house.folder / "config" / "bridge.key").write_text(signer("bridge").pem(), encoding="utf-8")
    house.connection(sign_in={"saml": {"metadata": "file:idp.xml", "keys": ["file:bridge.key"], **saml}})
    await house.start()
    await engineer(house)
    return house


async def party(house: House) -> Party:
    return await house.parts.idps.party("acme")


@dataclass
class Browser:
    """Its cookie, and the sign-ins that were accepted in it; as the assertion consumer does it."""

    house: House
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    async def sign_in(self, name: str = "mia", index: str | None = "s1", *, use: bool = True) -> int:
        """Somebody was accepted, got a ticket and, unless they left it, a session."""
        house, pk, theirs = self.house, await person(self.house, name), await party(self.house)
        entry = await house.parts.finish.by_ticket(pk, "acme")
        proof, now = Proof("assertion", "", "", ""), house.clock()
        said = Assertion("_1", IDP, None, now, now, name_id(name), {}, None, None, index, None, proof)

        def work(tx: Tx) -> int:
            account = accounts.of_person(tx, pk)[0].pk
            browser = attempts.digest(self.secret)
            row = signed_in.begin(tx, theirs, said, account=account, person=pk, browser=browser, now=now)
            assert signed_in.ticketed(tx, row, entry.ticket.id)
            return row

        row = await house.parts.database.write(work)
        if use:
            await redeemed(house, entry.ticket.token)
        return row

    async def get(self, path: str, *, method: str = "GET") -> "Answer":
        cookies = {"bridge_sign_in": self.secret}
        async with (
            ClientSession(cookies=cookies) as http,
            http.request(method, URL(f"{self.house.url}{path}", encoded=True), allow_redirects=False) as answer,
        ):
            return Answer(answer, await answer.text())

    async def slo(self, query: str) -> "Answer":
        return await self.get(f"/saml/acme/slo?{query}")


@dataclass(frozen=True)
class Answer:
    """What came back; where it leads, and what it says to the IdP there."""

    response: ClientResponse
    text: str

    @property
    def status(self) -> int:
        return self.response.status

    @property
    def location(self) -> str:
        return self.response.headers["Location"]

    def message(self, kind: str) -> Any:
        """The message in the address that it leads to, signed by us."""
        query = urlsplit(self.location).query
        redirect.receive(query, kind, (signer("bridge").certificate,))  # type: ignore[arg-type]
        return etree.fromstring(zlib.decompress(base64.b64decode(parse_qs(query)[kind][0]), -15))

    @property
    def success(self) -> bool:
        """Of a LogoutResponse."""
        assert self.location.startswith(SLO)
        return bool(self.message("SAMLResponse").find("p:Status/p:StatusCode", NS).get("Value") == SUCCESS)

    @property
    def relay_state(self) -> str | None:
        return dict(parse_qsl(urlsplit(self.location).query)).get("RelayState")


def name_id(name: str) -> NameId:
    return NameId(f"{name}@acme.example", "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress")


async def request(
    house: House, name: str = "mia", *indexes: str, id: str | None = None, by: Signer | None = None, state: str | None = None
) -> str:
    """The query by which the IdP says that somebody signed out there."""
    named = "".join(f"<p:SessionIndex>{index}</p:SessionIndex>" for index in indexes)
    body = f"<a:NameID>{name}@acme.example</a:NameID>{named}"
    more = f'NotOnOrAfter="{_instant(house, 300)}"'
    return await _query(house, "SAMLRequest", "LogoutRequest", more, body, id=id, by=by, state=state)


async def response(house: House, in_response_to: str, *, success: bool = True) -> str:
    """The query by which the IdP answers a request of ours."""
    code = SUCCESS if success else "urn:oasis:names:tc:SAML:2.0:status:Responder"
    body = f'<p:Status><p:StatusCode Value="{code}"/></p:Status>'
    return await _query(house, "SAMLResponse", "LogoutResponse", f'InResponseTo="{in_response_to}"', body)


async def _query(
    house: House,
    kind: redirect.Kind,
    tag: str,
    more: str,
    body: str,
    *,
    id: str | None = None,
    by: Signer | None = None,
    state: str | None = None,
) -> str:
    theirs = await party(house)
    document = f"""<p:{tag} xmlns:p="{NS["p"]}" xmlns:a="{NS["a"]}" ID="{id or f"_{secrets.token_hex(16)}"}" Version="2.0"
      IssueInstant="{_instant(house)}" Destination="{theirs.slo}" {more}><a:Issuer>{IDP}</a:Issuer>{body}</p:{tag}>"""
    key = (by or signer()).key
    return urlsplit(redirect.url("https://x.test/", kind, document.encode(), relay_state=state, key=key)).query


def _instant(house: House, after: int = 0) -> str:
    return instants.write(house.clock() + after * 1000)
