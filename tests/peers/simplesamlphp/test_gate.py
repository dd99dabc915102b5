"""Responses that SimpleSAMLphp made for a browser, at the gate alone: each kind of signing, encryption, and who began."""

import secrets
from typing import Any
from urllib.parse import urlsplit

import pytest

from bridge.clock import epoch_ms
from bridge.saml import gate, metadata, requests
from bridge.saml.assertion import Assertion
from bridge.saml.party import Party
from bridge.saml.untrusted import Untrusted
from tests.peers.browser import Browser, Page
from tests.peers.simplesamlphp.idp import ENTITY_ID, PASSWORD, SimpleSamlPhp
from tests.support.saml.keys import signer

OURS = signer("bridge")
CERTIFICATE = OURS.pem()[OURS.pem().index("-----BEGIN CERTIFICATE-----") :]


def party(idp: SimpleSamlPhp, name: str, **options: Any) -> Party:
    """A connection that SimpleSAMLphp knows under `name`."""
    base = f"https://bridge.example/saml/{name}"
    idp.person("mia", "engineers", "Café & Co", objectguid="0001")
    idp.provider(base, CERTIFICATE, **options)
    return Party(name, base, f"{base}/acs", f"{base}/slo", metadata.parse(idp.metadata(), now=epoch_ms()), (OURS.key,))


async def signed_in(browser: Browser, page: Page) -> Page:
    """The page that posts the response, after the password."""
    assert "password" in page.form.fields, page.text
    answer = await browser.submit(page, username="mia", password=PASSWORD)
    assert "SAMLResponse" in answer.form.fields, answer.text
    return answer


async def answered(idp: SimpleSamlPhp, ours: Party, id: str, *, sign: bool = False) -> Assertion:
    async with Browser() as browser:
        page = await browser.get(requests.login_url(ours, id, now=epoch_ms(), relay_state="to/there", sign=sign))
        form = (await signed_in(browser, page)).form
    assert form.action == ours.acs
    assert form.fields["RelayState"] == "to/there"
    return gate.verify(ours, form.fields["SAMLResponse"], now=epoch_ms())


KINDS: dict[str, tuple[dict[str, bool], str]] = {
    "assertion": ({}, "assertion"),
    "response": ({"saml20__sign__response": True, "saml20__sign__assertion": False}, "response"),
    "both": ({"saml20__sign__response": True}, "both"),
    "encrypted": ({"assertion__encryption": True}, "assertion"),
    "encrypted-response": ({"assertion__encryption": True, "saml20__sign__response": True}, "both"),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_what_it_signs_and_encrypts_is_accepted_with_every_fact(idp: SimpleSamlPhp, kind: str) -> None:
    options, signed = KINDS[kind]
    ours, id = party(idp, kind, **options), f"_{secrets.token_hex(16)}"
    read = await answered(idp, ours, id)
    assert (read.issuer, read.in_response_to, read.proof.signed) == (ENTITY_ID, id, signed)
    assert (read.name_id.value, read.name_id.sp_qualifier) == ("mia@acme.example", ours.entity_id)
    assert read.attributes["groups"] == ("engineers", "Café & Co")
    assert read.attributes["email"] == ("mia@acme.example",)
    assert read.session_index is not None
    assert read.session_until is not None
    assert 7 * 3_600_000 < read.session_until - epoch_ms() < 9 * 3_600_000
    assert (read.proof.encryption is not None) == kind.startswith("encrypted")


async def test_one_that_began_there_answers_no_request_of_ours(idp: SimpleSamlPhp) -> None:
    ours = party(idp, "unasked")
    async with Browser() as browser:
        form = (await signed_in(browser, await browser.get(idp.begin(ours.entity_id, "/reports")))).form
    assert form.fields["RelayState"] == "/reports"
    read = gate.verify(ours, form.fields["SAMLResponse"], now=epoch_ms())
    assert read.in_response_to is None


async def test_it_takes_a_request_that_we_signed_and_no_other_where_it_wants_that(idp: SimpleSamlPhp) -> None:
    ours = party(idp, "wants-signed", validate__authnrequest=True)
    assert (await answered(idp, ours, f"_{secrets.token_hex(16)}", sign=True)).attributes["firstName"] == ("Mia",)
    async with Browser() as browser:
        page = await browser.get(requests.login_url(ours, f"_{secrets.token_hex(16)}", now=epoch_ms()))
    assert "no signature found on message" in page.text
    assert "password" not in page.form.fields


async def test_a_response_for_one_connection_is_refused_on_another_of_the_same_idp(idp: SimpleSamlPhp) -> None:
    ours, other = party(idp, "mine"), party(idp, "mine0")
    async with Browser() as browser:
        form = (await signed_in(browser, await browser.get(idp.begin(ours.entity_id)))).form
    with pytest.raises(Untrusted):
        gate.verify(other, form.fields["SAMLResponse"], now=epoch_ms())
    assert gate.verify(ours, form.fields["SAMLResponse"], now=epoch_ms()).issuer == ENTITY_ID


async def test_its_metadata_has_its_addresses_and_key(idp: SimpleSamlPhp) -> None:
    read = metadata.parse(idp.metadata(), now=epoch_ms())
    assert read.entity_id == ENTITY_ID
    assert [one.fingerprint for one in read.certificates] == [signer("simplesamlphp").certificate.fingerprint]
    assert read.slo is not None
    assert {urlsplit(at).netloc for at in (read.sso, read.slo)} == {urlsplit(idp.url).netloc}
