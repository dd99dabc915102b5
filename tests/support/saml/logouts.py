"""Single logout's messages as an IdP sends them by HTTP-Redirect: XML, deflated into a query and signed over its octets."""

import base64
import zlib
from typing import Any
from urllib.parse import quote_plus
from xml.sax.saxutils import escape, quoteattr

from bridge.saml.party import Party
from tests.support.saml import names
from tests.support.saml.keys import Signer, signer
from tests.support.saml.messages import NOW, moment
from tests.support.saml.parties import REQUEST, party
from tests.support.saml.signing import signed_octets

ID = "_" + "10" * 16


def logout_request(to: Party | None = None, **changes: Any) -> str:
    """XML of a LogoutRequest. Changes: attributes by their names (None: without), `issuer`, `name`, `indexes`, `inside`."""
    to = to or party()
    told = {
        "ID": ID,
        "Version": "2.0",
        "IssueInstant": moment(NOW, 0),
        "Destination": to.slo,
        "NotOnOrAfter": moment(NOW, 300),
    }
    parts = {"issuer": to.idp.entity_id, "name": "ada@acme.test", "indexes": ("_s1",), "inside": ""}
    said, parts = _told(told, parts, changes)
    name = "" if parts["name"] is None else f'<saml:NameID Format="{names.EMAIL}">{escape(parts["name"])}</saml:NameID>'
    indexes = "".join(f"<samlp:SessionIndex>{escape(one)}</samlp:SessionIndex>" for one in parts["indexes"])
    return _message("LogoutRequest", said, f"{_issuer(parts)}{parts['inside']}{name}{indexes}")


def logout_response(to: Party | None = None, **changes: Any) -> str:
    """XML of a LogoutResponse. Changes: as above, and `status`."""
    to = to or party()
    told = {"ID": ID, "Version": "2.0", "IssueInstant": moment(NOW, 0), "Destination": to.slo, "InResponseTo": REQUEST}
    parts = {"issuer": to.idp.entity_id, "status": names.STATUS + "Success", "inside": ""}
    said, parts = _told(told, parts, changes)
    status = "" if parts["status"] is None else f'<samlp:StatusCode Value="{parts["status"]}"/>'
    return _message("LogoutResponse", said, f"{_issuer(parts)}{parts['inside']}<samlp:Status>{status}</samlp:Status>")


def query(
    message: str | bytes,
    *,
    kind: str = "SAMLRequest",
    by: Signer | None = None,
    method: str | None = "rsa-sha256",
    relay_state: str | None = None,
) -> str:
    """The signed query of a message; `method` None: unsigned. Names of `names.SIGNATURES`, or a URI."""
    return signed(f"{kind}={packed(message)}", by=by, method=method, relay_state=relay_state)


def signed(
    first: str, *, by: Signer | None = None, method: str | None = "rsa-sha256", relay_state: str | None = None
) -> str:
    """A query that begins like that, with all that is to be signed in the order of the binding (§3.4.4.1)."""
    said = first if relay_state is None else f"{first}&RelayState={quote_plus(relay_state)}"
    if method is None:
        return said
    said += f"&SigAlg={quote_plus(names.SIGNATURES.get(method, method))}"
    octets = signed_octets(said.encode(), by or signer(), method)
    return f"{said}&Signature={quote_plus(base64.b64encode(octets).decode())}"


def packed(message: str | bytes) -> str:
    """Deflated, in base64, escaped."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    octets = message.encode() if isinstance(message, str) else message
    return quote_plus(base64.b64encode(packer.compress(octets) + packer.flush()).decode())


def _told(told: dict[str, Any], parts: dict[str, Any], changes: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    known = told | {name: value for name, value in changes.items() if name not in parts}
    said = "".join(f" {name}={quoteattr(value)}" for name, value in known.items() if value is not None)
    return said, parts | {name: value for name, value in changes.items() if name in parts}


def _issuer(parts: dict[str, Any]) -> str:
    return "" if parts["issuer"] is None else f"<saml:Issuer>{escape(parts['issuer'])}</saml:Issuer>"


def _message(kind: str, said: str, inside: str) -> str:
    return f'<samlp:{kind} xmlns:samlp="{names.SAMLP}" xmlns:saml="{names.SAML}"{said}>{inside}</samlp:{kind}>'
