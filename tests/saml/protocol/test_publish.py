"""Our own metadata: valid by the schema, with every key, and read back by others as it is meant."""

import base64

from lxml import etree
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser

from bridge.saml.ours import Ours
from bridge.saml.publish import metadata
from bridge.settings.values import Saml
from tests.saml.protocol.received import NS, valid
from tests.support.saml import Signer, party, signer

SAML = Saml("https://idp.acme.test/metadata")


def ours(*keys: Signer, entity_id: str = "https://bridge.test/saml/acme") -> Ours:
    return Ours("acme", entity_id, f"{entity_id}/acs", f"{entity_id}/slo", tuple(one.key for one in keys))


def published(who: Ours, saml: Saml = SAML) -> etree._Element:
    document = metadata(who, saml)
    valid(document, "saml-schema-metadata-2.0.xsd")
    return etree.fromstring(document)


def test_every_key_signs_and_decrypts_and_the_one_that_signs_stands_first() -> None:
    found = published(ours(signer("new"), signer("old")))
    for use in ("signing", "encryption"):
        path = f".//md:KeyDescriptor[@use='{use}']//ds:X509Certificate"
        assert [base64.b64decode(one.text or "") for one in found.iterfind(path, NS)] == [
            signer("new").der,
            signer("old").der,
        ]


def test_what_we_decrypt_is_offered_and_nothing_else() -> None:
    methods = {one.get("Algorithm", "") for one in published(ours(signer("new"))).iterfind(".//md:EncryptionMethod", NS)}
    assert {one.rpartition("#")[2] for one in methods} == {
        "aes256-gcm",
        "aes128-gcm",
        "aes256-cbc",
        "aes128-cbc",
        "rsa-oaep-mgf1p",
    }


def test_answers_are_posted_to_the_one_consumer_service() -> None:
    (consumer,) = published(ours()).iterfind(".//md:AssertionConsumerService", NS)
    assert dict(consumer.attrib) == {
        "Binding": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
        "Location": "https://bridge.test/saml/acme/acs",
        "index": "0",
        "isDefault": "true",
    }


def test_single_logout_is_offered_unless_it_is_off() -> None:
    assert published(ours()).find(".//md:SingleLogoutService", NS).get("Location") == "https://bridge.test/saml/acme/slo"  # type: ignore[union-attr]
    assert published(ours(), Saml("x", single_logout=False)).find(".//md:SingleLogoutService", NS) is None


def test_whether_requests_are_signed_is_told() -> None:
    for chosen in (True, False):
        role = published(ours(signer("new")), Saml("x", sign_requests=chosen)).find("md:SPSSODescriptor", NS)
        assert role is not None
        assert (role.get("AuthnRequestsSigned"), role.get("WantAssertionsSigned")) == (str(chosen).lower(), "true")


def test_it_never_ends_but_is_read_again() -> None:
    found = published(ours())
    assert (found.get("validUntil"), found.get("cacheDuration")) == (None, "PT8H")


def test_an_odd_address_is_escaped() -> None:
    assert published(ours(entity_id='https://a.test/"&<>/saml/x')).get("entityID") == 'https://a.test/"&<>/saml/x'


def test_both_sides_of_a_connection_publish_the_same() -> None:
    known = party(keys=(signer("new"),))
    assert metadata(known, SAML) == metadata(Ours("acme", known.entity_id, known.acs, known.slo, known.keys), SAML)


def test_it_is_no_idps_metadata() -> None:
    assert OneLogin_Saml2_IdPMetadataParser.parse(metadata(ours(), SAML)) == {}
