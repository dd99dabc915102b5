"""What the stand-in IdPs send is read by python3-saml, which knows nothing of them, and is what each provider would send."""

from xml.etree import ElementTree

import httpx
import pytest

from bridge.sandbox.idp.flavours import FLAVOURS, GROUPS_LINK, MULTIPLE
from bridge.sandbox.testing import RunningSandbox
from tests.support.saml_reader import MIA, SERVICE, Reader

SOAP = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
METHODS = "http://schemas.microsoft.com/claims/authnmethodsreferences"
ENTRA_GROUPS = "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups"
STRONG = "https://refeds.org/profile/mfa"
PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"


@pytest.mark.parametrize("provider", list(FLAVOURS))
def test_a_response_of_every_provider_is_believed(sandbox: RunningSandbox, provider: str) -> None:
    reader = Reader.of(sandbox, provider, signed=FLAVOURS[provider].signs)
    fields = reader.answered(reader.asks())
    read = reader.believes(fields)
    assert read.get_errors() == [], read.get_last_error_reason()
    assert (read.get_nameid(), fields["RelayState"]) == (MIA["email"], "/reports")
    assert read.get_nameid_format() == FLAVOURS[provider].name_id
    assert read.get_last_authn_contexts() == [FLAVOURS[provider].context]


@pytest.mark.parametrize(
    ("provider", "email", "family", "groups", "values"),
    [
        ("okta", "email", "lastName", "groups", ["eng", "a <b>"]),
        ("google", "email", "lastName", "groups", ["eng", "a <b>"]),
        ("generic", "email", "lastName", "groups", ["eng", "a <b>"]),
        (
            "active-directory",
            f"{SOAP}emailaddress",
            f"{SOAP}surname",
            "http://schemas.xmlsoap.org/claims/Group",
            ["eng", "a <b>"],
        ),
    ],
)
def test_attributes_have_the_names_of_the_provider(
    sandbox: RunningSandbox, provider: str, email: str, family: str, groups: str, values: list[str]
) -> None:
    reader = Reader.of(sandbox, provider)
    read = reader.believes(reader.answered(reader.asks())).get_attributes()
    assert (read[email], read[family], read[groups]) == ([MIA["email"]], [MIA["family"]], values)


def test_entra_sends_ids_of_groups_and_a_link_instead_of_more_than_150(sandbox: RunningSandbox) -> None:
    reader = Reader.of(sandbox, "entra")
    few = reader.believes(reader.answered(reader.asks())).get_attributes()
    assert few[ENTRA_GROUPS][0] == "11111111-2222"
    assert few["http://schemas.microsoft.com/identity/claims/objectidentifier"] == ["00u1"]
    full = reader.believes(reader.answered(reader.asks(), more_groups="148")).get_attributes()
    assert len(full[ENTRA_GROUPS]) == 150
    over = reader.believes(reader.answered(reader.asks(), more_groups="149")).get_attributes()
    assert ENTRA_GROUPS not in over
    assert over[GROUPS_LINK][0].endswith("/users/00u1/getMemberObjects")


def test_google_sends_75_groups_at_most(sandbox: RunningSandbox) -> None:
    reader = Reader.of(sandbox, "google")
    assert len(reader.believes(reader.answered(reader.asks(), more_groups="200")).get_attributes()["groups"]) == 75


@pytest.mark.parametrize("provider", ["entra", "active-directory"])
def test_microsofts_say_a_second_factor_as_a_method_and_keep_their_context(sandbox: RunningSandbox, provider: str) -> None:
    reader = Reader.of(sandbox, provider)
    without = reader.believes(reader.answered(reader.asks()))
    assert MULTIPLE not in without.get_attributes()[METHODS]
    with_one = reader.believes(reader.answered(reader.asks(), second_factor="yes"))
    assert MULTIPLE in with_one.get_attributes()[METHODS]
    assert with_one.get_last_authn_contexts() == without.get_last_authn_contexts()


def test_a_context_that_was_asked_for_is_answered_or_refused(sandbox: RunningSandbox) -> None:
    reader = Reader.of(sandbox, "okta")
    with_one = reader.believes(reader.answered(reader.asks(STRONG), second_factor="yes"))
    assert with_one.get_last_authn_contexts() == [STRONG]
    without = reader.believes(reader.answered(reader.asks(STRONG)))
    assert "NoAuthnContext" in str(without.get_last_error_reason())
    weak = reader.believes(reader.answered(reader.asks(STRONG, PASSWORD)))
    assert weak.get_last_authn_contexts() == [PASSWORD]


def test_groups_can_be_picked_and_typed_instead_of_their_own(sandbox: RunningSandbox) -> None:
    reader = Reader.of(sandbox, "generic")
    picked = reader.answered(reader.asks(), groups="these", group=["eng"], other_groups="ops, all staff")
    assert reader.believes(picked).get_attributes()["groups"] == ["eng", "ops", "all staff"]
    none = reader.answered(reader.asks(), groups="these")
    assert "groups" not in reader.believes(none).get_attributes()


def test_somebody_nobody_knows_can_be_typed_in(sandbox: RunningSandbox) -> None:
    reader = Reader.of(sandbox, "generic")
    read = reader.believes(reader.answered(reader.asks(), person="", email="new@acme.example", given="New", id="7"))
    assert read.get_nameid() == "new@acme.example"
    assert read.get_attributes() == {"email": ["new@acme.example"], "firstName": ["New"], "id": ["7"]}


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ("expired", "expired"),
        ("audience", "not a valid audience"),
        ("key", "Signature validation failed"),
        ("cancelled", "AuthnFailed"),
    ],
)
def test_what_is_wrong_on_purpose_is_refused_for_that(sandbox: RunningSandbox, wrong: str, reason: str) -> None:
    reader = Reader.of(sandbox, "okta")
    read = reader.believes(reader.answered(reader.asks(), wrong=wrong))
    assert read.get_errors()
    assert reason in str(read.get_last_error_reason())


def test_the_form_of_another_provider_comes_from_the_same_idp(sandbox: RunningSandbox) -> None:
    reader = Reader.of(sandbox, "okta")
    read = reader.believes(reader.answered(reader.asks(), shape="entra"))
    assert read.get_errors() == []
    assert f"{SOAP}emailaddress" in read.get_attributes()


def test_the_page_of_an_idp_begins_sign_ins_that_answer_no_request(sandbox: RunningSandbox) -> None:
    reader = Reader.of(sandbox, "okta")
    read = reader.believes(reader.answered(reader.url))
    assert read.get_errors() == []
    assert "InResponseTo" not in str(read.get_last_response_xml())


def test_every_connection_has_a_key_and_a_name_of_its_own_and_keeps_both(sandbox: RunningSandbox) -> None:
    first = httpx.get(f"{sandbox.url}/idp/acme/metadata?provider=okta").text
    assert httpx.get(f"{sandbox.url}/idp/acme/metadata?provider=okta").text == first
    other = httpx.get(f"{sandbox.url}/idp/acme-two/metadata?provider=okta").text
    certificates, names = zip(*map(_certificate_and_name, (first, other)), strict=True)
    assert len({*certificates}) == len({*names}) == 2


def test_an_idp_that_nobody_told_of_a_service_answers_whoever_asks(sandbox: RunningSandbox) -> None:
    reader = Reader.of(sandbox, "okta")
    url = reader.asks().replace("/idp/acme/", "/idp/unknown/")
    fields = reader.answered(url, person="", email="eve@acme.example")
    assert fields["acs"] == f"{SERVICE}/acs"


def _certificate_and_name(metadata: str) -> tuple[str | None, str | None]:
    document = ElementTree.fromstring(metadata)
    return document.findtext(".//{*}X509Certificate"), document.get("entityID")
