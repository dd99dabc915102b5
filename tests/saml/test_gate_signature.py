"""Signatures: an allow-list of shapes and algorithms, the IdP's keys and no others, and claims from what was signed."""

import base64

import pytest
from lxml import etree

from tests.saml.gated import accepted, refused
from tests.support.saml import Seal, document, make, party, posted, say, sealed, sign, signer, unsigned
from tests.support.saml.names import (
    DIGESTS,
    DS,
    ENVELOPED,
    EXCLUSIVE,
    EXCLUSIVE_COMMENTS,
    INCLUSIVE,
    INCLUSIVE_11,
    INCLUSIVE_COMMENTS,
    SIGNATURES,
)
from tests.support.saml.surgery import after, drop, element, evil, find, text_after

_EXCLUSIVE = f'<ds:Transform Algorithm="{EXCLUSIVE}"/>'
_ENVELOPED = f'<ds:Transform Algorithm="{ENVELOPED}"/>'


@pytest.mark.parametrize("method", ["rsa-sha256", "rsa-sha384", "rsa-sha512"])
@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_rsa_with_sha_256_or_better_is_accepted(method: str, digest: str) -> None:
    read = accepted(say(seal=Seal(method=method, digest=digest)))
    assert (read.proof.signature, read.proof.digest) == (SIGNATURES[method], DIGESTS[digest])


@pytest.mark.parametrize("kind", ["ec-256", "ec-384", "ec-521"])
@pytest.mark.parametrize("method", ["ecdsa-sha256", "ecdsa-sha384", "ecdsa-sha512"])
def test_ecdsa_on_the_curves_of_nist_is_accepted(kind: str, method: str) -> None:
    by = signer("curve", kind)
    assert accepted(say(by=by, seal=Seal(method=method)), party(signers=(by,))).proof.signature == SIGNATURES[method]


@pytest.mark.parametrize(
    "method", ["rsa-sha1", "rsa-md5", "rsa-sha224", "rsa-pss-sha256", "hmac-sha1", "hmac-sha256", "none", ""]
)
def test_every_other_signature_method_is_refused(method: str) -> None:
    assert refused(say(seal=Seal(method=method))) == "saml_algorithm"


@pytest.mark.parametrize("method", ["ecdsa-sha1", "ecdsa-sha224"])
def test_ecdsa_with_less_than_sha_256_is_refused(method: str) -> None:
    by = signer("curve", "ec-256")
    assert refused(say(by=by, seal=Seal(method=method)), party(signers=(by,))) == "saml_algorithm"


@pytest.mark.parametrize("digest", ["sha1", "md5", "sha224", "none"])
def test_every_other_digest_is_refused(digest: str) -> None:
    assert refused(say(seal=Seal(digest=digest))) == "saml_algorithm"


@pytest.mark.parametrize("kind", ["rsa-1024", "ec-192", "ec-224"])
def test_a_weak_key_is_no_key(kind: str) -> None:
    weak = signer("weak", kind)
    assert refused(say(by=weak), party(signers=(weak,))) == "saml_no_certificate"


def test_a_message_signed_by_the_wrong_kind_of_key_is_refused() -> None:
    curve = signer("curve", "ec-256")
    assert refused(say(by=curve), party()) == "saml_signature"
    assert refused(say(), party(signers=(curve,))) == "saml_signature"
    half = text_after(("<ds:SignatureValue>", "<ds:SignatureValue>AAAA"), to=party(signers=(curve,)), by=curve)
    assert refused(half, party(signers=(curve,))) == "saml_signature"


def test_any_of_the_idps_certificates_may_sign_and_the_one_that_did_is_told() -> None:
    old, new = signer("old"), signer("new", "ec-384")
    to = party(signers=(old, new))
    assert accepted(say(by=old), to).proof.certificate == old.certificate.fingerprint
    assert accepted(say(by=new), to).proof.certificate == new.certificate.fingerprint


def test_an_expired_certificate_still_proves_who_signed() -> None:
    expired = signer("expired", years=-1)
    assert accepted(say(by=expired), party(signers=(expired,))).proof.certificate == expired.certificate.fingerprint


def test_an_idp_without_certificates_proves_nothing() -> None:
    assert refused(say(), party(signers=(signer("weak", "rsa-1024"),))) == "saml_no_certificate"


def test_whom_key_info_names_does_not_count() -> None:
    mallory = signer("mallory")
    assert refused(say(by=mallory)) == "saml_signature"
    ours = base64.b64encode(signer().der).decode()
    lies = f"<ds:X509Data><ds:X509Certificate>{ours}</ds:X509Certificate></ds:X509Data>"
    assert refused(say(by=mallory, seal=Seal(key_info=lies))) == "saml_signature"
    assert accepted(say(seal=Seal(key_info=None))).id
    assert accepted(say(seal=Seal(key_info=f'<ds:RetrievalMethod URI="file:///dev/zero" Type="{DS}X509Data"/>'))).id
    assert accepted(say(seal=Seal(key_info="<ds:KeyName>mallory</ds:KeyName>"))).id


@pytest.mark.parametrize("signed", ["assertion", "response", "both"])
def test_a_word_that_was_changed_on_its_way_is_refused(signed: str) -> None:
    for change in (("ada@acme.test", "eve@acme.test"), (">Lovelace<", "> Lovelace<"), ("Password", "Kerberos")):
        assert refused(text_after(change, signed=signed)) == "saml_digest"


def test_a_signed_info_that_was_changed_is_refused_before_what_it_asks_for_is_done() -> None:
    assert refused(text_after((DIGESTS["sha256"], DIGESTS["sha512"]))) == "saml_signature"
    assert refused(text_after(("<ds:DigestValue>", "<ds:DigestValue>AAAA"))) == "saml_signature"


def test_nothing_unsigned_is_believed() -> None:
    assert refused(say(signed="none")) == "saml_unsigned"
    assert refused(after(lambda tree: drop(find(tree, "Signature")))) == "saml_unsigned"


def test_both_signatures_must_hold_where_there_are_two() -> None:
    def of(tree: etree._Element, name: str) -> etree._Element:
        return (tree if name == "response" else find(tree, "Assertion"))[1]

    for name in ("response", "assertion"):
        answer = make(signed="both", response_id="_r", assertion_id="_a")
        tree = document(answer)
        other = document(make(signed="both", response_id="_r", assertion_id="_a", name_id="eve@acme.test", by=answer.by))
        of(tree, name).getparent().replace(of(tree, name), of(other, name))
        assert refused(posted(tree)) in {"saml_digest", "saml_signature"}


def test_the_signature_of_the_response_alone_does_not_carry_another_assertion() -> None:
    def replaced(tree: etree._Element) -> None:
        original = find(tree, "Assertion")
        tree.replace(original, evil(original, id=None))

    for signed in ("response", "both"):
        assert refused(after(replaced, signed=signed)) == "saml_digest"


@pytest.mark.parametrize(
    "transforms",
    [
        "",
        _ENVELOPED,
        _EXCLUSIVE,
        _EXCLUSIVE + _ENVELOPED,
        _ENVELOPED * 2 + _EXCLUSIVE,
        _ENVELOPED + _EXCLUSIVE * 2,
        _ENVELOPED + _EXCLUSIVE * 1000,
        _ENVELOPED + '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"/>',
        _ENVELOPED
        + '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>1</ds:XPath></ds:Transform>',
        _ENVELOPED + '<ds:Transform Algorithm="http://www.w3.org/2002/06/xmldsig-filter2"/>',
        _ENVELOPED + '<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#base64"/>',
        f'<ds:Transform Algorithm="{ENVELOPED}"><ds:XPath>1</ds:XPath></ds:Transform>' + _EXCLUSIVE,
        _ENVELOPED + f'<ds:Transform Algorithm="{EXCLUSIVE}"><ds:XPath>1</ds:XPath></ds:Transform>',
        *(
            _ENVELOPED + f'<ds:Transform Algorithm="{it}"/>'
            for it in (EXCLUSIVE_COMMENTS, INCLUSIVE, INCLUSIVE_11, INCLUSIVE_COMMENTS)
        ),
    ],
)
def test_transforms_are_the_enveloped_signature_and_exclusive_canonical_xml_and_nothing_else(transforms: str) -> None:
    assert refused(say(seal=Seal(transforms=transforms))) in {"saml_transform", "saml_signature_shape"}


@pytest.mark.parametrize("method", [EXCLUSIVE_COMMENTS, INCLUSIVE, INCLUSIVE_COMMENTS, INCLUSIVE_11, ""])
def test_signed_info_is_canonicalised_in_one_way(method: str) -> None:
    assert refused(say(seal=Seal(canonical=method))) == "saml_transform"


@pytest.mark.parametrize("look", ["okta", "generic"])
def test_a_prefix_list_is_kept_where_the_prefix_is_declared_further_up(look: str) -> None:
    answer = make(look, signed="none")
    text = etree.tostring(unsigned(answer)).decode()
    declared = ' xmlns:xs="http://www.w3.org/2001/XMLSchema"'
    tree = etree.fromstring(text.replace(declared, "", 1).replace("Response ", f"Response{declared} ", 1))
    assert tree.nsmap.get("xs") is not None
    alone = etree.fromstring(etree.tostring(find(tree, "Assertion")))
    sign(alone, answer.by, Seal(prefixes=("xs",)))
    find(tree, "Assertion").insert(1, alone[1])
    assert accepted(posted(etree.tostring(tree))).name_id.value == "ada@acme.test"


def test_more_prefixes_than_anybody_declares_are_refused() -> None:
    assert refused(say(seal=Seal(prefixes=tuple(f"p{n}" for n in range(17))))) == "saml_too_large"


@pytest.mark.parametrize(
    "reference", ["", "#_other", "#xpointer(/)", "#xpointer(id('_a'))", "_a", "file:///dev/zero", "http://idp.test/x"]
)
def test_a_reference_is_to_the_element_that_the_signature_stands_in(reference: str) -> None:
    assert refused(say(assertion_id="_a", seal=Seal(reference=reference))) == "saml_signature_reference"


def test_a_reference_without_a_uri_is_refused() -> None:
    assert refused(say(assertion_id="_a", seal=Seal(said=((' URI="#_a"', ""),)))) == "saml_signature_reference"


@pytest.mark.parametrize("second", ["#_a", "file:///dev/zero", ""])
def test_a_second_reference_is_refused(second: str) -> None:
    more = f'<ds:Reference URI="{second}"/></ds:SignedInfo>'
    assert refused(say(assertion_id="_a", seal=Seal(said=(("</ds:SignedInfo>", more),)))) == "saml_signature_shape"


@pytest.mark.parametrize(
    "ending",
    ["<ds:Object>x</ds:Object>", "<ds:KeyInfo/>", "<ds:SignedInfo/>", "<ds:SignatureValue/>", "<x/>"],
)
def test_a_signature_has_no_other_parts(ending: str) -> None:
    assert refused(say(seal=Seal(ends_with=ending))) == "saml_signature_shape"


def test_a_method_takes_no_parameters() -> None:
    short = "<ds:HMACOutputLength>1</ds:HMACOutputLength>"
    uri = SIGNATURES["rsa-sha256"]
    said = (
        (f'<ds:SignatureMethod Algorithm="{uri}"/>', f'<ds:SignatureMethod Algorithm="{uri}">{short}</ds:SignatureMethod>'),
    )
    assert refused(say(seal=Seal(said=said))) == "saml_algorithm"


def test_a_digest_split_by_a_comment_is_read_as_one() -> None:
    """What was once read up to the comment let any document pass (CVE-2025-29775)."""
    assert refused(text_after(("<ds:DigestValue>", "<ds:DigestValue>AAAA<!-- -->"))) == "saml_signature"
    assert accepted(text_after(("<ds:DigestValue>", "<ds:DigestValue><!-- -->"))).name_id.value == "ada@acme.test"


@pytest.mark.parametrize("value", ["", "AAAA", "%%", "A" * 20_000])
def test_a_signature_value_that_is_none_is_refused(value: str) -> None:
    message = after(lambda tree: setattr(find(tree, "SignatureValue"), "text", value))
    assert refused(message) in {"saml_signature", "saml_signature_shape"}


def test_text_between_the_parts_survives_the_signature_that_is_taken_out() -> None:
    """Some IdPs indent what they sign: the text behind the signature stays (xmldsig-core §6.6.4)."""
    answer = make(signed="both")
    tree = unsigned(answer)
    etree.indent(tree)
    assert accepted(posted(sealed(tree, answer))).name_id.value == "ada@acme.test"


def test_comments_split_no_text() -> None:
    """A name that ends at a comment is somebody else's (CVE-2017-11427)."""
    message = text_after(("ada@acme.test", "ada@acme.test<!-- -->.evil.test"), name_id="ada@acme.test")
    assert refused(message) == "saml_digest"
    signed = text_after(("ada@acme.test.evil.test", "ada@acme.test<!-- -->.evil.test"), name_id="ada@acme.test.evil.test")
    assert accepted(signed).name_id.value == "ada@acme.test.evil.test"


def test_character_data_is_text_like_any_other() -> None:
    signed = text_after(
        ("ada@acme.test.evil.test", "<![CDATA[ada@acme.test]]>.evil.test"), name_id="ada@acme.test.evil.test"
    )
    assert accepted(signed).name_id.value == "ada@acme.test.evil.test"


def test_a_relative_namespace_has_no_canonical_form_and_is_refused() -> None:
    assert (
        refused(after(lambda tree: find(tree, "Conditions").append(element('<x xmlns="relative"/>'))))
        == "saml_canonicalisation"
    )
