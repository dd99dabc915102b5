"""An AuthnRequest: what it says, what it leaves to the IdP, and who it proves to be from."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from bridge.saml.party import Party
from bridge.saml.requests import login_url
from tests.saml.protocol.received import NS, sent, signed
from tests.support.saml import NOW, REQUEST, party, signer


def asking(**idp: object) -> Party:
    one = party(keys=(signer("ours"), signer("old")))
    return replace(one, idp=replace(one.idp, **idp))  # type: ignore[arg-type]


def test_a_request_says_who_asks_whom_for_an_answer_where() -> None:
    request = sent(login_url(party(), REQUEST, now=NOW))
    assert dict(request.attrib) == {
        "ID": REQUEST,
        "Version": "2.0",
        "IssueInstant": "2026-09-21T14:13:20Z",
        "Destination": "https://idp.acme.test/sso",
        "AssertionConsumerServiceURL": "https://bridge.test/saml/acme/acs",
        "ProtocolBinding": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
    }
    assert [child.tag for child in request] == [f"{{{NS['a']}}}Issuer"]
    assert request[0].text == "https://bridge.test/saml/acme"


def test_an_address_with_a_query_of_its_own_keeps_it_and_is_escaped_in_the_message() -> None:
    url = login_url(asking(sso="https://idp.acme.test/sso?idpid=C01&x=<y>"), REQUEST, now=NOW)
    assert url.startswith("https://idp.acme.test/sso?idpid=C01&x=<y>&SAMLRequest=")
    assert sent(url).get("Destination") == "https://idp.acme.test/sso?idpid=C01&x=<y>"


def test_people_are_asked_anew_only_if_that_is_wanted() -> None:
    assert sent(login_url(party(), REQUEST, now=NOW, force=True)).get("ForceAuthn") == "true"


def test_any_of_several_contexts_will_do_exactly() -> None:
    wanted = ("urn:oasis:names:tc:SAML:2.0:ac:classes:MultiFactor", "https://refeds.org/profile/mfa")
    context = sent(login_url(party(), REQUEST, now=NOW, contexts=wanted)).find("p:RequestedAuthnContext", NS)
    assert context.get("Comparison") == "exact"
    assert tuple(one.text for one in context.findall("a:AuthnContextClassRef", NS)) == wanted


def test_relay_state_is_escaped_and_comes_back_as_it_was() -> None:
    url = login_url(party(), REQUEST, now=NOW, relay_state="_a b+c&d=%ü")
    assert parse_qs(urlsplit(url).query)["RelayState"] == ["_a b+c&d=%ü"]


def test_a_request_is_signed_by_the_first_key_over_what_is_sent() -> None:
    for relay_state in (None, "_state with&everything"):
        url = login_url(asking(), REQUEST, now=NOW, relay_state=relay_state, sign=True)
        assert signed(url, signer("ours"))
        assert not signed(url, signer("old"))
        assert not signed(url.replace("SAMLRequest=", "SAMLRequest=A", 1), signer("ours"))


def test_an_idp_that_wants_signed_requests_gets_them_if_there_is_a_key() -> None:
    assert signed(login_url(asking(wants_signed_requests=True), REQUEST, now=NOW), signer("ours"))
    keyless = replace(asking(wants_signed_requests=True), keys=())
    assert "Signature" not in login_url(keyless, REQUEST, now=NOW)
    assert "Signature" not in login_url(asking(), REQUEST, now=NOW)


def test_signing_without_a_key_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="without a key"):
        login_url(party(), REQUEST, now=NOW, sign=True)
