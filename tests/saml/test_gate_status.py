"""What the IdP says of its own answer."""

import pytest

from bridge.saml.status import REFUSALS
from tests.saml.gated import refusal, refused
from tests.support.saml import say
from tests.support.saml.names import STATUS
from tests.support.saml.surgery import before, drop, find


@pytest.mark.parametrize("short", REFUSALS)
def test_each_refusal_of_the_idp_has_its_own_code(short: str) -> None:
    top = short if short in {"Requester", "Responder", "VersionMismatch"} else "Responder"
    codes = (STATUS + top,) if short == top else (STATUS + top, STATUS + short)
    assert refused(say(status=codes)) == REFUSALS[short][0]


def test_the_more_exact_code_is_told() -> None:
    problem = refusal(say(status=(STATUS + "Responder", STATUS + "NoAuthnContext"), status_message="MFA is off"))
    assert problem.code == "saml_status_no_authn_context"
    assert problem.about["status"] == "Responder NoAuthnContext"
    assert problem.about["status_message"] == "MFA is off"


def test_a_refusal_without_an_assertion_and_a_signature_is_still_told_as_one() -> None:
    message = before(
        lambda tree: drop(find(tree, "Assertion")), signed="none", status=(STATUS + "Requester", STATUS + "RequestDenied")
    )
    assert refused(message) == "saml_status_request_denied"


@pytest.mark.parametrize(
    "code", [STATUS + "Succes", STATUS.upper() + "Success", "Success", "urn:vendor:Success", STATUS + "success"]
)
def test_anything_but_success_refuses(code: str) -> None:
    assert refused(say(status=(code,))) == "saml_status_other"


def test_a_success_with_something_below_it_is_none() -> None:
    assert refused(say(status=(STATUS + "Success", "urn:vendor:but"))) == "saml_status_other"
    assert refused(say(status=(STATUS + "Success", STATUS + "AuthnFailed"))) == "saml_status_authn_failed"


def test_no_code_or_an_empty_one_is_no_status() -> None:
    assert refused(say(status=("",))) == "saml_shape"
    assert refused(say(status=())) == "saml_shape"


def test_two_codes_beside_each_other_are_refused() -> None:
    def twice(tree):  # type: ignore[no-untyped-def]
        find(tree, "StatusCode").addnext(
            find(tree, "Status").makeelement(find(tree, "StatusCode").tag, {"Value": STATUS + "Success"})
        )

    assert refused(before(twice)) == "saml_shape"
