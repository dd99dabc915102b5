"""The rules of Web Browser SSO, each of them exact (SAML profiles §4.1.4.2 and §4.1.4.3): a proved assertion is for us, now.

Everything comes from the proved tree. The skew counts both ways.
"""

from dataclasses import dataclass

from bridge.saml import shape, xml
from bridge.saml.party import Party
from bridge.saml.times import due, instant
from bridge.saml.untrusted import Untrusted
from bridge.saml.xml import SAML, Element

OLDEST_MS = 3_600_000
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
ENTITY = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"
_ORDER = {
    SAML + "Issuer": 0,
    SAML + "Subject": 1,
    SAML + "Conditions": 2,
    SAML + "Advice": 3,
    SAML + "AuthnStatement": 4,
    SAML + "AttributeStatement": 4,
    SAML + "AuthzDecisionStatement": 4,
}
_CONDITIONS = (SAML + "AudienceRestriction", SAML + "OneTimeUse", SAML + "ProxyRestriction")


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Whom it was given to (by what request), and until when it confirms anybody, the skew included."""

    in_response_to: str | None
    until: int


@dataclass(frozen=True, slots=True)
class Authenticated:
    """What the IdP says about how somebody signed in there (SAML core §2.7.2)."""

    context: str | None
    at: int
    session_index: str | None
    session_until: int | None


def issuer(element: Element, party: Party) -> None:
    """Exactly the IdP of this connection; whose message it says it is decides nothing."""
    found = element[0] if len(element) and element[0].tag == SAML + "Issuer" else None
    if found is None:
        raise Untrusted("saml_issuer", f"<{xml.local(element)}> names no issuer")
    if found.get("Format", ENTITY) != ENTITY or xml.text(found) != party.idp.entity_id:
        raise Untrusted(
            "saml_issuer", f"<{xml.local(element)}> was issued by {xml.text(found)[:200]!r}, not by {party.idp.entity_id!r}"
        )


def outline(assertion: Element) -> None:
    """Version, ID, and the parts in the order of the schema (SAML core §2.3.3)."""
    shape.identity(assertion)
    if assertion.get("Version") != "2.0":
        raise Untrusted("saml_version", "the assertion is not of SAML 2.0")
    last = -1
    for child in assertion.iterchildren():
        place = _ORDER.get(child.tag, -1)
        if place < last or (place == last and place < 4):
            raise Untrusted("saml_shape", f"<{xml.local(child)}> stands where an assertion has none")
        last = place


def age(element: Element, party: Party, now: int) -> int:
    """IssueInstant: neither in the future nor older than an hour. Returns it."""
    issued = due(element, "IssueInstant")
    if issued > now + party.skew_ms:
        raise Untrusted("saml_not_yet", f"<{xml.local(element)}> was issued in the future: is a clock wrong?")
    if now >= issued + OLDEST_MS + party.skew_ms:
        raise Untrusted("saml_too_old", f"<{xml.local(element)}> was issued more than an hour ago")
    return issued


def conditions(assertion: Element, party: Party, now: int) -> int | None:
    """Valid now, for us, and under no condition that we don't know (SAML core §2.5.1). Returns NotOnOrAfter."""
    found = xml.maybe(assertion, SAML + "Conditions")
    if found is None:
        raise Untrusted("saml_audience", "the assertion has no Conditions, so it is for anybody")
    until = _window(found, party, now)
    tags = [child.tag for child in found.iterchildren()]
    if any(tag not in _CONDITIONS for tag in tags) or any(tags.count(tag) > 1 for tag in _CONDITIONS[1:]):
        raise Untrusted("saml_condition", "the assertion holds under a condition that is not known here")
    _audience(found, party)
    return until


def _window(element: Element, party: Party, now: int) -> int | None:
    begins, ends = instant(element, "NotBefore"), instant(element, "NotOnOrAfter")
    if begins is not None and now + party.skew_ms < begins:
        raise Untrusted("saml_not_yet", "the assertion is not valid yet: is a clock wrong?")
    if ends is not None and now - party.skew_ms >= ends:
        raise Untrusted("saml_expired", "the assertion has expired")
    if begins is not None and ends is not None and begins >= ends:
        raise Untrusted("saml_expired", "the assertion is never valid")
    return ends


def _audience(found: Element, party: Party) -> None:
    """Each restriction must name us: they are a conjunction, the audiences within one are not (SAML core §2.5.1.4)."""
    restrictions = list(found.iterchildren(SAML + "AudienceRestriction"))
    for restriction in restrictions:
        if any(child.tag != SAML + "Audience" for child in restriction.iterchildren()):
            raise Untrusted("saml_condition", "the assertion holds under a condition that is not known here")
        if party.entity_id not in [xml.text(audience) for audience in restriction.iterchildren()]:
            raise Untrusted("saml_audience", f"the assertion is for another service provider than {party.entity_id!r}")
    if not restrictions:
        raise Untrusted("saml_audience", "the assertion doesn't say which service provider it is for")


def subject(assertion: Element) -> Element:
    found = xml.maybe(assertion, SAML + "Subject")
    if found is None:
        raise Untrusted("saml_subject", "the assertion is about nobody")
    return found


def confirmation(about: Element, party: Party, now: int, response_to: str | None) -> Confirmed:
    """One bearer confirmation must hold; the first refusal is told if none does.

    `until` is the latest of those that hold: so long the assertion could be shown again.
    """
    held: list[Confirmed] = []
    refusal = Untrusted("saml_confirmation", "the assertion's subject is not confirmed as its bearer")
    for one in reversed(list(about.iterchildren(SAML + "SubjectConfirmation"))):
        if one.get("Method") == BEARER:
            try:
                held.insert(0, _confirmed(one, party, now, response_to))
            except Untrusted as problem:
                refusal = problem
    if not held:
        raise refusal
    return Confirmed(held[0].in_response_to, max(one.until for one in held))


def _confirmed(one: Element, party: Party, now: int, response_to: str | None) -> Confirmed:
    data = xml.maybe(one, SAML + "SubjectConfirmationData")
    if data is None:
        raise Untrusted("saml_confirmation", "the subject's confirmation has no data")
    if data.get("Recipient") != party.acs:
        raise Untrusted(
            "saml_recipient", f"the assertion was sent to {str(data.get('Recipient'))[:200]!r}, not to {party.acs!r}"
        )
    if data.get("NotBefore") is not None:
        raise Untrusted("saml_confirmation", "the subject's confirmation has a NotBefore, which none may have")
    until = due(data, "NotOnOrAfter") + party.skew_ms
    if now >= until:
        raise Untrusted("saml_expired", "the time to bring the assertion here is over")
    if data.get("InResponseTo") != response_to or response_to == "":
        raise Untrusted("saml_in_response_to", "the assertion answers another request than the response around it")
    return Confirmed(data.get("InResponseTo"), until)


def authentication(assertion: Element, party: Party, now: int) -> Authenticated:
    """The one AuthnStatement; without it nobody signed in (SAML profiles §4.1.4.2)."""
    found = xml.maybe(assertion, SAML + "AuthnStatement")
    if found is None:
        raise Untrusted("saml_authn_statement", "the assertion doesn't say that anybody signed in")
    at, session_until = due(found, "AuthnInstant"), instant(found, "SessionNotOnOrAfter")
    if at > now + party.skew_ms:
        raise Untrusted("saml_not_yet", "the sign-in at the IdP is in the future: is a clock wrong?")
    if session_until is not None and session_until <= now - party.skew_ms:
        raise Untrusted("saml_session_over", "the session at the IdP is over")
    return Authenticated(_context(found), at, found.get("SessionIndex"), session_until)


def _context(statement: Element) -> str | None:
    context = xml.maybe(statement, SAML + "AuthnContext")
    if context is None:
        raise Untrusted("saml_authn_statement", "the sign-in has no AuthnContext")
    stated = xml.maybe(context, SAML + "AuthnContextClassRef")
    return (xml.text(stated) or None) if stated is not None else None
