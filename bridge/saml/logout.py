"""Single logout by the Redirect binding (SAML core §3.7, profiles §4.4; SAML2int SDP-SP24 to 35): both messages, both ways.

Whoever ends other people's sessions must prove to be their IdP: what comes is signed, for us, of now, and names a person.
That it comes once only, and whose sessions it means, is for those who keep sessions.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lxml import etree

from bridge.saml import claims, instants, profile, redirect, shape
from bridge.saml.assertion import NameId
from bridge.saml.envelope import plain
from bridge.saml.party import Party
from bridge.saml.profile import OLDEST_MS
from bridge.saml.redirect import Received
from bridge.saml.shape import identity
from bridge.saml.times import due
from bridge.saml.untrusted import Untrusted
from bridge.saml.xml import SAML, SAMLP, Element, maybe, parse, text

LASTS_MS = 300_000  # a request of ours
USER = "urn:oasis:names:tc:SAML:2.0:logout:user"
SUCCESS, RESPONDER = (f"urn:oasis:names:tc:SAML:2.0:status:{word}" for word in ("Success", "Responder"))
_NAMES = {"samlp": SAMLP[1:-1], "saml": SAML[1:-1]}
_COMMON = (SAML + "Issuer", SAMLP + "Extensions")
_REQUEST = (SAMLP + "LogoutRequest", *_COMMON, SAML + "NameID", SAML + "EncryptedID", SAMLP + "SessionIndex")
_RESPONSE = (SAMLP + "LogoutResponse", *_COMMON, SAMLP + "Status")


@dataclass(frozen=True, slots=True)
class LogoutRequest:
    """Somebody's sessions are over. No `session_indexes`: all of them. `until`: when it is refused for its age, epoch ms."""

    id: str
    name_id: NameId
    session_indexes: tuple[str, ...]
    relay_state: str | None
    until: int


@dataclass(frozen=True, slots=True)
class LogoutResponse:
    """The answer to a request of ours. `success`: every session at the IdP is over, and all that hang on it."""

    id: str
    in_response_to: str
    success: bool
    relay_state: str | None


def read_request(party: Party, raw_query: str, *, now: int) -> LogoutRequest:
    """What the IdP asks for, from the query as it came; Untrusted otherwise."""
    received = redirect.receive(raw_query, "SAMLRequest", party.idp.certificates)
    with _known(party, received):
        root, issued = _message(party, received, _REQUEST, now)
        ends = due(root, "NotOnOrAfter")  # SAML core makes it optional, SAML2int does not
        until = min(ends, issued + OLDEST_MS) + party.skew_ms
        if until <= now:
            raise Untrusted("slo_expired", f"The request was good until {instants.write(ends)}.")
        indexes = tuple(text(one) for one in root.iterchildren(SAMLP + "SessionIndex"))
        return LogoutRequest(identity(root), claims.name_id(root, party.entity_id), indexes, received.relay_state, until)


def read_response(party: Party, raw_query: str, *, now: int) -> LogoutResponse:
    """The IdP's answer; Untrusted otherwise. The caller knows whether it asked `in_response_to`."""
    received = redirect.receive(raw_query, "SAMLResponse", party.idp.certificates)
    with _known(party, received):
        root, _ = _message(party, received, _RESPONSE, now)
        status = maybe(root, SAMLP + "Status")
        code = maybe(status, SAMLP + "StatusCode") if status is not None else None
        asked = root.get("InResponseTo")
        if code is None or not asked:
            raise Untrusted("slo_malformed", "The response has no status, or answers nothing.")
        whole = code.get("Value") == SUCCESS and maybe(code, SAMLP + "StatusCode") is None  # PartialLogout, core §3.7.3.2
        return LogoutResponse(identity(root), asked, whole, received.relay_state)


def request_url(
    party: Party, id: str, name_id: NameId, session_index: str | None, *, now: int, relay_state: str | None = None
) -> str:
    """Where to send the browser, so that the IdP ends the session of `session_index`; None: all of that person's."""
    location = _offered(party.idp.slo)
    request = _begun(party, "LogoutRequest", id, location, now)
    request.set("NotOnOrAfter", instants.write(now + LASTS_MS))
    request.set("Reason", USER)
    _named(request, name_id)
    if session_index is not None:
        etree.SubElement(request, f"{SAMLP}SessionIndex").text = session_index
    return _sent(party, location, "SAMLRequest", request, relay_state)


def response_url(party: Party, in_response_to: str, *, id: str, success: bool, relay_state: str | None, now: int) -> str:
    """Where to send the browser with our answer."""
    location = _offered(party.idp.slo_response or party.idp.slo)
    response = _begun(party, "LogoutResponse", id, location, now)
    response.set("InResponseTo", in_response_to)
    status = etree.SubElement(response, f"{SAMLP}Status")
    etree.SubElement(status, f"{SAMLP}StatusCode", Value=SUCCESS if success else RESPONDER)
    return _sent(party, location, "SAMLResponse", response, relay_state)


@contextmanager
def _known(party: Party, received: Received) -> Iterator[None]:
    """A refusal from here on is of a message that one of the IdP's keys has signed."""
    try:
        yield
    except Untrusted as refusal:
        proved = {"issuer": party.idp.entity_id, "certificate": received.certificate, "signature": received.algorithm}
        refusal.about = {**proved, **refusal.about}
        raise


def _message(party: Party, received: Received, parts: tuple[str, ...], now: int) -> tuple[Element, int]:
    """The root, as far as both kinds are alike, and when it was issued. `parts`: its tag, and those of its children.

    There is no signature among them: by Redirect it must not be there (SAML bindings §3.4.4.1), and would prove nothing.
    """
    root = parse(plain(received.document))
    shape.document(root)
    if root.tag != parts[0] or root.get("Version") != "2.0" or any(one.tag not in parts[1:] for one in root):
        raise Untrusted("slo_malformed", f"The message is no {parts[0].partition('}')[2]} of SAML 2.0.")
    identity(root)
    profile.issuer(root, party)
    if root.get("Destination") != party.slo:
        raise Untrusted("slo_destination", f"The message is not for {party.slo}.")
    return root, profile.age(root, party, now)


def _offered(location: str | None) -> str:
    if location is None:
        raise Untrusted("slo_not_offered", "The IdP's metadata has no endpoint for single logout by HTTP-Redirect.")
    return location


def _begun(party: Party, kind: str, id: str, location: str, now: int) -> Element:
    message = etree.Element(SAMLP + kind, nsmap=_NAMES)
    message.set("ID", id)
    message.set("Version", "2.0")
    message.set("IssueInstant", instants.write(now))
    message.set("Destination", location)
    etree.SubElement(message, f"{SAML}Issuer").text = party.entity_id
    return message


def _named(request: Element, name_id: NameId) -> None:
    """As the assertion said it, qualifiers included: the IdP compares them all (SAML core §3.7.1)."""
    named = etree.SubElement(request, f"{SAML}NameID")
    named.text = name_id.value
    for name, value in (
        ("Format", name_id.format),
        ("NameQualifier", name_id.qualifier),
        ("SPNameQualifier", name_id.sp_qualifier),
    ):
        if value is not None:
            named.set(name, value)


def _sent(party: Party, location: str, kind: redirect.Kind, message: Element, relay_state: str | None) -> str:
    """Signed, if there is a key of ours."""
    key = party.keys[0] if party.keys else None
    return redirect.url(location, kind, etree.tostring(message), relay_state=relay_state, key=key)
