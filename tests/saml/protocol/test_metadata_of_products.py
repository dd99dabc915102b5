"""The metadata that the products publish is read as they mean it."""

import warnings

import pytest

from bridge.saml import metadata
from tests.saml.protocol import documents
from tests.support.saml import signer
from tests.support.shared import shared


def test_entra_signs_by_two_keys_and_its_other_roles_say_nothing() -> None:
    first, second = signer("entra-1"), signer("entra-2")
    found = metadata.read(documents.entra(first, second))
    assert [one.der for one in found.idp.certificates] == [first.der, second.der]
    assert found.idp.entity_id == "https://sts.example.test/5c3e2a54-0000-4000-8000-000000000001/"
    assert found.idp.sso == found.idp.slo == "https://login.example.test/5c3e2a54-0000-4000-8000-000000000001/saml2"
    assert found.warnings == ()


def test_okta_names_its_redirect_endpoint_second_and_has_no_logout() -> None:
    idp = metadata.read(documents.okta()).idp
    assert idp.sso == "https://acme.example.test/app/acme_bridge_1/exk1a2b3c/sso/saml"
    assert (idp.slo, idp.wants_signed_requests, idp.certificates[0].der) == (None, False, signer().der)


def test_google_says_until_when_its_metadata_is_valid() -> None:
    idp = metadata.read(documents.google()).idp
    assert idp.until == 1_925_089_445_000
    assert idp.sso == "https://accounts.example.test/o/saml2/idp?idpid=C01abcdef"


def test_ad_fs_is_the_idp_role_of_an_entity_that_is_a_service_provider_too() -> None:
    idp = metadata.read(documents.adfs()).idp
    assert [one.der for one in idp.certificates] == [signer().der]
    assert (idp.entity_id, idp.slo) == ("http://fs.acme.test/adfs/services/trust", "https://fs.acme.test/adfs/ls/")


def test_keycloak_wants_signed_requests() -> None:
    idp = metadata.read(documents.keycloak()).idp
    assert idp.wants_signed_requests
    assert idp.sso == idp.slo == "https://sso.acme.test/realms/acme/protocol/saml"


def test_simplesamlphp_on_this_machine_needs_no_tls() -> None:
    idp = metadata.read(documents.simplesamlphp()).idp
    assert idp.sso == "http://127.0.0.1:18080/simplesaml/saml2/idp/SSOService.php"
    assert len(idp.certificates) == 1


_REAL = {
    "entra-ssoready-idp-metadata.xml": (1, 0),
    "google-ssoready-idp-metadata.xml": (1, 0),
    "google-waisaml2-idp-metadata.xml": (1, 0),
    "jumpcloud-ssoready-idp-metadata.xml": (1, 1),
    "keycloak-ssoready-idp-metadata.xml": (1, 0),
    "keycloak-waisaml2-idp-metadata.xml": (1, 0),
    "okta-ssoready-idp-metadata.xml": (1, 0),
    "onelogin-idp_metadata.xml": (1, 0),
    "onelogin-idp_metadata_multi_signing_certs.xml": (1, 1),  # the other has 1024 bits
    "other-testshib-providers.xml": (1, 0),
    "pingone-ssoready-idp-metadata.xml": (1, 0),
}


@pytest.mark.parametrize("name", _REAL)
def test_what_real_products_published_is_read(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = metadata.read(shared(f"saml-samples/real/{name}").read_bytes())
    assert (len(found.idp.certificates), len(found.warnings)) == _REAL[name]


def test_a_federation_with_two_idps_is_nobodys_metadata() -> None:
    with pytest.raises(metadata.Unusable, match="2 IdPs"):
        metadata.read(shared("saml-samples/real/other-idp_multiple_descriptors.xml").read_bytes())
