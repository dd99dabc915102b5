"""An IdP's metadata: what is refused whole, what is left out and said, and what counts of what stands there twice."""

from collections.abc import Callable

import pytest

from bridge.saml import metadata
from bridge.saml.metadata import LARGEST, Unusable
from tests.support.saml import NOW, signer
from tests.support.saml.metadata import (
    POST,
    certificate,
    document,
    entities,
    entity,
    key,
    role,
    slo,
    sso,
)

DAY = 86_400_000


def plain() -> str:
    return entity(role(key(signer()), sso()))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (lambda: b"", "well-formed"),
        (lambda: b"<html><body>Sign in</body></html>", "no EntityDescriptor"),
        (lambda: b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>' + document(), "DOCTYPE"),
        (lambda: b'<?xml-stylesheet href="x"?>' + document(), "processing instruction"),
        (lambda: document().decode().encode("utf-16"), "UTF-8"),
        (lambda: document()[:-20], "well-formed"),
        (lambda: b" " * (LARGEST + 1), "larger than"),
        (lambda: entity().encode(), "no IdP"),
        (lambda: entity(role(key(signer()), sso(), protocols="urn:oasis:names:tc:SAML:1.1:protocol")).encode(), "no IdP"),
        (lambda: entity(role(key(signer()), sso()), role(key(signer()), sso())).encode(), "2 IdPs"),
        (lambda: entities(plain(), plain()), "2 IdPs"),
        (lambda: entities(*[entity()] * 60), "federation"),
        (lambda: entity(role(key(signer()), sso()), id="").encode(), "entityID"),
        (lambda: entity(role(key(signer()), sso()), id="x" * 1025).encode(), "entityID"),
        (lambda: entity(role(key(signer()))).encode(), "SingleSignOnService"),
        (lambda: entity(role(key(signer()), sso("http://idp.acme.test/sso"))).encode(), "not https"),
        (lambda: entity(role(key(signer()), sso("javascript:alert(1)"))).encode(), "no URL"),
        (lambda: entity(role(key(signer()), sso("https://a@idp.acme.test/"))).encode(), "no URL"),
        (lambda: entity(role(key(signer()), sso("https://idp.acme.test/#x"))).encode(), "no URL"),
        (lambda: entity(role(key(signer()), sso("https://idp.acme.test:x/"))).encode(), "no URL"),
        (lambda: entity(role(sso())).encode(), "0 signing certificates"),
        (lambda: entity(role(key(signer(), "encryption"), sso())).encode(), "0 signing certificates"),
        (lambda: entity(role(key(signer("short", "rsa-1024")), sso())).encode(), "1024 bits"),
        (lambda: entity(role(key(signer("odd", "ec-192")), sso())).encode(), "neither RSA nor"),
        (lambda: document(validUntil="tomorrow"), "no time"),
    ],
)
def test_what_nobody_can_be_signed_in_with_is_refused_with_its_reason(text: Callable[[], bytes], why: str) -> None:
    with pytest.raises(Unusable, match=why) as refused:
        metadata.read(text())
    assert refused.value.code == "idp_metadata_unusable"


def test_an_entity_that_reaches_for_a_file_gets_none() -> None:
    with pytest.raises(Unusable):
        metadata.read(b'<!ENTITY x SYSTEM "file:///etc/hostname">' + document())


def test_the_one_idp_among_service_providers_is_it() -> None:
    other = entity(
        "<md:SPSSODescriptor protocolSupportEnumeration='urn:oasis:names:tc:SAML:2.0:protocol'/>", id="https://sp.test"
    )
    assert metadata.read(entities(other, plain())).idp.entity_id == "https://idp.acme.test/saml/metadata"


def test_a_comment_splits_nothing() -> None:
    inside = certificate(signer())
    split = document().replace(inside.encode(), f"{inside[:40]}<!-- no -->{inside[40:]}".encode())
    assert metadata.read(split).idp.certificates[0].der == signer().der


def test_keys_without_a_use_sign_and_one_that_is_told_twice_is_one() -> None:
    found = metadata.read(entity(role(key(signer(), None), key(signer("b")), key(signer()), sso())).encode())
    assert [one.der for one in found.idp.certificates] == [signer().der, signer("b").der]
    assert len(metadata.read(entity(role(key(signer(), None), sso())).encode()).idp.certificates) == 1


def test_an_elliptic_key_may_sign() -> None:
    assert len(metadata.read(entity(role(key(signer("ec", "ec-256")), sso())).encode()).idp.certificates) == 1


def test_a_weak_key_beside_a_good_one_is_left_out_and_said() -> None:
    found = metadata.read(entity(role(key(signer("short", "rsa-1024")), key(signer()), sso())).encode())
    assert [one.der for one in found.idp.certificates] == [signer().der]
    assert found.warnings == ("one of its signing certificates is left out: its key has 1024 bits, not 2048 to 8192",)


def test_what_is_no_certificate_is_left_out_and_said() -> None:
    for rubbish, why in (("AAAA", "it can't be read"), ("!!", "it is no base64")):
        broken = key(signer("b")).replace(certificate(signer("b")), rubbish)
        found = metadata.read(entity(role(broken, key(signer()), sso())).encode())
        assert found.warnings == (f"one of its signing certificates is left out: {why}",)


def test_the_chain_behind_a_certificate_does_not_sign() -> None:
    chain = f"</ds:X509Certificate><ds:X509Certificate>{certificate(signer('root'))}</ds:X509Certificate></ds:X509Data>"
    text = key(signer()).replace("</ds:X509Certificate></ds:X509Data>", chain)
    found = metadata.read(entity(role(text, sso())).encode())
    assert [one.der for one in found.idp.certificates] == [signer().der]
    assert found.warnings == ("the certificates behind the first of an X509Data are left out",)


def test_an_expired_certificate_still_verifies() -> None:
    old = signer("old", years=-5)
    assert metadata.parse(document(by=old), now=NOW).certificates[0].der == old.der


def test_the_earliest_valid_until_and_the_shortest_cache_duration_count() -> None:
    inside = entity(
        role(key(signer()), sso(), attributes='validUntil="2030-01-01T00:00:00Z" cacheDuration="P1D"'),
        attributes='validUntil="2029-01-01T00:00:00Z"',
    )
    found = metadata.read(entities(inside, attributes='validUntil="2031-01-01T00:00:00Z" cacheDuration="PT6H"'))
    assert found.idp.until == 1_861_920_000_000
    assert found.lasts == 6 * 3_600_000


def test_a_cache_duration_that_is_none_costs_a_warning() -> None:
    found = metadata.read(document(cacheDuration="soon"))
    assert (found.lasts, found.warnings) == (None, ("its cacheDuration is none and is passed over",))


def test_metadata_is_good_until_its_end_and_not_a_moment_longer() -> None:
    text = document(validUntil="2027-01-01T00:00:00Z")
    end = 1_798_761_600_000
    assert metadata.parse(text, now=end - 1).until == end
    with pytest.raises(Unusable, match="was valid until 2027-01-01T00:00:00Z") as refused:
        metadata.parse(text, now=end)
    assert refused.value.code == "idp_metadata_expired"


def test_http_is_for_this_machine_and_for_what_the_operator_allows() -> None:
    far = entity(role(key(signer()), sso("http://idp.acme.test:8080/sso"))).encode()
    assert metadata.parse(far, now=NOW, allowed=frozenset({"idp.acme.test:8080"})).sso == "http://idp.acme.test:8080/sso"
    for near in ("http://localhost:1/", "http://127.0.0.1/", "http://[::1]:8081/idp"):
        assert metadata.parse(entity(role(key(signer()), sso(near))).encode(), now=NOW).sso == near


def test_an_address_for_post_only_is_used_by_redirect_and_said() -> None:
    """JumpCloud's and some of OneLogin's metadata."""
    found = metadata.read(entity(role(key(signer()), sso("https://sso.jump.test/saml2/bridge", POST))).encode())
    assert found.idp.sso == "https://sso.jump.test/saml2/bridge"
    assert found.warnings == ("it has a SingleSignOnService for HTTP-POST only; requests go there by HTTP-Redirect",)


def test_a_logout_endpoint_that_is_none_costs_single_logout_only() -> None:
    found = metadata.read(document(slo("http://idp.acme.test/slo")))
    assert found.idp.slo is None
    assert found.warnings == ("its SingleLogoutService is not https, so there is no single logout",)
    assert metadata.read(document(slo(binding=POST))).idp.slo is None


def test_answers_to_a_logout_may_go_elsewhere() -> None:
    idp = metadata.read(document(slo(ResponseLocation="https://idp.acme.test/slo/done"))).idp
    assert (idp.slo, idp.slo_response) == ("https://idp.acme.test/slo", "https://idp.acme.test/slo/done")
