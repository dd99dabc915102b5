"""The captured and made-up messages beside the checkout: a manifest's entries, and whom each message says it is between.

A sample has no party: audience, recipient and issuer are what it says itself, unless the manifest says otherwise; its clock
is a second after its assertion was issued. So it meets a gate that lets it in, unless something is wrong with it.
"""

import base64
import hashlib
import json
import re
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from bridge.saml.party import Certificate, Idp, Party
from tests.support.saml import Signer, sign
from tests.support.saml.names import SAML
from tests.support.shared import shared


def manifest(kind: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads(shared(f"saml-samples/{kind}/manifest.json").read_text())
    return entries


def document(kind: str, file: str) -> bytes:
    return shared(f"saml-samples/{kind}/{file}").read_bytes()


def field(message: bytes) -> str:
    return base64.b64encode(message).decode()


def millis(written: str) -> int:
    return round(datetime.fromisoformat(written).timestamp() * 1000)


def clock(message: bytes) -> int:
    """A second after the assertion was issued; else after the response was."""
    issued = re.findall(rb'<(?:\w+:)?(?:Assertion|Response)\b[^>]*?IssueInstant="([^"]*)"', message)
    try:
        return millis(issued[-1].decode()) + 1000
    except (IndexError, ValueError):
        return 0


def party(message: bytes, certificates: tuple[Certificate, ...], **known: str | None) -> Party:
    """`known`: audience, acs and issuer where they are known otherwise than from the message."""
    audience = known.get("audience") or _said(rb"<(?:\w+:)?Audience>\s*([^<]*?)\s*<", message)
    acs = known.get("acs") or _said(rb'Recipient="([^"]*)"', message) or _said(rb'Destination="([^"]*)"', message)
    issuer = known.get("issuer") or _said(rb"<(?:\w+:)?Issuer\b[^>]*>\s*([^<]*?)\s*<", message)
    return Party("sample", audience, acs, acs, Idp(issuer, "https://idp.invalid", certificates))


def _said(pattern: bytes, message: bytes) -> str:
    found = re.search(pattern, message)
    return found[1].decode() if found else ""


def embedded(document: bytes) -> tuple[Certificate, ...]:
    """The certificates in a message or in metadata; samples where somebody overwrote them have none."""
    found = {}
    for text in re.findall(rb"X509Certificate[^>]*>([^<]+)<", document):
        try:
            one = _certificate(x509.load_der_x509_certificate(base64.b64decode(text)))
        except ValueError:
            continue
        found[one.fingerprint] = one
    return tuple(found.values())


@cache
def folder_certificates(kind: str) -> tuple[Certificate, ...]:
    """All certificates and metadata of a folder: what "in a separate file" means in its manifest."""
    folder: Path = shared(f"saml-samples/{kind}")
    found = []
    for path in sorted(folder.iterdir()):
        octets = path.read_bytes()
        if path.suffix in {".crt", ".pem"} and b"BEGIN CERTIFICATE" in octets:
            found.append(_certificate(x509.load_pem_x509_certificate(octets)))
        elif "metadata" in path.name:
            found += embedded(octets)
    return tuple(found)


def _certificate(one: x509.Certificate) -> Certificate:
    der = one.public_bytes(Encoding.DER)
    begins, ends = (int(at.timestamp() * 1000) for at in (one.not_valid_before_utc, one.not_valid_after_utc))
    key: Any = one.public_key()
    return Certificate(der, hashlib.sha256(der).hexdigest(), begins, ends, key)


def unsigned(message: bytes) -> etree._Element:
    """The message, all its signatures taken out and the text between the parts kept."""
    tree = etree.fromstring(message, etree.XMLParser(remove_comments=True))
    for signature in list(tree.iter("{*}Signature")):
        parent, before = signature.getparent(), signature.getprevious()
        assert parent is not None
        if signature.tail and before is not None:
            before.tail = (before.tail or "") + signature.tail
        parent.remove(signature)
    return tree


def signed_again(message: bytes, by: Signer, *, audience: str | None = None) -> bytes:
    """The same message, its assertions signed with SHA-256 by `by`, so that only what it says is wrong with it.

    `audience`: goes in where the message has none.
    """
    tree = unsigned(message)
    assertions = tree.findall("{*}Assertion")
    for assertion in assertions:
        if audience is not None:
            _restrict(assertion, audience)
        sign(assertion, by)
    if not assertions:
        sign(tree, by)
    return etree.tostring(tree)


def _restrict(assertion: etree._Element, audience: str) -> None:
    conditions = assertion.find("{*}Conditions")
    assert conditions is not None
    restriction = etree.SubElement(conditions, f"{{{SAML}}}AudienceRestriction")
    etree.SubElement(restriction, f"{{{SAML}}}Audience").text = audience
