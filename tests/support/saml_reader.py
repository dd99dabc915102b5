"""python3-saml as an independent service provider: it reads what the stand-in IdPs publish and send, in its strict mode."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser

from bridge.sandbox.testing import RunningSandbox

SERVICE = "http://127.0.0.1:8080/saml/acme"
MIA = {"email": "mia@acme.example", "given": "Mia", "family": "Chen & Söhne", "id": "00u1", "groups": ["eng", "a <b>"]}


@dataclass
class Reader:
    """A service at `SERVICE` that trusts the IdP of one connection."""

    url: str
    settings: dict[str, Any]

    @classmethod
    def of(cls, sandbox: RunningSandbox, provider: str, *, signed: tuple[str, ...] = ("assertion",)) -> "Reader":
        """Told to the IdP, and told of it by its metadata."""
        told = {
            "connection": "acme",
            "provider": provider,
            "entity_id": SERVICE,
            "acs": f"{SERVICE}/acs",
            "slo": f"{SERVICE}/slo",
        }
        sandbox.control("POST", "idp", told | {"people": [MIA], "groups": [["eng", "11111111-2222"]]})
        url = f"{sandbox.url}/idp/acme"
        parsed = OneLogin_Saml2_IdPMetadataParser.parse(httpx.get(f"{url}/metadata").text)
        endpoints = {"assertionConsumerService": {"url": f"{SERVICE}/acs"}, "singleLogoutService": {"url": f"{SERVICE}/slo"}}
        security = {
            "wantAssertionsSigned": "assertion" in signed,
            "wantMessagesSigned": "response" in signed,
            "wantAttributeStatement": False,
            "allowRepeatAttributeName": True,
            "rejectDeprecatedAlgorithm": True,
            "requestedAuthnContext": False,
        }
        own = {"entityId": SERVICE, "NameIDFormat": "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified", **endpoints}
        return cls(url, parsed | {"strict": True, "sp": own, "security": security})

    @property
    def entity_id(self) -> str:
        return str(self.settings["idp"]["entityId"])

    def asks(self, *contexts: str, force: bool = False) -> str:
        """The address to which an AuthnRequest takes a browser."""
        self.settings["security"]["requestedAuthnContext"] = list(contexts) or False
        return str(self.auth().login(return_to="/reports", force_authn=force))

    def answered(self, url: str, **picked: Any) -> dict[str, str]:
        """What the IdP has the browser post, once somebody was picked."""
        answer = httpx.post(url, data={"person": MIA["email"], **picked}, headers={"Accept": "application/json"})
        assert answer.status_code == 200, answer.text
        fields: dict[str, str] = answer.json()
        return fields

    def believes(self, fields: dict[str, str]) -> OneLogin_Saml2_Auth:
        """The response, read; `get_errors` says whether it was believed."""
        assert fields["acs"] == f"{SERVICE}/acs"
        auth = self.auth(post_data=fields)
        auth.process_response()
        return auth

    def auth(self, path: str = "/acs", **given: Any) -> OneLogin_Saml2_Auth:
        parts = urlsplit(SERVICE + path)
        request = {"https": "off", "http_host": parts.netloc, "script_name": parts.path, "get_data": {}, "post_data": {}}
        return OneLogin_Saml2_Auth(request | given, self.settings)
