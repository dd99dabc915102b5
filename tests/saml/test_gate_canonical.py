"""The octets that a signature covers: canonical, without the signature, from a tree that stays as it came."""

from collections.abc import Mapping, Sequence
from random import Random

import pytest
from lxml import etree

from bridge.saml import signature, xml
from tests.saml.gated import accepted, refused
from tests.support.saml import LOOKS, make, posted, raw, say, sign, unsigned
from tests.support.saml.names import XSI
from tests.support.saml.surgery import before, drop, find


def _any_tree(rng: Random, declared: Mapping[str, str], depth: int = 0) -> str:
    """Elements and attributes in namespaces that are declared here, again, anew, or further up."""
    here = {prefix: f"urn:{rng.randrange(3)}" for prefix in ("", "a", "b", "xs") if rng.random() < 0.3}
    if rng.random() < 0.1:
        here[""] = ""
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


def test_a_declaration_that_says_nothing_new_goes_when_a_message_is_read_and_no_canonical_form_changes() -> None:
    """Okta repeats one at each of thousands of values, and whoever writes canonical form would look at each again."""
    rng, fewer = Random(2), 0
    for _ in range(2_000):
        prefixes = [prefix for prefix in ("#default", "a", "b", "xs") if rng.random() < 0.5]
        text = _any_tree(rng, {}).encode()
        read, written = list(xml.parse(text).iter()), list(etree.fromstring(text).iter())
        for one, other in zip(read, written, strict=True):
            assert (one.tag, one.prefix, one.items(), one.nsmap) == (other.tag, other.prefix, other.items(), other.nsmap)
            assert xml.canonical(one, prefixes) == xml.canonical(other, prefixes)
        fewer += len(etree.tostring(read[0])) < len(etree.tostring(written[0]))
    assert fewer > 500  # trees in which something goes


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


class TestAnAssertionInASignedResponse:
    """Its octets are cut out of those that the response's signature covers, where they stand there as they were signed."""

    @pytest.fixture
    def written(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        """How many elements each canonical form had that was made."""
        made, canonical = [], xml.canonical

        def watched(element: etree._Element, prefixes: Sequence[str] = ()) -> bytes:
            made.append(sum(1 for _ in element.iter()))
            return canonical(element, prefixes)

        monkeypatch.setattr(xml, "canonical", watched)
        return made

    @pytest.mark.parametrize("look", LOOKS)
    def test_of_every_idp_known_they_are_there(self, look: str, written: list[int]) -> None:
        assert accepted(say(look, signed="both", groups=("a>b", "b"))).proof.signed == "both"
        assert [size for size in written if size > 20] == [max(written)]  # the response, and the assertion no more

    def test_where_a_declaration_of_the_response_serves_the_assertion_too_its_form_is_made(self, written: list[int]) -> None:
        """`xsi` is used and so declared by the response: in its canonical form no value declares it again."""

        def schema(tree: etree._Element) -> None:
            tree.set(f"{{{XSI}}}schemaLocation", "urn:a a.xsd")

        message = before(schema, look="okta", groups=("a", "b"))
        assert accepted(message).attributes["groups"] == ("a", "b")
        assert len([size for size in written if size > 20]) == 2

    @pytest.mark.parametrize("look", ["okta", "entra", "adfs", "keycloak"])
    @pytest.mark.parametrize("tag", ["NameID", "AttributeValue", "Audience"])
    def test_what_was_changed_before_the_response_was_signed_is_refused(self, look: str, tag: str) -> None:
        """The response is signed as it stands: only the assertion's own signature knows better."""
        answer = make(look, signed="both", groups=("a",))
        tree = unsigned(answer)
        assertion = find(tree, "Assertion")
        sign(assertion, answer.by, answer.seal)
        sign(tree, answer.by, answer.seal)
        assert accepted(posted(tree)).id
        drop(tree[1])
        changed = find(assertion, tag)
        changed.text = (changed.text or "") + "x"
        sign(tree, answer.by, answer.seal)
        assert refused(posted(tree)) == "saml_digest"

    @pytest.mark.parametrize("changes", [{"Version": "2.1"}, {"more": ">"}, {"ID": "_other"}])
    def test_its_own_tag_is_signed_as_well(self, changes: dict[str, str]) -> None:
        answer = make("okta", signed="both", assertion_id="_a")
        tree = unsigned(answer)
        assertion = find(tree, "Assertion")
        sign(assertion, answer.by, answer.seal)
        for name, value in changes.items():
            assertion.set(name, value)
        sign(tree, answer.by, answer.seal)
        assert refused(posted(tree)) in {"saml_digest", "saml_signature_reference"}

    def test_an_attribute_that_looks_like_the_end_of_its_tag_is_one(self, written: list[int]) -> None:
        def odd(tree: etree._Element) -> None:
            find(tree, "Assertion").set("more", "a>b</saml2:Assertion>")

        assert accepted(before(odd, look="okta", groups=("a",))).attributes["groups"] == ("a",)
        assert len([size for size in written if size > 20]) == 1
