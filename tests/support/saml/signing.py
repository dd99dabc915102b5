"""Enveloped signatures of our own making: lxml canonicalises, `cryptography` signs; nothing of the bridge's, nor xmlsec.

Every part of a signature can be had otherwise than it should be (`Seal`), for those who attack.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from lxml import etree

from tests.support.saml import names
from tests.support.saml.keys import Signer

HASHES = {
    "md5": hashes.MD5,
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
WRITES = {  # canonicalisation method -> how lxml writes it
    names.EXCLUSIVE: {"exclusive": True, "with_comments": False},
    names.EXCLUSIVE_COMMENTS: {"exclusive": True, "with_comments": True},
    names.INCLUSIVE: {"exclusive": False, "with_comments": False},
    names.INCLUSIVE_COMMENTS: {"exclusive": False, "with_comments": True},
    names.INCLUSIVE_11: {"exclusive": False, "with_comments": False},  # the same, without xml:base and xml:id
}


@dataclass(frozen=True)
class Seal:
    """How a signature is made. `method`, `digest`: names of `names.SIGNATURES`, `names.DIGESTS`, else URIs.

    `transforms`: inner XML in place of the usual two. `reference`: URI in place of `#ID`. `key_info`: inner XML of KeyInfo,
    None: no KeyInfo; the default is the certificate. `said`: (old, new) texts to change in SignedInfo before it is signed.
    `ends_with`: XML after KeyInfo. `wrap`: base64 in lines, as AD FS writes it. `at`: the place among the children.
    """

    method: str = "rsa-sha256"
    digest: str = "sha256"
    canonical: str = names.EXCLUSIVE
    referenced: str = names.EXCLUSIVE
    prefixes: tuple[str, ...] = ()
    transforms: str | None = None
    reference: str | None = None
    key_info: str | None = "certificate"
    said: tuple[tuple[str, str], ...] = ()
    ends_with: str = ""
    prefix: str = "ds"
    wrap: bool = False
    at: int = 1  # after Issuer


def sign(element: etree._Element, by: Signer, seal: Seal = Seal()) -> etree._Element:
    """Puts a signature over the element into it, and returns that."""
    if by.elliptic and seal.method.startswith("rsa-sha"):
        seal = replace(seal, method=seal.method.replace("rsa", "ecdsa"))
    digest = base64.b64encode(
        hashlib.new(_hash(seal.digest), canonical(element, seal.referenced, seal.prefixes)).digest()
    ).decode()
    signature = etree.fromstring(_text(element, digest, by, seal))
    element.insert(seal.at, signature)
    resign(signature, by, seal)
    return signature


def resign(signature: etree._Element, by: Signer, seal: Seal = Seal()) -> None:
    """Signs SignedInfo as it stands."""
    signed_info = signature.find(f"{{{names.DS}}}SignedInfo")
    value = signature.find(f"{{{names.DS}}}SignatureValue")
    assert signed_info is not None
    assert value is not None
    raw = signed_octets(canonical(signed_info, seal.canonical), by, seal.method)
    value.text = (base64.encodebytes(raw) if seal.wrap else base64.b64encode(raw)).decode()


def canonical(element: etree._Element, method: str = names.EXCLUSIVE, prefixes: tuple[str, ...] = ()) -> bytes:
    """The canonical bytes of an element and what is in it."""
    how = WRITES.get(method, WRITES[names.EXCLUSIVE])
    return etree.tostring(element, method="c14n", inclusive_ns_prefixes=list(prefixes) or None, **how)


def _text(element: etree._Element, digest: str, by: Signer, seal: Seal) -> str:
    p, declared = (f"{seal.prefix}:", f"xmlns:{seal.prefix}") if seal.prefix else ("", "xmlns")
    reference = "#" + element.get("ID", "") if seal.reference is None else seal.reference
    signed_info = (
        f'<{p}SignedInfo><{p}CanonicalizationMethod Algorithm="{seal.canonical}"/>'
        f'<{p}SignatureMethod Algorithm="{names.SIGNATURES.get(seal.method, seal.method)}"/>'
        f'<{p}Reference URI="{reference}"><{p}Transforms>{_transforms(seal, p)}</{p}Transforms>'
        f'<{p}DigestMethod Algorithm="{names.DIGESTS.get(seal.digest, seal.digest)}"/>'
        f"<{p}DigestValue>{digest}</{p}DigestValue></{p}Reference></{p}SignedInfo>"
    )
    for old, new in seal.said:
        assert old in signed_info, old
        signed_info = signed_info.replace(old, new)
    inside = f"{signed_info}<{p}SignatureValue/>{_key_info(by, seal, p)}{seal.ends_with}"
    return f'<{p}Signature {declared}="{names.DS}">{inside}</{p}Signature>'


def _transforms(seal: Seal, p: str) -> str:
    if seal.transforms is not None:
        return seal.transforms
    listed = " ".join(seal.prefixes)
    inside = f'<ec:InclusiveNamespaces xmlns:ec="{names.EXCLUSIVE}" PrefixList="{listed}"/>' if listed else ""
    enveloped = f'<{p}Transform Algorithm="{names.ENVELOPED}"/>'
    return f'{enveloped}<{p}Transform Algorithm="{seal.referenced}">{inside}</{p}Transform>'


def _key_info(by: Signer, seal: Seal, p: str) -> str:
    if seal.key_info is None:
        return ""
    inner = seal.key_info
    if inner == "certificate":
        inner = f"<{p}X509Data><{p}X509Certificate>{base64.b64encode(by.der).decode()}</{p}X509Certificate></{p}X509Data>"
    return f"<{p}KeyInfo>{inner}</{p}KeyInfo>"


def signed_octets(octets: bytes, by: Signer, method: str) -> bytes:
    """The value of a signature over octets, by a short name of `names.SIGNATURES`."""
    kind, hashed = method.partition("-")[0], HASHES[_hash(method)]()
    if kind == "hmac":  # with the certificate for a secret, as who confuses the two would check it
        return hmac.new(by.der, octets, hashed.name).digest()
    if isinstance(by.private, rsa.RSAPrivateKey):
        scheme = padding.PSS(padding.MGF1(hashed), hashed.digest_size) if "pss" in method else padding.PKCS1v15()
        return by.private.sign(octets, scheme, hashed)
    assert isinstance(by.private, ec.EllipticCurvePrivateKey)
    size = (by.private.key_size + 7) // 8
    return b"".join(part.to_bytes(size, "big") for part in decode_dss_signature(by.private.sign(octets, ec.ECDSA(hashed))))


def _hash(name: str) -> str:
    """The hash that a short name ends with; SHA-256 for whatever is none."""
    last = name.rpartition("-")[2]
    return last if last in HASHES else "sha256"
