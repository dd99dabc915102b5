"""The HTTP-Redirect binding (SAML bindings §3.4): a message deflated into a query, signed over its exact octets."""

import base64
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote_plus, unquote_plus

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm

from bridge.saml.party import Certificate, Key
from bridge.saml.strict64 import decoded
from bridge.saml.untrusted import Untrusted

Kind = Literal["SAMLRequest", "SAMLResponse"]
LARGEST = 64 * 1024  # bytes of XML, inflated
LONGEST = 64 * 1024  # characters of the query
RELAY_STATE = 1024  # the standard says 80 bytes; what IdPs send is longer
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
_HASHES: dict[str, HashAlgorithm] = {
    RSA_SHA256: SHA256(),
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384": SHA384(),
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512": SHA512(),
}
_DEFLATE = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE"
_OURS = {"SAMLRequest", "SAMLResponse", "RelayState", "SigAlg", "Signature", "SAMLEncoding"}
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class Received:
    """A message that one of the IdP's keys has signed; `certificate`: the fingerprint of which."""

    document: bytes
    relay_state: str | None
    certificate: str
    algorithm: str


def url(location: str, kind: Kind, document: bytes, *, relay_state: str | None = None, key: Key | None = None) -> str:
    """Where to send the browser; signed by RSA-SHA256 if there is a `key`. `location` may have a query of its own."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = base64.b64encode(packer.compress(document) + packer.flush()).decode()
    parts: list[tuple[str, str]] = [(kind, packed)]
    if relay_state is not None:
        parts.append(("RelayState", relay_state))
    if key is not None:
        parts.append(("SigAlg", RSA_SHA256))
    query = "&".join(f"{name}={quote_plus(value)}" for name, value in parts)
    if key is not None:
        signature = key.private.sign(query.encode(), PKCS1v15(), SHA256())
        query += f"&Signature={quote_plus(base64.b64encode(signature).decode())}"
    return f"{location}{'&' if '?' in location else '?'}{query}"


def receive(raw_query: str, kind: Kind, certificates: Sequence[Certificate]) -> Received:
    """The signed message of a query, as the browser sent it: nothing is decoded before the signature is checked, because
    AD FS escapes in lower case and others in upper case, and each has signed its own octets."""
    raw = _parameters(raw_query)
    if kind not in raw or {"SAMLRequest", "SAMLResponse"} <= raw.keys():
        raise Untrusted("slo_malformed", f"There must be one {kind}, and nothing else to be read as one.")
    signed = "&".join(f"{name}={raw[name]}" for name in (kind, "RelayState", "SigAlg") if name in raw)
    certificate, algorithm = _verified(raw, signed.encode(), certificates)
    if _plain(raw.get("SAMLEncoding", _DEFLATE)) != _DEFLATE:
        raise Untrusted("slo_malformed", "The message is encoded in another way than DEFLATE.")
    relay_state = _plain(raw["RelayState"]) if "RelayState" in raw else None
    if relay_state is not None and len(relay_state) > RELAY_STATE:
        raise Untrusted("slo_malformed", f"The RelayState has more than {RELAY_STATE} characters.")
    return Received(_inflated(_bytes(raw[kind])), relay_state or None, certificate, algorithm)


def _parameters(raw_query: str) -> dict[str, str]:
    """Those of the binding, still escaped. One that is spelt otherwise, or stands there twice, has two readings."""
    if len(raw_query) > LONGEST or not raw_query.isascii():
        raise Untrusted("slo_malformed", f"The query has more than {LONGEST} characters, or some that no query has.")
    found: dict[str, str] = {}
    for part in raw_query.split("&"):
        name, _, value = part.partition("=")
        meant = _plain(name)
        if meant not in _OURS:
            continue
        if meant != name or name in found:
            raise Untrusted("slo_malformed", f"{meant} stands there twice, or is not written out.")
        found[name] = value
    return found


def _verified(raw: dict[str, str], signed: bytes, certificates: Sequence[Certificate]) -> tuple[str, str]:
    """Which of the keys signed, and how."""
    if "Signature" not in raw or "SigAlg" not in raw:
        raise Untrusted("slo_signature", "The message is not signed.")
    algorithm = _plain(raw["SigAlg"])
    hashed = _HASHES.get(algorithm)
    if hashed is None:
        raise Untrusted("slo_signature", "The message is signed by another algorithm than RSA with SHA-256 or better.")
    signature = _bytes(raw["Signature"])
    for certificate in certificates:
        if isinstance(certificate.key, RSAPublicKey) and _fits(certificate.key, signature, signed, hashed):
            return certificate.fingerprint, algorithm
    raise Untrusted("slo_signature", "None of the IdP's keys has signed the message.", about={"signature": algorithm})


def _fits(key: RSAPublicKey, signature: bytes, signed: bytes, hashed: HashAlgorithm) -> bool:
    try:
        key.verify(signature, signed, PKCS1v15(), hashed)
    except InvalidSignature:
        return False
    return True


def _plain(value: str) -> str:
    try:
        if _ESCAPE.search(value):
            raise ValueError("a % that escapes nothing")
        return unquote_plus(value, errors="strict")
    except ValueError as error:
        raise Untrusted("slo_malformed", "The query is not escaped as a query is.") from error


def _bytes(value: str) -> bytes:
    try:
        return decoded(_plain(value))
    except ValueError as error:
        raise Untrusted("slo_malformed", "The query has a value that is no base64.") from error


def _inflated(packed: bytes) -> bytes:
    """At most `LARGEST` bytes are ever made of it, whatever it would grow to."""
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        document = unpacker.decompress(packed, LARGEST + 1)
    except zlib.error as error:
        raise Untrusted("slo_malformed", "The message is not deflated.") from error
    if len(document) > LARGEST:
        raise Untrusted("slo_malformed", f"The message has more than {LARGEST} bytes.")
    if not unpacker.eof or unpacker.unused_data:
        raise Untrusted("slo_malformed", "The message is cut off, or something stands behind it.")
    return document
