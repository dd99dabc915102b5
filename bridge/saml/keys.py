"""Certificates and keys as values: those of IdPs, which verify, and ours, which sign and decrypt."""

import hashlib
import warnings

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, SECP521R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.utils import CryptographyDeprecationWarning

from bridge.saml.party import Certificate, Key
from bridge.settings.pem import LARGEST, SMALLEST, pair

_CURVES = (SECP256R1, SECP384R1, SECP521R1)


def read(pem: str) -> Key:
    """Private key and certificate, in any order; ValueError as `bridge.settings.pem` has it."""
    private, certificate = pair(pem)
    return Key(private, certificate_of(certificate.public_bytes(Encoding.DER)))


def certificate_of(der: bytes) -> Certificate:
    """ValueError where its key could not be trusted with a signature: RSA below 2048 bits, an odd curve, another kind."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CryptographyDeprecationWarning)  # a serial number of 0, which some IdPs have
            found = x509.load_der_x509_certificate(der)
        key = found.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError("it can't be read") from error
    if isinstance(key, RSAPublicKey):
        if not SMALLEST <= key.key_size <= LARGEST:
            raise ValueError(f"its key has {key.key_size} bits, not {SMALLEST} to {LARGEST}")
    elif not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, _CURVES):
        raise ValueError("its key is neither RSA nor on a curve of NIST's")
    begins, ends = found.not_valid_before_utc, found.not_valid_after_utc
    fingerprint = hashlib.sha256(der).hexdigest()
    return Certificate(der, fingerprint, int(begins.timestamp() * 1000), int(ends.timestamp() * 1000), key)
