"""An EncryptedAssertion, opened with a key of ours (SAML core §2.3.4, XML Encryption 1.1).

RSA-OAEP and AES only: PKCS#1 v1.5 answers questions about plaintexts. Whatever goes wrong once a key was touched is one
refusal and costs the same: an unwrapping that fails goes on with a random key (RFC 3218 §2.3.2).
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bridge.saml import envelope, shape, xml
from bridge.saml.party import Key
from bridge.saml.strict64 import decoded
from bridge.saml.untrusted import Untrusted
from bridge.saml.xml import DS, XENC, XENC11, Element

_XENC, _XENC11 = XENC[1:-1], XENC11[1:-1]
OAEP_MGF1P = _XENC + "rsa-oaep-mgf1p"
OAEP = _XENC11 + "rsa-oaep"
_DIGESTS: dict[str, hashes.HashAlgorithm] = {
    "http://www.w3.org/2000/09/xmldsig#sha1": hashes.SHA1(),  # noqa: S303 — of the OAEP label: nothing rests on collisions
    _XENC + "sha256": hashes.SHA256(),
    "http://www.w3.org/2001/04/xmldsig-more#sha384": hashes.SHA384(),
    _XENC + "sha512": hashes.SHA512(),
}
_MASKS: dict[str, hashes.HashAlgorithm] = {
    _XENC11 + "mgf1sha1": hashes.SHA1(),  # noqa: S303
    _XENC11 + "mgf1sha256": hashes.SHA256(),
    _XENC11 + "mgf1sha384": hashes.SHA384(),
    _XENC11 + "mgf1sha512": hashes.SHA512(),
}
_SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"


@dataclass(frozen=True, slots=True)
class Opened:
    """`document`: the assertion as it was encrypted, well-formed and of one assertion's shape; nothing of it is proved."""

    document: bytes
    root: Element
    algorithm: str


def assertion(encrypted: Element, keys: Sequence[Key]) -> Opened:
    """The assertion inside, by the first of our keys that opens it."""
    data, key = _parts(encrypted)
    algorithm = _algorithm(data)
    size, unlock = CONTENTS[algorithm]
    oaep = _oaep(key)
    sealed, locked = _cipher_value(data), _cipher_value(key)
    if not keys:
        raise Untrusted("saml_no_key", "the assertion is encrypted, and the connection has no key")
    for ours in keys:
        opened = _opened(unlock, _unwrapped(ours, locked, oaep, size), sealed, algorithm)
        if opened:
            return opened
    raise Untrusted("saml_undecryptable", "none of our keys opens the encrypted assertion")


def _opened(unlock: "_Unlock", secret: bytes, sealed: bytes, algorithm: str) -> Opened | None:
    """Garbage is no assertion either: not UTF-8, not XML, not of the shape. All of it is the same failure."""
    try:
        document = envelope.plain(unlock(secret, sealed))
        root = xml.parse(document)
        shape.alone(root)
    except (ValueError, InvalidTag, Untrusted):
        return None
    return Opened(document, root, algorithm)


def _parts(encrypted: Element) -> tuple[Element, Element]:
    """One EncryptedData, one EncryptedKey, in it or beside it; no reference to anything outside."""
    contents, keys = list(encrypted.iter("{*}EncryptedData")), list(encrypted.iter("{*}EncryptedKey"))
    tags = [one.tag for one in (*contents, *keys)]
    if tags != [XENC + "EncryptedData", XENC + "EncryptedKey"] or contents[0].getparent() is not encrypted:
        raise Untrusted("saml_encryption_shape", "the encrypted assertion is not one EncryptedData with one EncryptedKey")
    for outside in encrypted.iter("{*}CipherReference", "{*}RetrievalMethod"):
        if xml.local(outside) == "CipherReference" or not outside.get("URI", "").startswith("#"):
            raise Untrusted("saml_encryption_shape", "the encrypted assertion refers to something outside of the message")
    return contents[0], keys[0]


def _method(element: Element) -> Element:
    method = xml.maybe(element, XENC + "EncryptionMethod")
    if method is None:
        raise Untrusted("saml_encryption_shape", f"<{xml.local(element)}> names no algorithm")
    return method


def _algorithm(data: Element) -> str:
    algorithm: str = _method(data).get("Algorithm", "")
    if algorithm not in CONTENTS:
        raise _weak(algorithm)
    return algorithm


def _oaep(key: Element) -> padding.OAEP:
    """OAEP's digests: of `rsa-oaep-mgf1p` the mask is SHA-1, of `rsa-oaep` it may be said (xmlenc-core1 §5.5.2)."""
    method = _method(key)
    algorithm, digest, mask = method.get("Algorithm", ""), _SHA1, _XENC11 + "mgf1sha1"
    if algorithm not in (OAEP, OAEP_MGF1P):
        raise _weak(algorithm)
    for detail in method.iterchildren():
        if detail.tag == DS + "DigestMethod":
            digest = detail.get("Algorithm", "")
        elif detail.tag == XENC11 + "MGF" and algorithm == OAEP:
            mask = detail.get("Algorithm", "")
        else:
            raise Untrusted("saml_encryption_shape", f"<{xml.local(detail)}> is nothing that RSA-OAEP takes here")
    if digest not in _DIGESTS or mask not in _MASKS:
        raise _weak(f"{digest} {mask}")
    return padding.OAEP(padding.MGF1(_MASKS[mask]), _DIGESTS[digest], None)


def _cipher_value(element: Element) -> bytes:
    data = xml.maybe(element, XENC + "CipherData")
    if data is None or [child.tag for child in data.iterchildren()] != [XENC + "CipherValue"]:
        raise Untrusted("saml_encryption_shape", f"<{xml.local(element)}> is not one CipherValue")
    try:
        return decoded(xml.text(data[0]))
    except ValueError as problem:
        raise Untrusted("saml_encryption_shape", "a CipherValue is not valid base64") from problem


def _unwrapped(ours: Key, locked: bytes, oaep: padding.OAEP, size: int) -> bytes:
    spare = os.urandom(size)
    try:
        secret = ours.private.decrypt(locked, oaep)
    except ValueError:
        return spare
    return secret if len(secret) == size else spare


def _cbc(secret: bytes, sealed: bytes) -> bytes:
    """The last octet says how much was padded, the others may be anything (xmlenc-core1 §5.2)."""
    opener = Cipher(algorithms.AES(secret), modes.CBC(sealed[:16])).decryptor()
    padded = opener.update(sealed[16:]) + opener.finalize()
    if not padded or not 1 <= padded[-1] <= 16:
        raise ValueError("padding")
    return padded[: -padded[-1]]


def _gcm(secret: bytes, sealed: bytes) -> bytes:
    return AESGCM(secret).decrypt(sealed[:12], sealed[12:], None)


_Unlock = Callable[[bytes, bytes], bytes]
CONTENTS: dict[str, tuple[int, _Unlock]] = {
    _XENC + "aes128-cbc": (16, _cbc),
    _XENC + "aes192-cbc": (24, _cbc),
    _XENC + "aes256-cbc": (32, _cbc),
    _XENC11 + "aes128-gcm": (16, _gcm),
    _XENC11 + "aes192-gcm": (24, _gcm),
    _XENC11 + "aes256-gcm": (32, _gcm),
}


def _weak(algorithm: str) -> Untrusted:
    return Untrusted(
        "saml_encryption_algorithm",
        f"encrypted by {algorithm[:200]!r}: RSA-OAEP with AES in CBC or GCM is taken, nothing older",
        about={"encryption": algorithm[:200]},
    )
