"""Our own metadata, one document per connection, for its IdP's administrators.

It has no validUntil: most IdPs are given it once, as a file, and one that ends would end every sign-in on some day.
"""

import base64
from collections.abc import Sequence
from typing import Protocol

from lxml import etree

from bridge.saml.names import MD, POST, PROTOCOL, REDIRECT
from bridge.saml.party import Key
from bridge.saml.xml import DS, Element
from bridge.settings.values import Saml

CACHED = "PT8H"  # so long an IdP that reads it again may keep it; a new key must stand there for longer before it signs
_XENC, _XENC11 = "http://www.w3.org/2001/04/xmlenc#", "http://www.w3.org/2009/xmlenc11#"
_ENCRYPTION = (
    f"{_XENC11}aes256-gcm",
    f"{_XENC11}aes128-gcm",
    f"{_XENC}aes256-cbc",
    f"{_XENC}aes128-cbc",
    f"{_XENC}rsa-oaep-mgf1p",
)


class Provider(Protocol):
    """Who we are: an `Ours`, or a `Party`."""

    @property
    def entity_id(self) -> str: ...
    @property
    def acs(self) -> str: ...
    @property
    def slo(self) -> str: ...
    @property
    def keys(self) -> tuple[Key, ...]: ...


def metadata(provider: Provider, saml: Saml) -> bytes:
    """The document, the same bytes as long as nothing changes. Every key stands there, the one that signs first."""
    entity = etree.Element(f"{MD}EntityDescriptor", nsmap={"md": MD[1:-1], "ds": DS[1:-1]})
    entity.set("entityID", provider.entity_id)
    entity.set("cacheDuration", CACHED)
    role = etree.SubElement(entity, f"{MD}SPSSODescriptor")
    role.set("AuthnRequestsSigned", str(saml.sign_requests).lower())
    role.set("WantAssertionsSigned", "true")
    role.set("protocolSupportEnumeration", PROTOCOL)
    _keys(role, provider.keys)
    if saml.single_logout:
        etree.SubElement(role, f"{MD}SingleLogoutService", Binding=REDIRECT, Location=provider.slo)
    consumer = etree.SubElement(role, f"{MD}AssertionConsumerService", Binding=POST, Location=provider.acs)
    consumer.set("index", "0")
    consumer.set("isDefault", "true")
    document: bytes = etree.tostring(entity, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return document


def _keys(role: Element, keys: Sequence[Key]) -> None:
    """Each for both uses: what is new must be known before it signs, what is old still decrypts (SAML2int SDP-SP38)."""
    for key in keys:
        _key(role, "signing", key)
    for key in keys:
        encryption = _key(role, "encryption", key)
        for algorithm in _ENCRYPTION:
            etree.SubElement(encryption, f"{MD}EncryptionMethod", Algorithm=algorithm)


def _key(role: Element, use: str, key: Key) -> Element:
    descriptor = etree.SubElement(role, f"{MD}KeyDescriptor", use=use)
    data = etree.SubElement(etree.SubElement(descriptor, f"{DS}KeyInfo"), f"{DS}X509Data")
    etree.SubElement(data, f"{DS}X509Certificate").text = base64.b64encode(key.certificate.der).decode()
    return descriptor
