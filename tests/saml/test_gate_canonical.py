"""The octets that a signature covers: canonical, without the signature, from a tree that stays as it came."""

from collections.abc import Mapping
from random import Random

import pytest
from lxml import etree

from bridge.saml import signature, xml
from tests.saml.gated import accepted, refused
from tests.support.saml import make, posted, raw, say, sign, unsigned
from tests.support.saml.surgery import find


def _any_tree(rng: Random, declared: Mapping[str, str], depth: int = 0) -> str:
    """Elements and attributes in namespaces that are declared here, again, anew, or further up."""
    here = {prefix: f"urn:{rng.randrange(3)}" for prefix in ("", "a", "b", "xs") if rng.random() < 0.3}
    declared = {**declared, **here}
    known = [prefix for prefix in declared if prefix]
    name = ":".join((*rng.sample(known, k=min(len(known), rng.randrange(2))), "e"))
    more = "".join(f' xmlns{prefix and ":"}{prefix}="{uri}"' for prefix, uri in here.items())
    more += f' {rng.choice(known)}:t="1"' if known and rng.random() < 0.5 else ""
    inside = "".join(_any_tree(rng, declared, depth + 1) for _ in range(rng.randrange(3) if depth < 4 else 0))
    return f"<{name}{more}>{inside}</{name}>"


def test_an_element_has_the_canonical_form_that_it_has_as_a_document_of_its_own() -> None:
    """With the namespaces around it: lxml must look for them there, for those of a prefix list above all."""
    rng, differ = Random(1), 0
    for _ in range(2_000):
        prefixes = [prefix for prefix in ("#default", "a", "b", "xs") if rng.random() < 0.5]
        element = rng.choice(list(xml.parse(_any_tree(rng, {}).encode()).iter()))
        alone = xml.parse(etree.tostring(element, with_tail=False))
        assert xml.canonical(element, prefixes) == xml.canonical(alone, prefixes)
        differ += xml.canonical(element, prefixes) != xml.canonical(element)
    assert differ > 500  # trees on which the prefixes matter


@pytest.mark.parametrize("look", ["okta", "entra", "adfs", "keycloak"])
@pytest.mark.parametrize("signed", ["response", "assertion"])
def test_what_a_signature_covers_is_all_but_itself_and_the_tree_stays_as_it_came(look: str, signed: str) -> None:
    """Text before and behind it stays, as the enveloped-signature transform has it."""
    tree = unsigned(answer := make(look, groups=("a", "b"), signed=signed))
    for issuer in tree.iter("{*}Issuer"):
        issuer.tail = "\n  "
    element = tree if signed == "response" else find(tree, "Assertion")
    expected = etree.tostring(element, method="c14n", exclusive=True, inclusive_ns_prefixes=list(answer.seal.prefixes))
    sign(element, answer.by, answer.seal).tail = None
    came = xml.parse(etree.tostring(tree))
    before = etree.tostring(came)
    covered = signature.check(came if signed == "response" else find(came, "Assertion"), [answer.by.certificate])
    assert covered.document == expected
    assert etree.tostring(came) == before


def test_text_between_the_signature_and_what_follows_was_not_signed() -> None:
    for signed in ("assertion", "response", "both"):
        message = raw(say(signed=signed))
        assert accepted(posted(message)).id
        assert refused(posted(message.replace(b"</ds:Signature>", b"</ds:Signature>x", 1))) == "saml_digest"
        assert refused(posted(message.replace(b"<ds:Signature ", b"x<ds:Signature ", 1))) == "saml_digest"
