"""The gate and the samples beside the checkout: what must verify does, and what must not is refused for its reason."""

import re
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from lxml import etree

from bridge.saml import gate
from bridge.saml.party import Certificate, Party
from bridge.saml.untrusted import Untrusted
from tests.saml.gated import accepted, refusal
from tests.saml.invalid_samples import FAMILIES, Family, rows
from tests.saml.samples import clock, document, embedded, field, folder_certificates, manifest, millis, party, signed_again
from tests.support.saml import signer


@pytest.fixture(autouse=True)
def _old_certificates() -> Iterator[None]:
    """Some of the certificates have serial numbers that nobody may give any more."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Parsed a serial number")
        yield


def _said(message: bytes, at: Party, now: int) -> str:
    """`accepted`, or the code. Anything but Untrusted fails the test."""
    try:
        gate.verify(at, field(message), now=now)
    except Untrusted as problem:
        return problem.code
    return "accepted"


def test_all_synthetic_ones_verify_at_their_time() -> None:
    entries = manifest("synthetic")
    certificates = folder_certificates("synthetic")
    for entry in entries:
        message = document("synthetic", entry["file"])
        at = party(message, certificates, issuer=entry["issuer"])
        read = accepted(field(message), at, now=millis(entry["freeze_at"]))
        assert read.in_response_to == entry["request_id"], entry["file"]
        assert read.proof.signed == entry["signed"], entry["file"]
        groups = entry["expect"].get("groups")
        if isinstance(groups, int):
            assert groups in map(len, read.attributes.values()), entry["file"]
    assert len(entries) == 19


REAL = [
    "okta-plain.xml",
    "adfs-plain-gosaml2.xml",
    "ping-pfed11_response_02.xml",
    "realworld-RejectsInjectedComment_response.xml",
    "entra-waisaml2-signed-response.xml",
    "entra-waisaml2-signed-assertion.xml",
    "okta-waisaml2-attributes.xml",
    "entra-ssoready-response.xml",
    "google-ssoready-response.xml",
    "jumpcloud-ssoready-response.xml",
    "pingone-ssoready-response.xml",
    "okta-dex-okta-resp.xml",
]
"""Signed with SHA-256 or better, with a certificate and a time. `okta-dex-okta-resp` is one more than python3-saml takes."""

OUT = {
    "signed with SHA-1": {
        "saml_algorithm": """onelogin-olgn09_response_01 onelogin-olgn09_response_03 onelogin-olgn09_response_04
            onelogin-olgn09_response_07 onelogin-olgn09_response_08 onelogin-olgn09_response_09 onelogin-olgn09_response_11
            onelogin-olgn09_response_12 onelogin-olgn09_response_13 onelogin-olgn09_response_14
            onelogin-crewjam-OneloginResponse adfs-adfs_response_sha1 dextest-dex-idp-resp-signed-assertion""",
        "saml_shape": "auth0-plain dextest-dex-idp-resp-signed-message dextest-dex-idp-resp-signed-message-and-assertion",
        "saml_ids": """realworld-RealWorldAssertionSignedNotResponse_response
            realworld-RealWorldKeyInfoHasRSAPublicKeyNotX509Cert_response""",
    },
    "encrypted to a key that is not there": {
        "saml_no_key": """okta-encrypted-gosaml2 adfs-encrypted-gosaml2 ping-pfed11_response_05 onelogin-olgn09_response_05
            onelogin-olgn09_response_06 okta-crewjam-OktaResponseEncryptedAssertionBothSigned
            okta-crewjam-OktaResponseEncryptedSignedAssertion okta-crewjam-OktaSignedResponseEncryptedAssertion
            adfs-unsigned_encrypted_adfs""",
        "saml_signature": "keycloak-waisaml2-encrypted-response okta-waisaml2-plain",
    },
    "signed by a certificate that is not there": {
        "saml_signature": """ping-pfed11_response_01 ping-pfed11_response_03 adfs-adfs_response_sha256
            adfs-adfs_response_sha512 adfs-python3-saml""",
    },
    "changed by whoever published it": {
        "saml_signature": "google-waisaml2-response",
        "saml_digest": "okta-ssoready-response",
        "saml_not_yet": "adfs-adfs_response_xmlns",
    },
    "a digest that no specification names (xmlenc#sha384)": {"saml_algorithm": "adfs-adfs_response_sha384"},
    "without an AuthnStatement": {"saml_authn_statement": "keycloak-ssoready-response"},
    "its signature in a place that the schema forbids": {"saml_signature_place": "oracle-oam-dex-oam-resp"},
}
"""Why a real one is not among them -> what the gate says -> which."""


def _real(file: str) -> tuple[bytes, Party]:
    message = document("real", file)
    return message, party(message, folder_certificates("real") + embedded(message))


@pytest.mark.parametrize("file", REAL)
def test_a_real_one_with_sha_256_its_certificate_and_its_time_verifies(file: str) -> None:
    message, at = _real(file)
    read = accepted(field(message), at, now=clock(message))
    assert read.name_id.value
    assert read.issuer == at.idp.entity_id


@pytest.mark.parametrize(
    ("why", "code", "name"),
    [(why, code, name) for why, codes in OUT.items() for code, names in codes.items() for name in names.split()],
)
def test_a_real_one_that_is_out_is_refused_for_its_reason(why: str, code: str, name: str) -> None:
    message, at = _real(f"{name}.xml")
    assert _said(message, at, clock(message)) == code, why


def test_every_real_response_is_in_or_out_for_a_reason() -> None:
    told = {*REAL, *(f"{name}.xml" for codes in OUT.values() for names in codes.values() for name in names.split())}
    entries = [entry for entry in manifest("real") if entry["kind"] == "response"]
    assert {entry["file"] for entry in entries} == told
    verified = {entry["file"] for entry in entries if entry["python3_saml"] == "valid" and "rsa-sha1" not in str(entry)}
    assert verified - set(REAL) == {"okta-encrypted-gosaml2.xml", "adfs-encrypted-gosaml2.xml"}, (
        "their keys are not in the folder"
    )


class TestOktaAsSsoreadyCutIt:
    """One response of Okta's and what SSOReady made of it. Its publisher indented the certificates in it, which broke the
    signature of the response (SSOReady reads the assertion's alone); with the indentation undone it verifies."""

    def _given(self, entry: dict[str, Any], message: bytes) -> tuple[bytes, Party, int]:
        metadata = document("invalid", entry["metadata"])
        issuer = re.search(rb'entityID="([^"]*)"', metadata)
        assert issuer is not None
        at = party(message, embedded(metadata), audience=entry["params"]["sp_entity_id"], issuer=issuer[1].decode())
        return message, at, millis(entry["params"]["now"])

    def _assertion_only(self, message: bytes) -> bytes:
        tree = etree.fromstring(message)
        outer = tree.find("{*}Signature")
        assert outer is not None
        tree.remove(outer)
        return etree.tostring(tree)

    def _entries(self) -> dict[str, dict[str, Any]]:
        found = (entry for entry in manifest("invalid") if entry["file"].startswith("ssoready-"))
        return {entry["file"].removeprefix("ssoready-").removesuffix("-assertion.xml"): entry for entry in found}

    @pytest.mark.parametrize("alone", [False, True])
    def test_the_control_is_accepted(self, alone: bool) -> None:
        message = document("real", "okta-ssoready-response.xml").replace(b"\n    ", b"\n")
        message = self._assertion_only(message) if alone else message
        at = party(message, embedded(document("real", "okta-ssoready-idp-metadata.xml")))
        assert accepted(field(message), at, now=clock(message)).proof.signed == ("assertion" if alone else "both")

    @pytest.mark.parametrize(
        ("kind", "code"),
        [
            ("bad-assertion-expired-early", "saml_not_yet"),
            ("bad-assertion-expired-late", "saml_too_old"),
            ("bad-certificate", "saml_signature"),
            ("bad-digest-algorithm", "saml_algorithm"),
            ("bad-signature-algorithm", "saml_algorithm"),
            ("bad-idp-entity-id", "saml_issuer"),
            ("bad-sp-entity-id", "saml_audience"),
            ("no-certificate", "saml_unsigned"),
            ("unsigned-assertion", "saml_unsigned"),
        ],
    )
    def test_each_cut_is_refused_for_its_reason(self, kind: str, code: str) -> None:
        entry = self._entries()[kind]
        message = document("invalid", entry["file"])
        assert _said(*self._given(entry, self._assertion_only(message))) == code
        mended = message.replace(b"\n    ", b"\n")
        assert _said(*self._given(entry, mended)) in {code, "saml_digest"}
        assert _said(*self._given(entry, message)) in {code, "saml_digest"}

    def test_octets_that_are_no_text_are_refused_as_such(self) -> None:
        entry = self._entries()["bad-assertion-utf8"]
        assert _said(*self._given(entry, document("invalid", entry["file"]))) == "saml_encoding"

    def test_none_is_left_out(self) -> None:
        assert len(self._entries()) == 10


def _family(message: bytes) -> Family | None:
    return next((family for mark, family in FAMILIES.items() if mark in message), None)


def _at(message: bytes, certificates: tuple[Certificate, ...]) -> Party:
    family = _family(message)
    known = {} if family is None else {"audience": family.audience, "acs": family.acs, "issuer": family.issuer}
    return party(message, certificates, **known)


@pytest.mark.parametrize(("file", "code", "_"), rows())
def test_an_invalid_one_is_refused_as_it_stands(file: str, code: str, _: str) -> None:
    message = document("invalid", file)
    problem = refusal(field(message), _at(message, embedded(message)), now=clock(message))
    assert problem.code == code


@pytest.mark.parametrize(("file", "_", "code"), [row for row in rows() if row[2] != "-"])
def test_signed_again_it_is_refused_for_what_it_says_or_is_a_control(file: str, _: str, code: str) -> None:
    message = document("invalid", file)
    now = clock(message)
    if file.startswith("node-"):  # its response is years older than its assertion, and names no audience
        issued = re.findall(rb'IssueInstant="([^"]*)"', message)
        message = message.replace(issued[0], issued[-1])
    family = _family(message)
    missing = family.audience if family and file.startswith("node-") and b"Audience>" not in message else None
    again = signed_again(message, signer("mallory") if "attacker" in file else signer(), audience=missing)
    assert _said(again, _at(message, (signer().certificate,)), now) == code


def test_every_invalid_one_is_told_of() -> None:
    files = {entry["file"] for entry in manifest("invalid")}
    logout = {"node-logout_request_with_bad_signature.xml", "node-logout_request_with_good_signature.xml"}
    ssoready = {file for file in files if file.startswith("ssoready-")}
    assert files - ssoready - logout == {file for file, _, _ in rows()}
    for file in logout:  # another protocol: a response is none
        message = document("invalid", file)
        assert _said(message, _at(message, embedded(message)), clock(message)) == "saml_not_a_response"
