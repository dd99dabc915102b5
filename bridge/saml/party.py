"""Both sides of a connection: who its IdP is, and who we are to it. Everything is exact: nothing is taken from a message."""

from dataclasses import dataclass, field, replace

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from bridge.saml.assertion import NameId

SKEW_MS = 180_000


@dataclass(frozen=True, slots=True)
class Certificate:
    """One signing certificate of an IdP, or one of ours. `fingerprint`: SHA-256 of the DER, hex; times epoch ms.

    `key` is what verifies; who signed the certificate, and whether it has expired, proves nothing (SAML2int SDP-MD10).
    """

    der: bytes = field(repr=False)
    fingerprint: str
    begins: int
    ends: int
    key: RSAPublicKey | EllipticCurvePublicKey = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Idp:
    """`sso`, `slo`: the Redirect endpoints; `slo_response`: where answers go if that differs. `until`: validUntil, ms."""

    entity_id: str
    sso: str
    certificates: tuple[Certificate, ...]
    slo: str | None = None
    slo_response: str | None = None
    wants_signed_requests: bool = False
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A key of ours with its certificate. The first of several signs, all of them decrypt."""

    private: RSAPrivateKey = field(repr=False, compare=False)
    certificate: Certificate


@dataclass(frozen=True, slots=True)
class Party:
    """One connection. `entity_id`, `acs`, `slo` are ours, from configuration and never from a Host header."""

    connection: str
    entity_id: str
    acs: str
    slo: str
    idp: Idp
    keys: tuple[Key, ...] = ()
    skew_ms: int = SKEW_MS
    must_encrypt: bool = False

    def between_us(self, name_id: NameId) -> NameId:
        """A NameID without the qualifiers that only say who the two of us are: they may be left out (SAML core §8.3.7)."""
        qualifier = None if name_id.qualifier == self.idp.entity_id else name_id.qualifier
        sp_qualifier = None if name_id.sp_qualifier == self.entity_id else name_id.sp_qualifier
        return replace(name_id, qualifier=qualifier, sp_qualifier=sp_qualifier)
