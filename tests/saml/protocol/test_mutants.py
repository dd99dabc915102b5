"""Whatever bytes come: metadata is read or unusable, a logout is what the IdP signed or untrusted, and nothing else."""

import random

import pytest

from bridge.saml import logout, metadata
from bridge.saml.metadata import Unusable
from bridge.saml.untrusted import Untrusted
from tests.saml.protocol import documents
from tests.saml.protocol.received import query
from tests.saml.protocol.test_logout import request, response
from tests.support.saml import NOW, party, signer

_SEEDS = (
    b"<",
    b">",
    b"&",
    b'"',
    b"]]>",
    b"<!--",
    b"-->",
    b"&#0;",
    b"&#x10FFFF;",
    b"\0",
    b"\xff",
    b"<a/>",
    b"http://[",
    b"https://x:99999/",
    b"0001-01-01T00:00:00Z",
    b"9999-12-31T23:59:60Z",
    b" " * 1000,
)


def mutant(chance: random.Random, text: bytes) -> bytes:
    """With some octets gone, changed, repeated elsewhere, or others among them."""
    made = bytearray(text)
    for _ in range(chance.randint(1, 4)):
        at, other = chance.randrange(len(made) + 1), chance.randrange(len(made) + 1)
        match chance.randrange(4):
            case 0:
                made[at : at + chance.randint(1, 30)] = b""
            case 1:
                made[at:at] = chance.choice(_SEEDS)
            case 2:
                made[at : at + 1] = bytes([chance.randrange(256)])
            case _:
                made[at:at] = made[other : other + chance.randint(1, 200)]
    return bytes(made)


@pytest.mark.parametrize("seed", range(4))
def test_mutants_of_metadata_are_read_or_unusable(seed: int) -> None:
    chance = random.Random(seed)
    whole = [documents.entra(signer("a"), signer("b")), documents.google(), documents.adfs(), documents.keycloak()]
    read = 0
    for _ in range(1500):
        try:
            metadata.read(mutant(chance, chance.choice(whole)))
            read += 1
        except Unusable:
            pass
    assert 0 < read < 1500


def test_mutants_that_the_idp_signed_are_logouts_or_untrusted() -> None:
    chance, read = random.Random(1), 0
    for _ in range(1500):
        try:
            logout.read_request(party(), query(mutant(chance, request().encode())), now=NOW)
            logout.read_response(party(), query(mutant(chance, response().encode()), "SAMLResponse"), now=NOW)
            read += 1
        except Untrusted:
            pass
    assert read < 1500


def test_mutants_of_a_signed_query_mean_the_same_or_nothing() -> None:
    chance, whole, read = random.Random(2), query(request(), relay_state="x y/"), 0
    said = logout.read_request(party(), whole, now=NOW)
    for _ in range(6000):
        try:
            assert logout.read_request(party(), mutant(chance, whole.encode()).decode("latin-1"), now=NOW) == said
            read += 1
        except Untrusted:
            pass
    assert 0 < read < 6000
