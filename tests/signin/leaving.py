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
from bridge.saml import redirect
from bridge.saml.assertion import Assertion, NameId, Proof
from bridge.saml.party import Party
from bridge.signin import attempts, signed_in
from scim.ports import Tx
from tests.sessions.test_sessions_command import redeemed
from tests.sessions.watched import Houses, engineer, person
from tests.support.house import House
from tests.support.saml import IDP, Signer, moment, signer
from tests.support.saml.logouts import logout_request, logout_response, query
from tests.support.saml.metadata import metadata_file
from tests.support.saml.metadata import slo as logout_service
from tests.support.saml.names import EMAIL, SAML, SAMLP, STATUS

SLO = "https://idp.acme.test/slo"
NS = {"p": SAMLP, "a": SAML}


async def opened(houses: Houses, *, slo: bool = True, **saml: Any) -> House:
    """A house whose connection has that IdP, and in it mia, who may enter production."""
    house = await houses()
    await house.stop()
    metadata_file(house.folder / "config", *([logout_service()] if slo else []))
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
            assert tx.together(signed_in.ticketing(row, entry.ticket.id)) == [1]
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
        return bool(self.message("SAMLResponse").find("p:Status/p:StatusCode", NS).get("Value") == STATUS + "Success")

    @property
    def relay_state(self) -> str | None:
        return dict(parse_qsl(urlsplit(self.location).query)).get("RelayState")


def name_id(name: str) -> NameId:
    return NameId(f"{name}@acme.example", EMAIL)


async def request(
    house: House, name: str = "mia", *indexes: str, id: str | None = None, by: Signer | None = None, state: str | None = None
) -> str:
    """The query by which the IdP says that somebody signed out there."""
    told = {"ID": id or _new_id(), "NotOnOrAfter": moment(house.clock(), 300)}
    named = {"name": f"{name}@acme.example", "indexes": indexes}
    message = logout_request(await party(house), IssueInstant=moment(house.clock(), 0), **told, **named)
    return query(message, by=by, relay_state=state)


async def response(house: House, in_response_to: str, *, success: bool = True) -> str:
    """The query by which the IdP answers a request of ours."""
    told = {"ID": _new_id(), "InResponseTo": in_response_to, "status": STATUS + ("Success" if success else "Responder")}
    message = logout_response(await party(house), IssueInstant=moment(house.clock(), 0), **told)
    return query(message, kind="SAMLResponse")


def _new_id() -> str:
    return f"_{secrets.token_hex(16)}"
