"""XML as an IdP writes it: elements of SAML's namespaces, times, enveloped signatures. And as it reads it: carefully."""

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from bridge.sandbox.idp.keys import Key

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
METADATA = "urn:oasis:names:tc:SAML:2.0:metadata"
DS = "http://www.w3.org/2000/09/xmldsig#"
C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = f"{DS}enveloped-signature"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"

_PREFIXES = {"saml": SAML, "samlp": SAMLP, "md": METADATA, "ds": DS}
_SPACES = {SAML: "saml", SAMLP: "samlp", METADATA: "md", DS: "ds"}

Element = Any  # lxml has no types of its own


def root(space: str, tag: str, spaces: Mapping[str, str] = {}, /, **attributes: str | None) -> Element:
    """A document's first element, on which more `spaces` are declared; an attribute that is None is not written."""
    element = etree.Element(f"{{{space}}}{tag}", nsmap={_SPACES[space]: space, **spaces})
    return _attributed(element, attributes)


def child(parent: Element, space: str, tag: str, text: str | None = None, **attributes: str | None) -> Element:
    """One more element at the end of another."""
    element = etree.SubElement(parent, f"{{{space}}}{tag}", nsmap={_SPACES[space]: space})
    element.text = text
    return _attributed(element, attributes)


def text_of(element: Element) -> bytes:
    return bytes(etree.tostring(element))


def parsed(document: bytes) -> Element:
    """ValueError for what is no XML, or has a document type."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        found = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(f"this is no XML: {error.msg}") from error
    if found.getroottree().docinfo.doctype:
        raise ValueError("a SAML message has no document type")
    return found


def first(element: Element, path: str) -> str:
    """The text of the first element there, empty without one."""
    return str(element.findtext(path, "", namespaces=_PREFIXES)).strip()


def every(element: Element, path: str) -> tuple[str, ...]:
    return tuple((one.text or "").strip() for one in element.findall(path, namespaces=_PREFIXES))


def instant(at: float) -> str:
    """Seconds since 1970 as SAML writes them."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def sign(element: Element, key: Key, *, prefixes: tuple[str, ...] = ()) -> None:
    """Put an enveloped signature behind the Issuer. `prefixes`: whose namespaces count although only values use them."""
    digest = base64.b64encode(hashlib.sha256(_canonical(element, prefixes)).digest()).decode()
    signature = etree.Element(f"{{{DS}}}Signature", nsmap={"ds": DS})
    element.insert(1, signature)
    info = child(signature, DS, "SignedInfo")
    child(info, DS, "CanonicalizationMethod", Algorithm=C14N)
    child(info, DS, "SignatureMethod", Algorithm=RSA_SHA256)
    reference = child(info, DS, "Reference", URI=f"#{element.get('ID')}")
    transforms = child(reference, DS, "Transforms")
    child(transforms, DS, "Transform", Algorithm=ENVELOPED)
    exclusive = child(transforms, DS, "Transform", Algorithm=C14N)
    if prefixes:
        names = etree.SubElement(exclusive, f"{{{C14N}}}InclusiveNamespaces", nsmap={"ec": C14N})
        names.set("PrefixList", " ".join(prefixes))
    child(reference, DS, "DigestMethod", Algorithm=SHA256)
    child(reference, DS, "DigestValue", digest)
    child(signature, DS, "SignatureValue", base64.b64encode(key.sign(_canonical(info))).decode())
    named(signature, key)


def named(parent: Element, key: Key) -> None:
    """KeyInfo with the certificate."""
    data = child(child(parent, DS, "KeyInfo"), DS, "X509Data")
    child(data, DS, "X509Certificate", base64.b64encode(key.certificate).decode())


def _canonical(element: Element, prefixes: tuple[str, ...] = ()) -> bytes:
    """Of what was parsed: lxml passes over prefixes that no parsed document of this thread has had."""
    element = etree.fromstring(etree.tostring(element))
    return bytes(etree.tostring(element, method="c14n", exclusive=True, inclusive_ns_prefixes=list(prefixes) or None))


def _attributed(element: Element, attributes: dict[str, str | None]) -> Element:
    for name, value in attributes.items():
        if value is not None:
            element.set(name, value)
    return element
