"""The outline of a response: one assertion, one order, ids that name one element, signatures where they belong."""

from collections.abc import Callable

import pytest
from lxml import etree

from tests.saml.gated import accepted, refused
from tests.support.saml import party, say, signer
from tests.support.saml.names import SAML
from tests.support.saml.surgery import after, before, copied, ds, element, evil, find, saml, text_after, text_before

Cut = Callable[[etree._Element], object]


def _assertion(tree: etree._Element) -> etree._Element:
    return find(tree, "Assertion")


def test_only_a_response_is_read() -> None:
    assert refused(text_after(("samlp:Response", "samlp:LogoutResponse"))) == "saml_not_a_response"
    assert refused(text_after(("SAML:2.0:protocol", "SAML:1.0:protocol"))) == "saml_not_a_response"
    assert refused(text_after((SAML, "urn:oasis:names:tc:SAML:1.0:assertion"))) == "saml_shape"


@pytest.mark.parametrize("version", ["1.1", "2.1", "", None])
def test_only_version_2_0_is_read(version: str | None) -> None:
    assert refused(say(version=version)) == "saml_version"


def test_the_version_of_the_assertion_counts_as_well() -> None:
    assert refused(before(lambda tree: _assertion(tree).set("Version", "1.1"))) == "saml_version"


@pytest.mark.parametrize(
    "cut",
    [
        lambda tree: tree.append(copied(_assertion(tree))),
        lambda tree: tree.append(evil(_assertion(tree))),
        lambda tree: tree.insert(1, evil(_assertion(tree))),
        lambda tree: find(tree, "Status").append(evil(_assertion(tree))),
        lambda tree: tree.insert(1, element("<samlp:Extensions/>")) or tree[1].append(evil(_assertion(tree))),
        lambda tree: _assertion(tree).append(evil(_assertion(tree))),
        lambda tree: find(tree, "Signature").append(evil(_assertion(tree))),
        lambda tree: tree.append(element('<x xmlns="urn:other"><Assertion/></x>')),
        lambda tree: find(tree, "Conditions").addnext(element("<saml:Advice><saml:Assertion/></saml:Advice>")),
        lambda tree: tree.append(element("<saml:EncryptedAssertion/>")),
        lambda tree: find(tree, "AttributeStatement").append(element("<Assertion/>")),
    ],
)
def test_a_second_assertion_is_refused_wherever_it_stands(cut: Cut) -> None:
    assert refused(after(cut)) in {"saml_assertions", "saml_shape", "saml_ids"}


def test_an_assertion_is_only_read_where_it_belongs() -> None:
    def moved(tree: etree._Element) -> None:
        wrapper = element("<samlp:Extensions/>")
        wrapper.append(_assertion(tree))
        tree.insert(1, wrapper)

    assert refused(after(moved)) == "saml_assertions"


def test_a_response_without_an_assertion_is_refused() -> None:
    assert refused(before(lambda tree: tree.remove(_assertion(tree)), signed="response")) == "saml_assertions"


def test_a_response_without_a_status_is_refused() -> None:
    assert refused(after(lambda tree: tree.remove(find(tree, "Status")))) == "saml_shape"


@pytest.mark.parametrize("part", ["Issuer", "Status"])
def test_the_parts_of_a_response_have_an_order_and_occur_once(part: str) -> None:
    assert refused(before(lambda tree: tree.append(find(tree, part)))) == "saml_shape"
    assert refused(before(lambda tree: tree.append(copied(find(tree, part))))) == "saml_shape"


@pytest.mark.parametrize("part", ["Subject", "Conditions"])
def test_the_parts_of_an_assertion_have_an_order_and_occur_once(part: str) -> None:
    assert refused(before(lambda tree: _assertion(tree).append(_assertion(tree).find(saml(part))))) == "saml_shape"
    assert refused(before(lambda tree: find(tree, part).addnext(copied(find(tree, part))))) == "saml_shape"


def test_an_unknown_part_is_refused() -> None:
    assert refused(before(lambda tree: tree.insert(1, element("<samlp:Surprise/>")))) == "saml_shape"
    assert refused(before(lambda tree: _assertion(tree).append(element("<saml:Surprise/>")))) == "saml_shape"
    assert refused(before(lambda tree: _assertion(tree).append(element("<samlp:Status/>")))) == "saml_shape"


def test_extensions_and_advice_without_an_assertion_are_let_be() -> None:
    assert accepted(before(lambda tree: tree.insert(1, element("<samlp:Extensions><x/></samlp:Extensions>")))).id
    advice = "<saml:Advice><saml:AssertionIDRef>_a</saml:AssertionIDRef></saml:Advice>"
    assert accepted(before(lambda tree: find(tree, "Conditions").addnext(element(advice)))).id


@pytest.mark.parametrize("name", ["ID", "Id", "id", "iD"])
def test_an_id_that_occurs_twice_is_refused(name: str) -> None:
    def twice(tree: etree._Element) -> None:
        find(tree, "Conditions").set(name, _assertion(tree).get("ID"))

    assert refused(before(twice)) == "saml_ids"


@pytest.mark.parametrize(
    "name", ["{http://www.w3.org/XML/1998/namespace}id", "{urn:wsu}Id", "{urn:oasis:names:tc:SAML:2.0:assertion}ID"]
)
def test_an_id_in_a_namespace_is_refused(name: str) -> None:
    assert refused(before(lambda tree: find(tree, "Conditions").set(name, "_other"))) == "saml_ids"


@pytest.mark.parametrize("id", [None, "1digit", "a b", "a#b", "_" * 300, "a'b"])
def test_what_is_signed_must_have_an_id_that_can_be_one(id: str | None) -> None:
    assert refused(say(assertion_id=id)) in {"saml_ids", "saml_signature_reference"}
    assert refused(say(response_id=id)) == "saml_ids"


def test_a_signature_stands_right_after_the_issuer_and_nowhere_else() -> None:
    def later(tree: etree._Element) -> None:
        _assertion(tree).append(find(tree, "Signature"))

    def elsewhere(tree: etree._Element) -> None:
        find(tree, "Subject").append(find(tree, "Signature"))

    def first(tree: etree._Element) -> None:
        _assertion(tree).insert(0, find(tree, "Signature"))

    def twice(tree: etree._Element) -> None:
        find(tree, "Signature").addnext(copied(find(tree, "Signature")))

    for cut in (later, elsewhere, first, twice):
        assert refused(after(cut)) == "saml_signature_place"


def test_a_signature_in_another_namespace_is_refused() -> None:
    assert (
        refused(after(lambda tree: find(tree, "Subject").append(element('<Signature xmlns="urn:x"/>'))))
        == "saml_signature_place"
    )


def test_nesting_has_a_bound() -> None:
    def nested(deep: int) -> str:
        return text_before(
            ("</saml:AttributeStatement>", "</saml:AttributeStatement>"),
            ('<saml:AttributeValue xsi:type="xs:string">Ada<', "<saml:AttributeValue>" + "<x>" * deep + "</x>" * deep + "<"),
        )

    assert accepted(nested(20)).id
    assert refused(nested(28)) == "saml_too_large"


def test_an_encrypted_assertion_is_held_to_the_same_shape() -> None:
    to = party(keys=(signer("ours"),))
    for cut in (
        lambda tree: _assertion(tree).append(element("<saml:Assertion/>")),
        lambda tree: find(tree, "Conditions").set("ID", _assertion(tree).get("ID")),
        lambda tree: find(tree, "Subject").append(etree.Element(ds("Signature"))),
    ):
        assert refused(before(cut, to=to, encrypted_to=signer("ours"), signed="assertion"), to) == "saml_undecryptable"
