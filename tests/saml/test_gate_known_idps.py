"""What each IdP writes comes through, and says the same when read."""

import pytest

from tests.saml.gated import accepted, refused
from tests.support.saml import LOOKS, NOW, REQUEST, party, say, signer
from tests.support.saml.looks import CLAIMS, MS_GROUPS, MS_METHODS
from tests.support.saml.names import CONTEXT


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("signed", ["response", "assertion", "both"])
@pytest.mark.parametrize("encrypted", [False, True])
def test_every_known_look_is_accepted_however_it_is_signed_and_encrypted(look: str, signed: str, encrypted: bool) -> None:
    to = party(keys=(signer("ours"),))
    message = say(look, to=to, signed=signed, groups=("Engineering",), encrypted_to=signer("ours") if encrypted else None)
    read = accepted(message, to)
    assert (read.name_id.value, read.issuer, read.in_response_to) == ("ada@acme.test", to.idp.entity_id, REQUEST)
    assert read.proof.signed == signed
    assert (read.proof.encryption is not None) == encrypted
    assert read.proof.certificate == signer().certificate.fingerprint


def test_entra_puts_the_sign_in_after_the_attributes_and_says_its_methods_there() -> None:
    read = accepted(say("entra", groups=("0f1e", "2d3c")))
    assert read.attributes[MS_GROUPS] == ("0f1e", "2d3c")
    assert read.attributes[CLAIMS + "emailaddress"] == ("ada@acme.test",)
    assert read.attributes[MS_METHODS][-1] == "http://schemas.microsoft.com/claims/multipleauthn"
    assert read.context == CONTEXT + "Password"


def test_google_sends_no_attribute_statement_and_nothing_is_made_of_it() -> None:
    read = accepted(say("google"))
    assert read.attributes == {}
    assert read.name_id.format == "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"


def test_keycloak_repeats_an_attribute_for_each_value_and_they_are_one_in_order() -> None:
    read = accepted(say("keycloak", groups=("/Engineering", "/Sales")))
    assert read.attributes["member"] == ("/Engineering", "/Sales")
    assert read.attributes["Role"] == ("offline_access", "uma_authorization")


def test_jumpcloud_speaks_of_consent_and_of_a_format_of_saml_1_0() -> None:
    assert accepted(say("jumpcloud")).name_id.format == "urn:oasis:names:tc:SAML:1.0:nameid-format:unspecified"


def test_pingone_gives_a_name_without_a_format_and_a_session_of_five_minutes() -> None:
    read = accepted(say("pingone"))
    assert read.name_id.format is None
    assert read.session_until == NOW + 300_000


def test_ad_fs_sets_its_window_from_the_second_of_issue_and_a_clock_that_lags_still_lets_in() -> None:
    message = say("adfs")
    assert accepted(message, now=NOW - 179_000).id
    assert accepted(message, now=NOW + 300_000 + 179_000).id


def test_what_the_idp_says_of_the_sign_in_is_returned() -> None:
    said = accepted(say("okta", session_index="s1", authenticated=-60, session_until=3600))
    assert (said.session_index, said.authenticated, said.session_until) == ("s1", NOW - 60_000, NOW + 3_600_000)
    assert accepted(say("okta", session_index=None, context=None)).session_index is None
    assert accepted(say("okta", context=None)).context is None


def test_an_answer_that_nobody_asked_for_is_read_and_says_so() -> None:
    assert accepted(say("okta", in_response_to=None)).in_response_to is None


def test_it_is_remembered_until_the_first_of_its_ages_refuses_it() -> None:
    skew = 180_000
    assert accepted(say(confirmed=300, ends=600)).until == NOW + 300_000 + skew
    assert accepted(say(confirmed=600, ends=300)).until == NOW + 300_000 + skew
    assert accepted(say(confirmed=90_000, ends=90_000)).until == NOW + 3_600_000 + skew
    assert accepted(say(confirmed=90_000, ends=None)).until == NOW + 3_600_000 + skew


@pytest.mark.parametrize(
    "window", [{"confirmed": 300, "ends": 600}, {"confirmed": 600, "ends": 300}, {"confirmed": 9000, "ends": 9000}]
)
def test_from_that_moment_on_and_not_before_its_age_refuses_it(window: dict[str, int]) -> None:
    """The memory of what was seen forgets it then: a millisecond between the two is a replay."""
    message = say(**window)
    until = accepted(message).until
    assert accepted(message, now=until - 1).until == until
    assert refused(message, now=until) in {"saml_expired", "saml_too_old"}
