"""An IdP's metadata, read strictly: one IdP of SAML 2.0, its Redirect endpoints and the certificates it signs with.

A signature on it is not looked at: that it comes from the operator's URL over https, or from the operator's file, is what
makes it believed. What is odd but does no harm is left out, and said.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlsplit

from bridge.errors import BridgeError
from bridge.saml import envelope, instants, xml
from bridge.saml.keys import certificate_of
from bridge.saml.names import MD, POST, PROTOCOL, REDIRECT
from bridge.saml.party import Certificate, Idp
from bridge.saml.strict64 import decoded
from bridge.saml.times import instant
from bridge.saml.untrusted import Untrusted
from bridge.saml.xml import DS, Element, text

LARGEST = 1024 * 1024
MOST_ENTITIES, MOST_CERTIFICATES = 50, 20
MARK = b"\xef\xbb\xbf"  # Microsoft's files begin with it
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_DESCRIPTORS = {MD + "EntitiesDescriptor", MD + "EntityDescriptor"}


class Unusable(BridgeError):
    """Metadata that nobody can be signed in with."""

    page = "docs/saml-metadata.md"


@dataclass(frozen=True, slots=True)
class Metadata:
    """`lasts`: the shortest cacheDuration in ms; `warnings`: what was left out, in sentences."""

    idp: Idp
    lasts: int | None = None
    warnings: tuple[str, ...] = field(default=())


def parse(document: bytes, *, now: int, allowed: frozenset[str] = frozenset()) -> Idp:
    """The IdP; Unusable otherwise, and where validUntil is over. `allowed`: each HOST:PORT that needs no TLS."""
    idp = read(document, allowed=allowed).idp
    if idp.until is not None and idp.until <= now:
        raise expired(idp)
    return idp


def expired(idp: Idp) -> Unusable:
    """SAML metadata §2.3.2: after validUntil it must not be used, whoever has kept it."""
    at = instants.write(idp.until or 0)
    hint = "The IdP must publish a newer one; where it is a file, download it again."
    return Unusable("idp_metadata_expired", f"The metadata of {idp.entity_id} was valid until {at}.", hint=hint)


def read(document: bytes, *, allowed: frozenset[str] = frozenset()) -> Metadata:
    """The same whatever its validUntil, with all that is to be said of it."""
    if len(document) > LARGEST:
        raise _unusable(f"it is larger than {LARGEST} bytes")
    try:
        top = xml.parse(envelope.plain(document.removeprefix(MARK)))
        if top.tag not in _DESCRIPTORS:
            raise ValueError("it is no EntityDescriptor of SAML 2.0")
        return _metadata(*_only_idp(top), allowed)
    except ValueError as error:
        raise _unusable(str(error)) from error
    except Untrusted as error:
        raise _unusable(error.sentence) from error


def _unusable(why: str) -> Unusable:
    hint = "Ask the identity team for the metadata of this one application, as their IdP offers it for download."
    return Unusable("idp_metadata_unusable", f"The metadata of the IdP can't be used: {why}.", hint=hint)


def _only_idp(top: Element) -> tuple[Element, Element]:
    """The one entity that is an IdP, and its role: with several, nobody can say whose people these are."""
    entities = list(top.iter(f"{MD}EntityDescriptor"))
    if len(entities) > MOST_ENTITIES:
        raise ValueError(f"it has {len(entities)} entities, which is a federation's, not one IdP's")
    found = [(entity, role) for entity in entities for role in entity.findall(f"{MD}IDPSSODescriptor") if _speaks(role)]
    if len(found) != 1:
        count = f"{len(found)} IdPs" if found else "no IdP"
        raise ValueError(f"it has {count} of SAML 2.0, and one is needed")
    return found[0]


def _speaks(role: Element) -> bool:
    return PROTOCOL in role.get("protocolSupportEnumeration", "").split()


def _metadata(entity: Element, role: Element, allowed: frozenset[str]) -> Metadata:
    entity_id = entity.get("entityID", "").strip()
    if not 0 < len(entity_id) <= 1024:
        raise ValueError("its entityID is missing or longer than 1024 characters")
    warnings: list[str] = []
    places = [role, *role.iterancestors()]  # the earliest of all counts (SAML metadata §2.3.1)
    slo, slo_response = _logout(role, allowed, warnings)
    idp = Idp(
        entity_id=entity_id,
        sso=_login(role, allowed, warnings),
        certificates=_certificates(role, warnings),
        slo=slo,
        slo_response=slo_response,
        wants_signed_requests=role.get("WantAuthnRequestsSigned", "").strip() in {"true", "1"},
        until=min((at for place in places if (at := instant(place, "validUntil")) is not None), default=None),
    )
    return Metadata(idp, min(_durations(places, warnings), default=None), tuple(warnings))


def _durations(places: list[Element], warnings: list[str]) -> Iterator[int]:
    for written in (place.get("cacheDuration") for place in places):
        try:
            if written is not None:
                yield instants.duration(written.strip())
        except ValueError:
            warnings.append("its cacheDuration is none and is passed over")


def _login(role: Element, allowed: frozenset[str], warnings: list[str]) -> str:
    """JumpCloud and some of OneLogin name their address for POST only, and answer requests by Redirect there."""
    for binding in (REDIRECT, POST):
        for service in _services(role, "SingleSignOnService", binding):
            if binding == POST:
                warnings.append("it has a SingleSignOnService for HTTP-POST only; requests go there by HTTP-Redirect")
            return _address(service.get("Location"), "SingleSignOnService", allowed)
    raise ValueError("it has no SingleSignOnService with the binding HTTP-Redirect")


def _logout(role: Element, allowed: frozenset[str], warnings: list[str]) -> tuple[str | None, str | None]:
    """Single logout is optional, so an endpoint that is none costs only that."""
    for service in _services(role, "SingleLogoutService", REDIRECT):
        checked = partial(_address, what="SingleLogoutService", allowed=allowed)
        answers = service.get("ResponseLocation")
        try:
            return checked(service.get("Location")), checked(answers) if answers else None
        except ValueError as error:
            warnings.append(f"{error}, so there is no single logout")
            break
    return None, None


def _services(role: Element, name: str, binding: str) -> Iterator[Element]:
    return (one for one in role.findall(f"{MD}{name}") if one.get("Binding") == binding)


def _address(location: str | None, what: str, allowed: frozenset[str]) -> str:
    """Browsers carry what we say there, so it needs TLS, except on this machine or where the operator does without."""
    text = (location or "").strip()
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError as error:
        raise ValueError(f"its {what} is no URL") from error
    if parts.scheme not in {"https", "http"} or not host or parts.username or parts.fragment or not text.isascii():
        raise ValueError(f"its {what} is no URL that a browser can be sent to")
    if parts.scheme == "http" and host not in _LOOPBACK and f"{host}:{port}" not in allowed:
        raise ValueError(f"its {what} is not https")
    return text


def _certificates(role: Element, warnings: list[str]) -> tuple[Certificate, ...]:
    """Each that signs, once, in the order of the document: during a change of keys there are several (SDP-IDP37)."""
    found: dict[str, Certificate] = {}
    for der in _signing(role, warnings):
        try:
            certificate = certificate_of(decoded(der))
        except ValueError as error:
            warnings.append(f"one of its signing certificates is left out: {error}")
            continue
        found.setdefault(certificate.fingerprint, certificate)
    if not 0 < len(found) <= MOST_CERTIFICATES:
        raise ValueError(f"it has {len(found)} signing certificates that can be used" + _reasons(warnings))
    return tuple(found.values())


def _signing(role: Element, warnings: list[str]) -> Iterator[str]:
    """The first certificate of each X509Data: others beside it are the chain it stands on (XML Signature §4.5.4)."""
    for descriptor in role.findall(f"{MD}KeyDescriptor"):
        if descriptor.get("use") not in {None, "signing"}:
            continue
        listed = [one.findall(f"{DS}X509Certificate") for one in descriptor.findall(f"{DS}KeyInfo/{DS}X509Data")]
        if not any(listed):
            warnings.append("one of its signing keys is left out: it comes without a certificate")
        for certificates in listed:
            yield from (text(one) for one in certificates[:1])
            if len(certificates) > 1:
                warnings.append("the certificates behind the first of an X509Data are left out")


def _reasons(warnings: list[str]) -> str:
    return f" ({'; '.join(dict.fromkeys(warnings))})" if warnings else ""
