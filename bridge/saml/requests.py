"""What we ask an IdP for: an AuthnRequest by the Redirect binding (SAML2int SDP-SP02).

It names no NameID format and no context unless told to: `exact PasswordProtectedTransport`, which toolkits send by default,
breaks whoever has signed in with a second factor at Entra.
"""

from collections.abc import Sequence

from lxml import etree

from bridge.saml import instants, redirect
from bridge.saml.names import POST
from bridge.saml.party import Party
from bridge.saml.xml import SAML, SAMLP

_NAMES = {"samlp": SAMLP[1:-1], "saml": SAML[1:-1]}


def login_url(
    party: Party,
    id: str,
    *,
    now: int,
    relay_state: str | None = None,
    sign: bool = False,
    force: bool = False,
    contexts: Sequence[str] = (),
) -> str:
    """Where to send the browser. `id`: `_` and 32 hex digits; `sign` takes the first key, and an IdP that wants signed
    requests gets them if we have one; `contexts`: any of these AuthnContextClassRefs will do, exactly."""
    if sign and not party.keys:
        raise ValueError("a request can't be signed without a key")
    key = party.keys[0] if party.keys and (sign or party.idp.wants_signed_requests) else None
    document = _request(party, id, now=now, force=force, contexts=contexts)
    return redirect.url(party.idp.sso, "SAMLRequest", document, relay_state=relay_state, key=key)


def _request(party: Party, id: str, *, now: int, force: bool, contexts: Sequence[str]) -> bytes:
    """SAML core §3.4.1; the order of the children is the schema's."""
    request = etree.Element(f"{SAMLP}AuthnRequest", nsmap=_NAMES)
    request.set("ID", id)
    request.set("Version", "2.0")
    request.set("IssueInstant", instants.write(now))
    request.set("Destination", party.idp.sso)
    request.set("AssertionConsumerServiceURL", party.acs)
    request.set("ProtocolBinding", POST)
    if force:
        request.set("ForceAuthn", "true")
    etree.SubElement(request, f"{SAML}Issuer").text = party.entity_id
    if contexts:
        wanted = etree.SubElement(request, f"{SAMLP}RequestedAuthnContext", Comparison="exact")
        for one in contexts:
            etree.SubElement(wanted, f"{SAML}AuthnContextClassRef").text = one
    document: bytes = etree.tostring(request)
    return document
