"""Which original is damaged, where and how: the same seed and number make the same choices."""

from random import Random

from lxml import etree

from bench.saml_fuzzing import octets, trees
from bench.saml_fuzzing.originals import Original
from tests.support.saml import Encryption, signer
from tests.support.saml.encrypting import encrypted_text
from tests.support.saml.surgery import find


def mutant(seed: int, number: int, originals: list[Original]) -> tuple[Original, str]:
    """The original and the form field that was made of it."""
    random = Random(f"{seed} {number}")
    original, other = random.choice(originals), random.choice(originals)
    if original.plain is not None and random.random() < 0.6:
        return original, octets.field(random, _encrypted(random, original))
    return original, octets.field(random, _damaged(random, original.document, other.document))


def _damaged(random: Random, document: bytes, other: bytes) -> bytes:
    for _ in range(random.choice((1, 1, 1, 2))):
        if random.random() < 0.6:
            document = trees.damage(random, document, other)
        else:
            document = random.choice(octets.DAMAGES)(random, document or b"<x/>")
    return document


def _encrypted(random: Random, original: Original) -> bytes:
    """The assertion inside is damaged and encrypted again: anybody can do that."""
    assert original.plain is not None
    plain = _damaged(random, original.plain, original.plain)
    tree = etree.fromstring(original.document)
    content = random.choice(("aes128-cbc", "aes256-gcm"))
    tree.replace(find(tree, "EncryptedAssertion"), encrypted_text(plain, signer("sp"), Encryption(content)))
    return etree.tostring(tree)
