"""What a response proved, as a value: read from signed bytes only. Times are epoch milliseconds."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"


@dataclass(frozen=True, slots=True)
class NameId:
    """Who is meant, within their IdP (SAML core §2.2.3). The qualifiers are repeated in a LogoutRequest."""

    value: str
    format: str | None = None
    qualifier: str | None = None
    sp_qualifier: str | None = None

    @property
    def lasting(self) -> bool:
        """Whether the same person has it the next time."""
        return self.format != TRANSIENT

    def key(self, idp: str) -> str:
        """The NameID scoped to the IdP that gave it: another one's means somebody else. `persistent:` ones never change
        (SAML core §8.3.7), so two of one IdP are two people; the word is followed by a hash of the IdP."""
        parts = (idp, self.qualifier or "", self.sp_qualifier or "", self.value)
        kind = "persistent" if self.format == PERSISTENT else "plain"
        return f"{kind}:{_hash(idp)[:16]}:{_hash(*parts)}"


@dataclass(frozen=True, slots=True)
class Proof:
    """How it was proved, for the audit trail. `certificate`: SHA-256 of its DER, hex; algorithms as URIs."""

    signed: Literal["response", "assertion", "both"]
    certificate: str
    signature: str
    digest: str
    encryption: str | None = None


@dataclass(frozen=True, slots=True)
class Assertion:
    """`in_response_to`: the request that it answers, by the signed SubjectConfirmationData; None: the IdP began.

    `until`: from when on its age refuses it (the skew included), so long it must be remembered. Repeated attributes are one,
    their values in the order of the document. `context`: AuthnContextClassRef; `authenticated`: AuthnInstant.
    """

    id: str
    issuer: str
    in_response_to: str | None
    issued: int
    until: int
    name_id: NameId
    attributes: Mapping[str, tuple[str, ...]]
    context: str | None
    authenticated: int | None
    session_index: str | None
    session_until: int | None
    proof: Proof


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
