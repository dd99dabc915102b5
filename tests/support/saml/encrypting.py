"""Encrypted assertions of our own making (XML Encryption 1.1), weak and broken ones among them."""

import base64
import os
from dataclasses import dataclass

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree

from tests.support.saml import names
from tests.support.saml.keys import Signer

OAEP_HASHES = {"sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}


@dataclass(frozen=True)
class Encryption:
    """How an assertion is encrypted: short names of `names.CONTENTS`, `names.TRANSPORTS`; `digest`, `mgf`: hashes of OAEP.

    `beside`: the EncryptedKey stands next to the EncryptedData and is pointed at, not in it.
    """

    content: str = "aes256-gcm"
    transport: str = "rsa-oaep-mgf1p"
    digest: str = "sha1"
    mgf: str = "sha1"
    beside: bool = False


def encrypt(element: etree._Element, to: Signer, how: Encryption = Encryption()) -> etree._Element:
    """The element as an EncryptedAssertion that stands in its place, or alone if it has none."""
    encrypted = encrypted_text(etree.tostring(element, with_tail=False), to, how)
    parent = element.getparent()
    if parent is not None:
        parent.replace(element, encrypted)
    return encrypted


def encrypted_text(plain: bytes, to: Signer, how: Encryption = Encryption()) -> etree._Element:
    """Any octets as the content of an EncryptedAssertion."""
    secret = os.urandom(24 if how.content.startswith("triple") else int(how.content[3:6]) // 8)
    return assembled(_content(plain, secret, how.content), wrapped(secret, to, how), how)


def assembled(
    content: bytes, key: bytes, how: Encryption = Encryption(), *, data: str = "", in_key: str = ""
) -> etree._Element:
    """An EncryptedAssertion of ready octets; `data` and `in_key`: CipherData in place of the usual, as XML."""
    transport = names.TRANSPORTS.get(how.transport, how.transport)
    key_text = (
        f'<xenc:EncryptedKey Id="key"><xenc:EncryptionMethod Algorithm="{transport}">'
        f"{_oaep(how)}</xenc:EncryptionMethod>{in_key or _cipher(key)}</xenc:EncryptedKey>"
    )
    pointer = f'<ds:RetrievalMethod Type="{names.XENC}EncryptedKey" URI="#key"/>' if how.beside else key_text
    return etree.fromstring(
        f'<saml:EncryptedAssertion xmlns:saml="{names.SAML}" xmlns:ds="{names.DS}" xmlns:xenc="{names.XENC}">'
        f'<xenc:EncryptedData Type="{names.XENC}Element">'
        f'<xenc:EncryptionMethod Algorithm="{names.CONTENTS.get(how.content, how.content)}"/>'
        f"<ds:KeyInfo>{pointer}</ds:KeyInfo>{data or _cipher(content)}</xenc:EncryptedData>{key_text if how.beside else ''}"
        "</saml:EncryptedAssertion>"
    )


def wrapped(secret: bytes, to: Signer, how: Encryption = Encryption()) -> bytes:
    """The content's key, encrypted to whom it is for."""
    public = to.private.public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    if how.transport == "rsa-1_5":
        return public.encrypt(secret, padding.PKCS1v15())
    return public.encrypt(secret, padding.OAEP(padding.MGF1(OAEP_HASHES[how.mgf]()), OAEP_HASHES[how.digest](), None))


def _content(plain: bytes, secret: bytes, content: str) -> bytes:
    if content.endswith("gcm"):
        nonce = os.urandom(12)
        return nonce + AESGCM(secret).encrypt(nonce, plain, None)
    block = 8 if content.startswith("triple") else 16
    iv, pad = os.urandom(block), block - len(plain) % block
    algorithm = TripleDES(secret) if content.startswith("triple") else algorithms.AES(secret)
    encryptor = Cipher(algorithm, modes.CBC(iv)).encryptor()
    return iv + encryptor.update(plain + os.urandom(pad - 1) + bytes([pad])) + encryptor.finalize()


def _oaep(how: Encryption) -> str:
    if how.transport == "rsa-1_5":
        return ""
    digest = f'<ds:DigestMethod Algorithm="{names.DIGESTS[how.digest]}"/>'
    mgf = (
        f'<xenc11:MGF xmlns:xenc11="{names.XENC11}" Algorithm="{names.XENC11}mgf1{how.mgf}"/>'
        if how.transport == "rsa-oaep"
        else ""
    )
    return digest + mgf


def _cipher(octets: bytes) -> str:
    value = base64.b64encode(octets).decode()
    return f"<xenc:CipherData><xenc:CipherValue>{value}</xenc:CipherValue></xenc:CipherData>"
