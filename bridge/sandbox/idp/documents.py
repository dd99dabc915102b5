"""What an IdP publishes and sends besides responses: its metadata, a LogoutRequest, a LogoutResponse."""

from bridge.sandbox.idp.flavours import FLAVOURS
from bridge.sandbox.idp.keys import Key
from bridge.sandbox.idp.response import entity_id, new_id
from bridge.sandbox.idp.services import Service
from bridge.sandbox.idp.xml import METADATA, SAML, SAMLP, Element, child, instant, named, root, text_of

_REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
_SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
_PATIENCE = 300  # seconds for which a LogoutRequest holds


def metadata(service: Service, key: Key, address: str, query: str = "") -> bytes:
    """The EntityDescriptor of the connection's IdP at this address; `query` stands behind the address of sign-ins."""
    flavour = FLAVOURS[service.provider]
    document = root(METADATA, "EntityDescriptor", entityID=entity_id(service))
    idp = child(document, METADATA, "IDPSSODescriptor", WantAuthnRequestsSigned="false", protocolSupportEnumeration=SAMLP)
    named(child(idp, METADATA, "KeyDescriptor", use="signing"), key)
    if flavour.logs_out:
        child(idp, METADATA, "SingleLogoutService", Binding=_REDIRECT, Location=f"{address}/slo")
    child(idp, METADATA, "NameIDFormat", flavour.name_id)
    child(idp, METADATA, "SingleSignOnService", Binding=_REDIRECT, Location=f"{address}/sso{query}")
    return text_of(document)


def logout_request(service: Service, name_id: str, format: str, session: str, now: float) -> Element:
    """The IdP ends somebody's session at the service."""
    message = root(
        SAMLP,
        "LogoutRequest",
        ID=new_id(),
        Version="2.0",
        IssueInstant=instant(now),
        Destination=service.slo,
        NotOnOrAfter=instant(now + _PATIENCE),
    )
    child(message, SAML, "Issuer", entity_id(service))
    child(message, SAML, "NameID", name_id, Format=format)
    child(message, SAMLP, "SessionIndex", session)
    return message


def logout_response(service: Service, request: str, now: float) -> Element:
    """The session at the IdP is over, as the service asked."""
    message = root(
        SAMLP,
        "LogoutResponse",
        ID=new_id(),
        Version="2.0",
        IssueInstant=instant(now),
        Destination=service.slo,
        InResponseTo=request,
    )
    child(message, SAML, "Issuer", entity_id(service))
    child(child(message, SAMLP, "Status"), SAMLP, "StatusCode", Value=_SUCCESS)
    return message
