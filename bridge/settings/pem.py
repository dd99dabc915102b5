"""A key of ours as PEM: a private key and its certificate, in any order. Here, because a file that is none is a problem of
the settings, told at its place."""

import re

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

SMALLEST, LARGEST = 2048, 8192  # bits; larger ones cost seconds for each message
_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)


def pair(text: str) -> tuple[RSAPrivateKey, x509.Certificate]:
    """The key and its certificate; ValueError ("problem | hint") where they are none that can be used."""
    blocks = [(found.group(1), found.group(0).encode()) for found in _BLOCK.finditer(text)]
    keys = [block for kind, block in blocks if kind.endswith("PRIVATE KEY")]
    certificates = [block for kind, block in blocks if kind == "CERTIFICATE"]
    if len(keys) != 1 or len(certificates) != 1:
        found = f"{len(keys)} private keys and {len(certificates)} certificates"
        raise ValueError(f"it has {found} | write one of each, PEM, one after the other; docs/saml-metadata.md says how")
    key, certificate = _private(keys[0]), _certificate(certificates[0])
    if not _belong_together(key, certificate):
        raise ValueError("the certificate is of another key | put the certificate there that was made with this key")
    return key, certificate


def _belong_together(key: RSAPrivateKey, certificate: x509.Certificate) -> bool:
    """Tried out: the certificate verifies what the key signs. To ask whether the numbers are sound takes 100 ms a key."""
    public = certificate.public_key()
    if not isinstance(public, RSAPublicKey):
        return False
    try:
        public.verify(key.sign(b"ours", PKCS1v15(), SHA256()), b"ours", PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def _private(block: bytes) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(block, None, unsafe_skip_rsa_key_validation=True)
    except TypeError as error:
        raise ValueError("the private key has a passphrase | take it off: openssl pkey -in KEY") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError("the private key can't be read | make a new one; docs/saml-metadata.md says how") from error
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("the private key is not RSA | IdPs encrypt to RSA keys only")
    if not SMALLEST <= key.key_size <= LARGEST:
        raise ValueError(f"the private key has {key.key_size} bits | make one of {SMALLEST} bits or 3072")
    return key


def _certificate(block: bytes) -> x509.Certificate:
    try:
        certificate = x509.load_pem_x509_certificate(block)
        certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError("the certificate can't be read | make a new one; docs/saml-metadata.md says how") from error
    return certificate
