"""Redirect messages from the other side: sent as the kit's IdP would, and read as any IdP would, by python3-saml."""

import base64
import re
import zlib
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from lxml import etree
from onelogin.saml2.utils import OneLogin_Saml2_Utils
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML

from tests.support.saml import Signer, signer

ALGORITHM = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha"
NS = {
    "p": "urn:oasis:names:tc:SAML:2.0:protocol",
    "a": "urn:oasis:names:tc:SAML:2.0:assertion",
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}
_HASHES: dict[str, HashAlgorithm] = {"256": SHA256(), "384": SHA384(), "512": SHA512()}


def deflated(document: str | bytes) -> str:
    packer = zlib.compressobj(wbits=-15)
    text = document.encode() if isinstance(document, str) else document
    return base64.b64encode(packer.compress(text) + packer.flush()).decode()


def query(
    document: str | bytes,
    kind: str = "SAMLRequest",
    *,
    relay_state: str | None = None,
    by: Signer | None = None,
    bits: str = "256",
    lower: bool = False,
    algorithm: str | None = None,
) -> str:
    """Signed over the octets that are sent; `lower`: escapes in lower case, as .NET writes them."""
    parts = [(kind, deflated(document))]
    if relay_state is not None:
        parts.append(("RelayState", relay_state))
    parts.append(("SigAlg", algorithm or ALGORITHM + bits))
    text = "&".join(f"{name}={_escaped(value, lower)}" for name, value in parts)
    private = (by or signer()).private
    assert isinstance(private, rsa.RSAPrivateKey)
    signature = private.sign(text.encode(), padding.PKCS1v15(), _HASHES[bits])
    return f"{text}&Signature={_escaped(base64.b64encode(signature).decode(), lower)}"


def _escaped(value: str, lower: bool) -> str:
    text = quote(value, safe="")
    return re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), text) if lower else text


def sent(url: str, kind: str = "SAMLRequest") -> Any:
    """The message in a URL of ours, valid by the schema."""
    packed = parse_qs(urlsplit(url).query, strict_parsing=True)[kind]
    assert len(packed) == 1
    document = zlib.decompress(base64.b64decode(packed[0], validate=True), -15)
    valid(document, "saml-schema-protocol-2.0.xsd")
    return etree.fromstring(document)


def valid(document: bytes, schema: str) -> None:
    """By the XML schemas of OASIS, as python3-saml has them."""
    found = OneLogin_Saml2_XML.validate_xml(document, schema)
    assert not isinstance(found, str), found


def signed(url: str, by: Signer, kind: str = "SAMLRequest") -> bool:
    """Whether python3-saml and xmlsec believe the signature of a URL."""
    raw = dict(part.split("=", 1) for part in urlsplit(url).query.split("&"))
    octets = "&".join(f"{name}={raw[name]}" for name in (kind, "RelayState", "SigAlg") if name in raw)
    plain = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    certificate = OneLogin_Saml2_Utils.format_cert(base64.b64encode(by.der).decode(), heads=True)
    good: bool = OneLogin_Saml2_Utils.validate_binary_sign(
        octets.encode(), base64.b64decode(plain["Signature"]), certificate, plain["SigAlg"]
    )
    return good
