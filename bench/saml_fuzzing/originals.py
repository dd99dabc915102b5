"""Valid responses of every kind, each with what the gate reads in it unharmed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from lxml import etree

from bridge.saml.assertion import Assertion
from bridge.saml.gate import verify
from bridge.saml.party import Party
from tests.support.saml import LOOKS, NOW, Encryption, Signer, document, make, party, posted, raw, signer
from tests.support.saml.surgery import find


@dataclass(frozen=True)
class Original:
    """`document`: the XML as it is posted; `plain`: what is encrypted in it, if anything is; `told`: what it says."""

    name: str
    document: bytes
    plain: bytes | None
    at: Party
    told: Assertion


def originals(random: Random) -> list[Original]:
    """Every IdP's look, signed in three ways; some by an elliptic key, some encrypted, one with many groups."""
    return [_original(name, random, **how) for name, how in _kinds()]


def _kinds() -> Iterator[tuple[str, dict[str, Any]]]:
    for look in LOOKS:
        for signed in ("assertion", "response", "both"):
            yield f"{look}, {signed} signed", {"look": look, "signed": signed}
    yield "an elliptic key", {"look": "okta", "by": signer("idp", "ec-256")}
    yield "fifty groups", {"look": "entra", "groups": tuple(f"group {at}" for at in range(50))}
    yield "unasked", {"look": "generic", "in_response_to": None}
    for content, signed in (("aes256-gcm", "assertion"), ("aes128-cbc", "assertion"), ("aes128-cbc", "both")):
        how = {"look": "okta", "signed": signed, "encrypted_to": signer("sp"), "encryption": Encryption(content)}
        yield f"{content}, {signed} signed", how


def _original(name: str, random: Random, look: str, by: Signer | None = None, **how: Any) -> Original:
    by, encrypted = by or signer(), how.get("encrypted_to")
    at = party(signers=(by,), keys=(encrypted,) if encrypted else ())
    ids = {key: f"_{random.getrandbits(128):032x}" for key in ("response_id", "assertion_id", "session_index")}
    told: dict[str, Any] = {"groups": ("owners-of-nothing", "staff"), "attributes": (("note", ("a&b", "ü €", "")),)}
    answer = make(look, to=at, by=by, **(told | ids | how))
    message = posted(document(answer))
    return Original(name, raw(message), _plain(answer) if encrypted else None, at, verify(at, message, now=NOW))


def _plain(answer: Any) -> bytes:
    """The signed assertion by itself, before it is encrypted."""
    tree = document(replace(answer, encrypted_to=None, signed="assertion"))
    return etree.tostring(find(tree, "Assertion"), with_tail=False)
