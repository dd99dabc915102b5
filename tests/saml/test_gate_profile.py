"""The profile's rules: for us, from this IdP, now, and to the request that the response names."""

import pytest
from lxml import etree

from bridge.saml.party import Party
from tests.saml.gated import accepted, refused
from tests.support.saml import IDP, NOW, REQUEST, Seal, document, make, moment, party, posted, say, signer
from tests.support.saml.surgery import before, copied, drop, element, find

ACS = party().acs
SKEW, HOUR = 180, 3600


@pytest.mark.parametrize(
    "wrong",
    [
        ACS + "0",
        ACS[:-1],
        ACS.replace("/acme/", "/acme2/"),
        f"https://evil.test/?u={ACS}",
        ACS + "/",
        ACS + "?x",
        ACS + "#x",
        ACS.upper(),
        ACS.replace("https", "http"),
        ACS.replace("bridge.test", "bridge.test:443"),
        "",
        " " + ACS,
        None,
    ],
)
class TestAnAddressIsOursExactly:
    def test_the_recipient(self, wrong: str | None) -> None:
        assert refused(say(recipient=wrong)) == "saml_recipient"

    def test_the_destination_of_a_signed_response(self, wrong: str | None) -> None:
        for signed in ("response", "both"):
            assert refused(say(destination=wrong, signed=signed)) == "saml_destination"

    def test_the_destination_of_another_response_where_it_has_one(self, wrong: str | None) -> None:
        if wrong is None:
            assert accepted(say(destination=None)).id
        else:
            assert refused(say(destination=wrong)) == "saml_destination"


def test_what_was_meant_for_one_connection_is_refused_by_another_of_the_same_idp() -> None:
    one, other = party("t1"), party("t10")
    assert accepted(say(to=one), one).id
    assert refused(say(to=one), other) == "saml_destination"
    assert refused(say(to=one, destination=None), other) == "saml_recipient"
    assert refused(say(to=other, destination=None), one) == "saml_recipient"
    assert refused(say(to=one, destination=None, recipient=other.acs), other) == "saml_audience"


class TestAudience:
    @pytest.mark.parametrize("wrong", ["", "https://other.test", party().entity_id + "/", party().entity_id.upper(), None])
    def test_an_assertion_for_nobody_or_another_is_refused(self, wrong: str | None) -> None:
        assert refused(say(audience=wrong)) == "saml_audience"

    def test_an_assertion_without_conditions_is_for_anybody_and_refused(self) -> None:
        assert refused(before(lambda tree: drop(find(tree, "Conditions")))) == "saml_audience"

    def test_one_restriction_may_name_others_beside_us(self) -> None:
        other = element("<saml:Audience>https://other.test</saml:Audience>")
        assert accepted(before(lambda tree: find(tree, "AudienceRestriction").insert(0, other))).id

    def test_every_restriction_must_name_us(self) -> None:
        other = element(
            "<saml:AudienceRestriction><saml:Audience>https://other.test</saml:Audience></saml:AudienceRestriction>"
        )
        for place in (0, 1):
            assert (
                refused(before(lambda tree, at=place: find(tree, "Conditions").insert(at, copied(other)))) == "saml_audience"
            )
        assert accepted(before(lambda tree: find(tree, "Conditions").append(copied(find(tree, "AudienceRestriction"))))).id

    def test_a_restriction_without_an_audience_is_refused(self) -> None:
        assert (
            refused(before(lambda tree: find(tree, "Conditions").append(element("<saml:AudienceRestriction/>"))))
            == "saml_audience"
        )


class TestConditions:
    @pytest.mark.parametrize("known", ["<saml:OneTimeUse/>", '<saml:ProxyRestriction Count="0"/>'])
    def test_known_conditions_are_let_be_once(self, known: str) -> None:
        assert accepted(before(lambda tree: find(tree, "Conditions").append(element(known)))).id
        two = lambda tree: [find(tree, "Conditions").append(element(known)) for _ in range(2)]  # noqa: E731
        assert refused(before(two)) == "saml_condition"

    @pytest.mark.parametrize(
        "unknown", ["<saml:Condition/>", '<x xmlns="urn:x"/>', "<saml:DelegationRestriction/>", "<samlp:Status/>"]
    )
    def test_an_unknown_condition_refuses(self, unknown: str) -> None:
        assert refused(before(lambda tree: find(tree, "Conditions").append(element(unknown)))) == "saml_condition"

    def test_an_unknown_part_of_a_restriction_refuses(self) -> None:
        assert (
            refused(before(lambda tree: find(tree, "AudienceRestriction").append(element("<saml:Except/>"))))
            == "saml_condition"
        )

    def test_the_window_counts_with_the_skew_on_both_sides(self) -> None:
        assert accepted(say(begins=SKEW)).id
        assert refused(say(begins=SKEW + 1)) == "saml_not_yet"
        assert accepted(say(ends=-SKEW + 1, begins=None)).id
        assert refused(say(ends=-SKEW, begins=None)) == "saml_expired"
        assert accepted(say(begins=None, ends=None)).id

    def test_a_window_that_never_opens_is_refused(self) -> None:
        assert refused(say(begins=60, ends=60)) == "saml_expired"

    def test_the_skew_is_the_connections(self) -> None:
        assert refused(say(begins=61), party(skew_ms=60_000)) == "saml_not_yet"
        assert accepted(say(begins=60), party(skew_ms=60_000)).id


class TestAge:
    def test_nothing_older_than_an_hour_is_believed(self) -> None:
        old = {"ends": HOUR, "confirmed": HOUR}
        assert accepted(say(issued=-HOUR - SKEW + 1, **old)).id
        assert refused(say(issued=-HOUR - SKEW, **old)) == "saml_too_old"

    def test_nor_anything_from_the_future(self) -> None:
        assert accepted(say(issued=SKEW)).id
        assert refused(say(issued=SKEW + 1)) == "saml_not_yet"

    def test_the_assertion_has_an_age_of_its_own(self) -> None:
        for seconds, code in ((-HOUR - SKEW - 1, "saml_too_old"), (SKEW + 1, "saml_not_yet")):
            said = moment(NOW, seconds)
            assert refused(before(lambda tree, at=said: find(tree, "Assertion").set("IssueInstant", at))) == code

    @pytest.mark.parametrize("name", ["Response", "Assertion"])
    def test_a_time_of_issue_is_due(self, name: str) -> None:
        def without(tree: etree._Element) -> None:
            del (tree if name == "Response" else find(tree, name)).attrib["IssueInstant"]

        assert refused(before(without)) == "saml_time_missing"

    @pytest.mark.parametrize(
        "written",
        [
            "",
            "now",
            "2026-09-21",
            "2026-09-21T14:13:20",
            "2026-13-21T14:13:20Z",
            "2026-09-21T14:13:60Z",
            "2026-09-21T14:13:20+02:00",
            "1790000000",
            "2026-09-21T14:13:20Z ",
            "٢026-09-21T14:13:20Z",
            "2026-09-21T14:13:20." + "0" * 13 + "Z",
        ],
    )
    def test_what_is_no_time_in_utc_is_refused(self, written: str) -> None:
        assert refused(before(lambda tree: find(tree, "Assertion").set("IssueInstant", written))) == "saml_time_malformed"
        assert refused(before(lambda tree: find(tree, "Conditions").set("NotOnOrAfter", written))) == "saml_time_malformed"
        assert (
            refused(before(lambda tree: find(tree, "SubjectConfirmationData").set("NotOnOrAfter", written)))
            == "saml_time_malformed"
        )
        assert (
            refused(before(lambda tree: find(tree, "AuthnStatement").set("SessionNotOnOrAfter", written)))
            == "saml_time_malformed"
        )

    @pytest.mark.parametrize("fraction", [".5", ".123", ".1234567", ".999999999999"])
    def test_fractions_of_a_second_are_read_to_the_millisecond(self, fraction: str) -> None:
        assert accepted(say(fraction=fraction)).issued == NOW + int(fraction[1:].ljust(3, "0")[:3])


class TestIssuer:
    @pytest.mark.parametrize("wrong", ["", IDP + "/", IDP.upper(), "https://evil.test"])
    def test_the_issuer_is_the_connections_idp_exactly(self, wrong: str) -> None:
        assert refused(say(issuer=wrong, issuer_of_assertion=IDP)) == "saml_issuer"
        assert refused(say(issuer=IDP, issuer_of_assertion=wrong)) == "saml_issuer"

    def test_the_assertion_must_name_one(self) -> None:
        assert refused(say(issuer_of_assertion=None, signed="response")) == "saml_issuer"

    def test_the_response_must_name_one_where_it_is_signed(self) -> None:
        assert accepted(say(issuer=None, issuer_of_assertion=IDP)).id
        unnamed = say(issuer=None, issuer_of_assertion=IDP, signed="response", seal=Seal(at=0))
        assert refused(unnamed) == "saml_signature_place"

    def test_its_format_is_an_entity_or_is_not_said(self) -> None:
        entity = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"
        assert accepted(before(lambda tree: find(tree, "Assertion")[0].set("Format", entity))).id
        assert refused(before(lambda tree: find(tree, "Assertion")[0].set("Format", "urn:x"))) == "saml_issuer"


class TestConfirmation:
    @pytest.mark.parametrize(
        "method",
        ["urn:oasis:names:tc:SAML:2.0:cm:holder-of-key", "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches", "", "bearer"],
    )
    def test_the_subject_is_confirmed_as_bearer_or_not_at_all(self, method: str) -> None:
        assert refused(say(method=method)) == "saml_confirmation"

    def test_without_a_confirmation_or_its_data_nobody_is_confirmed(self) -> None:
        assert refused(before(lambda tree: drop(find(tree, "SubjectConfirmation")))) == "saml_confirmation"
        assert refused(before(lambda tree: drop(find(tree, "SubjectConfirmationData")))) == "saml_confirmation"
        assert refused(before(lambda tree: drop(find(tree, "Subject")))) == "saml_subject"

    def test_the_time_to_bring_it_is_due_and_bounded(self) -> None:
        assert refused(say(confirmed=None)) == "saml_time_missing"
        assert accepted(say(confirmed=-SKEW + 1)).id
        assert refused(say(confirmed=-SKEW)) == "saml_expired"

    def test_it_has_no_not_before(self) -> None:
        """SAML profiles §4.1.4.2 forbids it."""
        assert refused(say(confirmed_begins=-60)) == "saml_confirmation"

    @pytest.mark.parametrize(
        ("response", "subject"),
        [(REQUEST, "_other"), (REQUEST, None), (None, REQUEST), ("", REQUEST), (REQUEST, ""), ("", "")],
    )
    def test_the_response_and_its_subject_answer_the_same_request(self, response: str | None, subject: str | None) -> None:
        changed = before(
            lambda tree: (
                find(tree, "SubjectConfirmationData").set("InResponseTo", subject or "")
                if subject is not None
                else find(tree, "SubjectConfirmationData").attrib.pop("InResponseTo", None)
            ),
            in_response_to=response,
        )
        assert refused(changed) == "saml_in_response_to"

    def test_which_request_it_answers_is_read_from_what_is_signed(self) -> None:
        """Stripped off the response, a stolen answer would look like one that nobody asked for."""
        tree = document(make(in_response_to="_stolen"))
        del tree.attrib["InResponseTo"]
        assert refused(posted(tree)) == "saml_in_response_to"

    def test_one_confirmation_of_several_is_enough_and_the_latest_is_remembered(self) -> None:
        def second(tree: etree._Element) -> None:
            first = find(tree, "SubjectConfirmation")
            other = copied(first)
            other[0].set("NotOnOrAfter", moment(NOW, 900))
            first.addnext(other)
            first.addprevious(element('<saml:SubjectConfirmation Method="urn:x"/>'))

        assert accepted(before(second, ends=None)).until == NOW + 900_000 + 180_000

    def test_none_of_several_holds_and_the_first_refusal_is_told(self) -> None:
        def second(tree: etree._Element) -> None:
            other = copied(find(tree, "SubjectConfirmation"))
            other[0].set("Recipient", "https://other.test")
            find(tree, "SubjectConfirmation").addnext(other)

        assert refused(before(second, confirmed=-900)) == "saml_expired"

    def test_the_address_that_somebody_came_from_is_not_compared(self) -> None:
        """Phones change theirs, and ours is a proxy's (SAML2int §3.2)."""
        assert accepted(before(lambda tree: find(tree, "SubjectConfirmationData").set("Address", "192.0.2.1"))).id


class TestSignIn:
    def test_an_assertion_without_a_sign_in_is_refused(self) -> None:
        assert refused(say(authenticated=None, session_until=None)) in {"saml_authn_statement", "saml_time_missing"}
        assert refused(before(lambda tree: drop(find(tree, "AuthnStatement")))) == "saml_authn_statement"
        assert refused(before(lambda tree: drop(find(tree, "AuthnContext")))) == "saml_authn_statement"

    def test_two_sign_ins_are_refused(self) -> None:
        assert (
            refused(before(lambda tree: find(tree, "AuthnStatement").addnext(copied(find(tree, "AuthnStatement")))))
            == "saml_shape"
        )

    def test_a_sign_in_is_not_in_the_future(self) -> None:
        assert accepted(say(authenticated=SKEW)).id
        assert refused(say(authenticated=SKEW + 1)) == "saml_not_yet"
        assert accepted(say(authenticated=-86_400)).authenticated == NOW - 86_400_000

    def test_its_time_is_due(self) -> None:
        assert refused(before(lambda tree: find(tree, "AuthnStatement").attrib.pop("AuthnInstant"))) == "saml_time_missing"

    def test_a_session_that_is_over_signs_nobody_in(self) -> None:
        assert accepted(say(session_until=-SKEW + 1)).id
        assert refused(say(session_until=-SKEW)) == "saml_session_over"


def test_every_rule_holds_however_the_message_is_signed_and_encrypted() -> None:
    to: Party = party(keys=(signer("ours"),))
    wrong: dict[str, dict[str, object]] = {
        "saml_recipient": {"recipient": "https://evil.test"},
        "saml_audience": {"audience": "https://evil.test"},
        "saml_expired": {"confirmed": -900},
        "saml_issuer": {"issuer_of_assertion": "https://evil.test"},
        "saml_in_response_to": {"confirmed_in_response_to": "_other"},
        "saml_too_old": {"issued": -9000},
        "saml_session_over": {"session_until": -900},
    }
    for signed in ("assertion", "response", "both"):
        for encrypted in (None, signer("ours")):
            for code, change in wrong.items():
                assert refused(say(to=to, signed=signed, encrypted_to=encrypted, **change), to) == code, (signed, code)
