"""The gate: a SAMLResponse becomes an `Assertion`, or is `Untrusted`. Nothing else comes out, whatever goes in.

The order matters: reading, outline, signature, decryption, signature, profile, second opinion. Each step sees only what the
one before let through, and from the first signature on only the bytes that were signed (docs/saml-gate.md).
"""

from typing import Any, Literal

from bridge.saml import claims, decrypt, envelope, profile, shape, signature, status, toolkit, xml
from bridge.saml.assertion import Assertion, Proof
from bridge.saml.decrypt import Opened
from bridge.saml.party import Party
from bridge.saml.shape import Outline
from bridge.saml.signature import Signed
from bridge.saml.untrusted import Untrusted
from bridge.saml.xml import DS, SAML, Element


def verify(party: Party, message: str, *, now: int) -> Assertion:
    """`message`: the base64 text of the field; `now`: epoch ms. Raises Untrusted, whose `about` has what was seen."""
    about: dict[str, Any] = {}
    try:
        return _verified(party, message, now, about)
    except Untrusted as refusal:
        refusal.about = {**about, **refusal.about}
        raise
    except Exception as problem:
        raise Untrusted(
            "saml_unreadable", f"the message could not be judged: {type(problem).__name__}", about=about
        ) from problem


def _verified(party: Party, message: str, now: int, about: dict[str, Any]) -> Assertion:
    came = xml.parse(envelope.document(message))
    response = shape.outline(came)
    about.update(_claimed(response.root, "response"))
    status.success(response.status)
    outer = _signed(response.root, response.signature is not None, party, about)
    if outer:
        response = shape.parts(xml.parse(outer.document))
    response_to = _addressed(response, party, now, signed=outer is not None)
    opened = _opened(response, party, about)
    found = opened.root if opened else response.assertion
    assertion, by, own = _proved(found, outer, party, about, apart=opened is not None)
    proof = Proof(
        signed="both" if own and outer else "assertion" if own else "response",
        certificate=by.certificate.fingerprint,
        signature=by.signature,
        digest=by.digest,
        encryption=opened.algorithm if opened else None,
    )
    read = _read(assertion, response_to, proof, party, now)
    toolkit.agree(
        toolkit.Read(
            document=came,
            decrypted=opened.document if opened else None,
            signed="assertion" if own else "response",
            certificate=by.certificate,
            name_id=read.name_id,
            attributes=read.attributes,
            entity_id=party.entity_id,
        )
    )
    return read


def _claimed(element: Element, kind: Literal["response", "assertion"]) -> dict[str, str]:
    """Who and what somebody says it is, for the trail of a refusal."""
    claimed: dict[str, str] = {kind: element.get("ID", "")[:256]}
    if len(element) and element[0].tag == SAML + "Issuer" and not len(element[0]):
        claimed["issuer"] = (element[0].text or "").strip()[:256]
    return claimed


def _signed(
    element: Element, signed: bool, party: Party, about: dict[str, Any], around: bytes | None = None
) -> Signed | None:
    if not signed:
        return None
    proved = signature.check(element, party.idp.certificates, around)
    about.update(certificate=proved.certificate.fingerprint, signature=proved.signature, digest=proved.digest)
    return proved


def _addressed(response: Outline, party: Party, now: int, *, signed: bool) -> str | None:
    """The response's own rules (SAML core §3.2.2, bindings §3.5.5.2, errata E26). Returns its InResponseTo."""
    root = response.root
    profile.age(root, party, now)
    if signed or response.encrypted is not None or root[0].tag == SAML + "Issuer":
        profile.issuer(root, party)
    destination: str | None = root.get("Destination")
    if destination != party.acs and (signed or destination is not None):
        raise Untrusted("saml_destination", f"the response was sent to {str(destination)[:200]!r}, not to {party.acs!r}")
    in_response_to: str | None = root.get("InResponseTo")
    return in_response_to


def _opened(response: Outline, party: Party, about: dict[str, Any]) -> Opened | None:
    if response.encrypted is None:
        if party.must_encrypt:
            raise Untrusted("saml_not_encrypted", "the connection wants encrypted assertions, and this one is not")
        return None
    opened = decrypt.assertion(response.encrypted, party.keys)
    about["encryption"] = opened.algorithm
    return opened


def _proved(
    found: Element | None, outer: Signed | None, party: Party, about: dict[str, Any], *, apart: bool
) -> tuple[Element, Signed, bool]:
    """The assertion, what proves it, and whether that is a signature of its own. `apart`: it came encrypted.

    With one it is read again from its bytes; in a signed response it was read from those that signature covers already, and
    loses what its own doesn't cover. Without one it stands in the signed response, or was encrypted there.
    """
    if found is None:
        raise Untrusted("saml_assertions", "the response has no assertion")
    about.update(_claimed(found, "assertion"))
    around = outer.document if outer and not apart else None
    inner = _signed(found, len(found) > 1 and found[1].tag == DS + "Signature", party, about, around)
    if inner and around is not None:
        found.remove(found[1])
        return found, inner, True
    if inner:
        return xml.parse(inner.document), inner, True
    if outer is None:
        raise Untrusted("saml_unsigned", "neither the response nor the assertion is signed")
    return found, outer, False


def _read(assertion: Element, response_to: str | None, proof: Proof, party: Party, now: int) -> Assertion:
    """The profile's rules, and what the assertion says once they hold."""
    profile.outline(assertion)
    profile.issuer(assertion, party)
    issued = profile.age(assertion, party, now)
    subject = profile.subject(assertion)
    confirmed = profile.confirmation(subject, party, now, response_to)
    ends = profile.conditions(assertion, party, now)
    stated = profile.authentication(assertion, party, now)
    lasts = (confirmed.until, issued + profile.OLDEST_MS + party.skew_ms, *(() if ends is None else (ends + party.skew_ms,)))
    return Assertion(
        id=shape.identity(assertion),
        issuer=party.idp.entity_id,
        in_response_to=confirmed.in_response_to,
        issued=issued,
        until=min(lasts),
        name_id=claims.name_id(subject, party.entity_id),
        attributes=claims.attributes(assertion),
        context=stated.context,
        authenticated=stated.at,
        session_index=stated.session_index,
        session_until=stated.session_until,
        proof=proof,
    )
