"""An IdP's signing key with its certificate: made once, then the same as long as the folder is there."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

_LASTS = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Key:
    """`certificate`: DER."""

    private: rsa.RSAPrivateKey
    certificate: bytes

    def sign(self, data: bytes) -> bytes:
        """RSA-SHA256, the oldest that is still good."""
        return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())


def made(name: str) -> Key:
    """A new one, self-signed."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"stand-in IdP of {name}"[:64])])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _LASTS)
        .sign(private, hashes.SHA256())
    )
    return Key(private, certificate.public_bytes(serialization.Encoding.DER))


def kept(file: Path, name: str) -> Key:
    """The one in this file."""
    if not file.exists():
        _keep(file, made(name))
    return _read(file.read_bytes())


def _keep(file: Path, key: Key) -> None:
    pem = key.private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    certificate = x509.load_der_x509_certificate(key.certificate).public_bytes(serialization.Encoding.PEM)
    new = file.with_suffix(".new")
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as target:
        target.write(pem + certificate)
    new.replace(file)


@lru_cache(maxsize=64)
def _read(pem: bytes) -> Key:
    private = serialization.load_pem_private_key(pem, None)
    assert isinstance(private, rsa.RSAPrivateKey), "what we kept is an RSA key"
    return Key(private, x509.load_pem_x509_certificate(pem).public_bytes(serialization.Encoding.DER))
