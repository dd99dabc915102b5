"""One enveloped signature: its shape is an allow-list, and what it covers comes back as bytes (SAML core §5.4).

The signature over SignedInfo is verified before anything that SignedInfo asks for is done. Who signed is known from the
connection: KeyInfo is not read.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from bridge.saml import octets, shape, xml
from bridge.saml.party import Certificate
from bridge.saml.strict64 import decoded
from bridge.saml.untrusted import Untrusted
from bridge.saml.xml import DS, EXC_C14N, Element

C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
SIGNATURES: dict[str, hashes.HashAlgorithm] = {
    _MORE + "rsa-sha256": hashes.SHA256(),
    _MORE + "rsa-sha384": hashes.SHA384(),
    _MORE + "rsa-sha512": hashes.SHA512(),
    _MORE + "ecdsa-sha256": hashes.SHA256(),
    _MORE + "ecdsa-sha384": hashes.SHA384(),
    _MORE + "ecdsa-sha512": hashes.SHA512(),
}
DIGESTS = {
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    _MORE + "sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
}
LEAST_RSA = 2048
CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
MOST_PREFIXES = 16


@dataclass(frozen=True, slots=True)
class Signed:
    """The canonical bytes that a signature covers, and by what it was proved."""

    document: bytes
    certificate: Certificate
    signature: str
    digest: str


@dataclass(frozen=True, slots=True)
class _SignedInfo:
    """What SignedInfo says, read from its own canonical bytes."""

    document: bytes
    signature: str
    digest: str
    prefixes: tuple[str, ...]
    value: bytes

    def about(self) -> dict[str, str]:
        return {"signature": self.signature, "digest": self.digest}


def check(signed: Element, certificates: Sequence[Certificate], around: bytes | None = None) -> Signed:
    """Proves the signature that is the second child of `signed`, and leaves the tree as it is.

    `around`: the canonical octets that the tree was read from, where it was.
    """
    info, value = _parts(signed[1])
    said = _said(info, shape.identity(signed))
    certificate = _signer(said, value, certificates)
    for document in octets.candidates(signed, said.prefixes, around):
        if hmac.compare_digest(hashlib.new(DIGESTS[said.digest], document).digest(), said.value):
            return Signed(document, certificate, said.signature, said.digest)
    raise Untrusted("saml_digest", "what was signed is not what came: it was changed on its way", about=said.about())


def _parts(signature: Element) -> tuple[Element, bytes]:
    tags = [child.tag for child in signature.iterchildren()]
    if tags not in ([DS + "SignedInfo", DS + "SignatureValue"], [DS + "SignedInfo", DS + "SignatureValue", DS + "KeyInfo"]):
        raise Untrusted("saml_signature_shape", "the signature has other parts than SignedInfo, SignatureValue and KeyInfo")
    return signature[0], _binary(signature[1])


def _said(info: Element, id: str) -> _SignedInfo:
    """SignedInfo has one form: one Reference, to the element that the signature stands in."""
    if len(info) != 3 or info[0].tag != DS + "CanonicalizationMethod":
        raise Untrusted("saml_signature_shape", "SignedInfo is not one canonicalisation, one method and one reference")
    document = xml.canonical(info, _prefixes(info[0]))
    method, reference = _three(xml.parse(document))
    transforms, digest, value = reference.iterchildren()
    if reference.get("URI") != "#" + id:
        raise Untrusted("saml_signature_reference", "the signature is about another element than the one that it stands in")
    return _SignedInfo(
        document,
        _known("signature", method, SIGNATURES),
        _known("digest", digest, DIGESTS),
        _transforms(transforms),
        _binary(value),
    )


def _three(info: Element) -> tuple[Element, Element]:
    _tags(info, DS + "CanonicalizationMethod", DS + "SignatureMethod", DS + "Reference")
    _tags(info[2], DS + "Transforms", DS + "DigestMethod", DS + "DigestValue")
    return info[1], info[2]


def _transforms(transforms: Element) -> tuple[str, ...]:
    """Exactly: without this signature, then canonical (SAML core §5.4.4)."""
    _tags(transforms, DS + "Transform", DS + "Transform")
    if transforms[0].get("Algorithm") != ENVELOPED or len(transforms[0]):
        raise Untrusted("saml_transform", "the signature's first transform is not the enveloped signature")
    return _prefixes(transforms[1])


def _prefixes(method: Element) -> tuple[str, ...]:
    """Of an exclusive canonicalisation without comments, and of nothing else."""
    if method.get("Algorithm") != C14N:
        raise Untrusted(
            "saml_transform", f"{str(method.get('Algorithm'))[:100]!r} is not exclusive canonical XML without comments"
        )
    if not len(method):
        return ()
    _tags(method, EXC_C14N + "InclusiveNamespaces")
    prefixes = tuple(method[0].get("PrefixList", "").split())
    if len(prefixes) > MOST_PREFIXES:
        raise Untrusted("saml_too_large", f"a canonicalisation names more than {MOST_PREFIXES} prefixes")
    return prefixes


def _known(kind: str, method: Element, known: object) -> str:
    algorithm: str = method.get("Algorithm", "")
    if algorithm not in known or len(method):  # type: ignore[operator]
        raise Untrusted(
            "saml_algorithm",
            f"the {kind} is by {algorithm[:100]!r}: SHA-256 or better, RSA or ECDSA",
            about={kind: algorithm[:200]},
        )
    return algorithm


def _signer(said: _SignedInfo, value: bytes, certificates: Sequence[Certificate]) -> Certificate:
    """The first certificate of the IdP whose key made the signature; an expired one still says who it was (SDP-MD10)."""
    strong = [certificate for certificate in certificates if _strong(certificate)]
    if not strong:
        raise Untrusted("saml_no_certificate", "the IdP has no signing certificate with a strong key", about=said.about())
    for certificate in strong:
        if _made_by(certificate, said, value):
            return certificate
    raise Untrusted("saml_signature", "none of the IdP's certificates made the signature", about=said.about())


def _strong(certificate: Certificate) -> bool:
    key = certificate.key
    return key.key_size >= LEAST_RSA if isinstance(key, RSAPublicKey) else isinstance(key.curve, CURVES)


def _made_by(certificate: Certificate, said: _SignedInfo, value: bytes) -> bool:
    key, hashed = certificate.key, SIGNATURES[said.signature]
    rsa = said.signature.startswith(_MORE + "rsa-")
    try:
        if isinstance(key, RSAPublicKey):
            if rsa:
                key.verify(value, said.document, padding.PKCS1v15(), hashed)
            return rsa
        half = (key.curve.key_size + 7) // 8
        if rsa or len(value) != 2 * half:
            return False
        r, s = int.from_bytes(value[:half]), int.from_bytes(value[half:])
        key.verify(encode_dss_signature(r, s), said.document, ec.ECDSA(hashed))
    except InvalidSignature:
        return False
    return True


def _binary(element: Element) -> bytes:
    try:
        return decoded(xml.text(element))
    except ValueError as problem:
        raise Untrusted("saml_signature_shape", f"<{xml.local(element)}> is not valid base64") from problem


def _tags(element: Element, *tags: str) -> None:
    if tuple(child.tag for child in element.iterchildren()) != tags:
        raise Untrusted("saml_signature_shape", f"<{xml.local(element)}> of the signature holds other elements than it may")


def pem(certificate: Certificate) -> str:
    body = base64.encodebytes(certificate.der).decode()
    return f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n"
