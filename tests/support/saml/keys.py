"""Keys of made-up identity providers and of ours, with certificates: made once in a process, by name."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from bridge.saml.party import Certificate, Key

CURVES = {
    "ec-192": ec.SECP192R1,
    "ec-224": ec.SECP224R1,
    "ec-256": ec.SECP256R1,
    "ec-384": ec.SECP384R1,
    "ec-521": ec.SECP521R1,
}


@dataclass(frozen=True)
class Signer:
    """A private key and its self-signed certificate, as an IdP (or we) would hold them."""

    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = field(repr=False)
    der: bytes = field(repr=False)

    @property
    def elliptic(self) -> bool:
        return isinstance(self.private, ec.EllipticCurvePrivateKey)

    @property
    def x509(self) -> x509.Certificate:
        return x509.load_der_x509_certificate(self.der)

    @property
    def certificate(self) -> Certificate:
        """As the bridge knows it from metadata."""
        read = self.x509
        ends = [int(at.timestamp() * 1000) for at in (read.not_valid_before_utc, read.not_valid_after_utc)]
        return Certificate(self.der, read.fingerprint(hashes.SHA256()).hex(), *ends, self.private.public_key())

    @property
    def key(self) -> Key:
        """As a key of ours."""
        assert isinstance(self.private, rsa.RSAPrivateKey)
        return Key(self.private, self.certificate)

    def pem(self) -> str:
        """The private key and the certificate."""
        form = serialization.PrivateFormat.PKCS8
        private = self.private.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
        return (private + self.x509.public_bytes(serialization.Encoding.PEM)).decode()


@cache
def signer(name: str = "idp", kind: str = "rsa-2048", *, years: float = 20) -> Signer:
    """The key of that name and kind (`rsa-BITS` or `ec-BITS`); `years` < 0: its certificate has expired long since."""
    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    if kind in CURVES:
        private = ec.generate_private_key(CURVES[kind]())
    else:
        private = rsa.generate_private_key(65537, int(kind.removeprefix("rsa-")))
    begins = datetime(2020, 1, 1, tzinfo=UTC)
    whose = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder(whose, whose, private.public_key(), x509.random_serial_number())
        .not_valid_before(begins - timedelta(days=3650) if years < 0 else begins)
        .not_valid_after(begins + timedelta(days=365 * years))
        .sign(private, hashes.SHA256())
    )
    return Signer(private, made.public_bytes(serialization.Encoding.DER))
