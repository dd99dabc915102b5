"""python3-saml has a say: it agrees on signature, name and attributes, or nobody gets in; and its doors are shut."""

import base64
import copy
import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from bridge.errors import BridgeError
from bridge.saml import libraries, toolkit, xml
from bridge.saml.assertion import NameId
from bridge.saml.untrusted import Untrusted
from tests.saml.gated import accepted, refused
from tests.support.saml import Seal, document, make, party, raw, resign, say, signer
from tests.support.saml.names import ENVELOPED, EXCLUSIVE, EXCLUSIVE_COMMENTS
from tests.support.saml.surgery import drop, find

_ENVELOPED = f'<ds:Transform Algorithm="{ENVELOPED}"/>'
_EXCLUSIVE = f'<ds:Transform Algorithm="{EXCLUSIVE}"/>'
_XPATH = '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>true()</ds:XPath></ds:Transform>'


def _read(message: str, **changes: Any) -> toolkit.Read:
    seen = accepted(message)
    read = toolkit.Read(
        xml.parse(raw(message)), None, "assertion", signer().certificate, seen.name_id, seen.attributes, party().entity_id
    )
    return replace(read, **changes)


def _disagrees(read: toolkit.Read) -> str:
    with pytest.raises(Untrusted) as caught:
        toolkit.agree(read)
    assert caught.value.code == "saml_second_opinion"
    return caught.value.sentence


def test_what_the_gate_read_is_what_python3_saml_reads() -> None:
    toolkit.agree(_read(say("okta", groups=("a", "b"))))


@pytest.mark.parametrize("signed", ["assertion", "response", "both"])
@pytest.mark.parametrize("encrypted", [False, True])
def test_what_it_sees_is_the_document_as_it_came(signed: str, encrypted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate has read the same tree before, and must not have changed it."""
    to, seen, agree = party(keys=(signer("ours"),)), [], toolkit.agree

    def watched(read: toolkit.Read) -> None:
        seen.append(etree.tostring(read.document))
        agree(read)

    monkeypatch.setattr(toolkit, "agree", watched)
    message = say("okta", to=to, groups=("a", "b"), signed=signed, encrypted_to=signer("ours") if encrypted else None)
    assert accepted(message, to).id
    assert seen == [etree.tostring(xml.parse(raw(message)))]


def test_another_name_or_qualifier_is_a_disagreement() -> None:
    message = say()
    known = accepted(message).name_id
    for name_id in (
        NameId("eve@acme.test", known.format),
        NameId(known.value, "urn:f"),
        NameId(known.value, known.format, "https://x"),
    ):
        assert "another NameID" in _disagrees(_read(message, name_id=name_id))


def test_other_attributes_are_a_disagreement() -> None:
    message = say()
    known = dict(accepted(message).attributes)
    for attributes in (
        {},
        {**known, "groups": ("owners",)},
        {**known, "email": ("eve@acme.test",)},
        {"email": known["email"]},
    ):
        assert "other attributes" in _disagrees(_read(message, attributes=attributes))


def test_a_signature_that_xmlsec_finds_wrong_is_a_disagreement() -> None:
    message = say()
    assert "refuses" in _disagrees(_read(message, certificate=signer("mallory").certificate))
    assert "refuses" in _disagrees(_read(message, document=xml.parse(raw(message).replace(b"ada@", b"eve@"))))
    assert "refuses" in _disagrees(_read(message, signed="response"))


def test_a_disagreement_refuses_the_message(monkeypatch: pytest.MonkeyPatch) -> None:
    assert accepted(say()).id
    theirs = libraries.load().OneLogin_Saml2_Response
    monkeypatch.setattr(theirs, "get_attributes", lambda _: {"groups": ["owners"]})
    assert refused(say()) == "saml_second_opinion"


def test_the_private_key_is_not_in_its_hands() -> None:
    """It gets the assertion decrypted: a settings object of its own would be asked for the key."""
    to = party(keys=(signer("ours"),))
    assert accepted(say(to=to, encrypted_to=signer("ours")), to).id
    assert not hasattr(toolkit._Settings("x"), "get_sp_key")


def test_its_queries_find_what_they_found_before_they_were_compiled_once() -> None:
    libraries.load()
    from onelogin.saml2.constants import OneLogin_Saml2_Constants
    from onelogin.saml2.xml_utils import OneLogin_Saml2_XML

    tree = xml.parse(raw(say("okta", groups=("a", "b"), assertion_id="_a")))
    known = {"namespaces": OneLogin_Saml2_Constants.NSMAP}
    signature = next(tree.iter("{*}Signature"))
    query = OneLogin_Saml2_XML.query
    assert query(tree, "//ds:Signature") == tree.xpath("//ds:Signature", **known) != []
    assert query(tree, ".//ds:Reference", signature) == signature.xpath(".//ds:Reference", **known) != []
    found = query(tree, "//saml:Assertion[@ID=$tagid]", None, "_a")
    assert found == tree.xpath("//saml:Assertion[@ID=$tagid]", tagid="_a", **known) != []
    assert query(tree, "//saml:Assertion[@ID=$tagid]", tagid="_other") == []


def test_where_nothing_stands_in_an_element_nothing_is_looked_for_and_otherwise_all_is_found() -> None:
    """python3-saml looks for a NameID in each value."""
    tree = xml.parse(b"<a><b/><c>text</c><d><b/><e/><b/></d><f><b/></f><g xmlns='urn:g'><b/></g></a>")
    assert [list(tree[at].iterchildren("b")) for at in (0, 1)] == [[], []]
    only, other = tree[3], tree[4]
    assert list(only.iterchildren("b")) == list(only.iterchildren()) == list(only.iterchildren("e", "b")) == [only[0]]
    assert list(only.iterchildren("b", reversed=True)) == list(only.iterchildren(tag="b")) == [only[0]]
    assert list(only.iterchildren("e")) == list(other.iterchildren("b")) == []
    assert list(other.iterchildren("{*}b")) == list(other.iterchildren("{urn:g}b")) == [other[0]]
    assert list(tree[2].iterchildren("b")) == [tree[2][0], tree[2][2]]
    assert list(tree[2].iterchildren()) == list(tree[2])
    assert list(tree[2].iterchildren("b", reversed=True)) == [tree[2][2], tree[2][0]]


class TestItsDoorsAreShut:
    def _verify(self, message: str) -> None:
        """As python3-saml does, without the gate before it."""
        utils = libraries.load().OneLogin_Saml2_Utils
        certificate = toolkit._pem(signer().certificate)
        utils.validate_sign(raw(message), cert=certificate, xpath=utils.ASSERTION_SIGNATURE_XPATH, raise_exceptions=True)

    @pytest.mark.parametrize(
        "seal",
        [
            Seal(method="rsa-sha1"),
            Seal(digest="sha1"),
            Seal(transforms=_ENVELOPED + _XPATH + _EXCLUSIVE),
            Seal(canonical=EXCLUSIVE_COMMENTS),
            Seal(transforms=_ENVELOPED + f'<ds:Transform Algorithm="{EXCLUSIVE_COMMENTS}"/>'),
        ],
    )
    def test_what_is_not_allowed_is_not_done_though_xmlsec_could(self, seal: Seal, monkeypatch: pytest.MonkeyPatch) -> None:
        import onelogin.saml2.utils
        import xmlsec

        with pytest.raises(Exception, match=r"Signature validation failed"):
            self._verify(say(seal=seal))
        monkeypatch.setattr(onelogin.saml2.utils, "xmlsec", xmlsec)
        self._verify(say(seal=seal))

    def test_a_signature_as_it_should_be_is_verified(self) -> None:
        self._verify(say())

    def test_a_reference_to_a_file_is_not_opened(self, tmp_path: Path) -> None:
        """The signature is good, of the file's content: with its callbacks xmlsec reads the file, without them it can't."""
        import xmlsec

        secret = tmp_path / "secret.txt"
        secret.write_text("a secret")
        tree = document(make(seal=Seal(reference=secret.as_uri())))
        signature = next(tree.iter("{*}Signature"))
        drop(find(signature, "Transforms"))
        find(signature, "DigestValue").text = base64.b64encode(hashlib.sha256(b"a secret").digest()).decode()
        resign(signature, signer())

        def verify() -> None:
            context = xmlsec.SignatureContext()
            context.key = xmlsec.Key.from_memory(toolkit._pem(signer().certificate), xmlsec.KeyFormat.CERT_PEM, None)
            context.verify(copy.deepcopy(signature))

        libraries.load()
        with pytest.raises(xmlsec.Error):
            verify()
        try:
            xmlsec.register_default_callbacks()
            verify()
        finally:
            xmlsec.cleanup_callbacks()
        with pytest.raises(xmlsec.Error):
            verify()


class TestTheLibraries:
    def test_those_installed_are_fit(self) -> None:
        assert libraries.load() is libraries.load()

    @pytest.mark.parametrize("version", [(2, 9, 14), (2, 13, 9)])
    def test_an_old_libxml2_is_refused_with_what_to_do(self, version: tuple[int, ...]) -> None:
        with pytest.raises(BridgeError) as caught:
            libraries.judge("xmlsec", version)
        assert caught.value.code == "saml_libraries"
        assert "2.14.0" in caught.value.sentence
        assert caught.value.hint is not None
        assert "wheels" in caught.value.hint

    def test_a_later_one_is_fit(self) -> None:
        libraries.judge("lxml", (2, 14, 0))
        libraries.judge("lxml", (2, 15, 1))

    def test_a_binding_that_does_not_load_is_told_in_a_sentence(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """It raises where its libxml2 is another than lxml's."""
        import builtins

        real = builtins.__import__

        def fails(name: str, *rest: Any, **more: Any) -> Any:
            if name == "xmlsec":
                raise ImportError("lxml & xmlsec libxml2 library version mismatch")
            return real(name, *rest, **more)

        monkeypatch.setattr(builtins, "__import__", fails)
        with pytest.raises(BridgeError, match="mismatch") as caught:
            libraries.load.__wrapped__()
        assert caught.value.code == "saml_libraries"
