"""What `clerk doctor` says of tokens, on values alone."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bridge.instance.finding import Verdict
from bridge.instance.issuer import Published
from bridge.instance.look import Look
from tests.instance.instances import ISSUER, ready
from tests.instance.looks import (
    GOOD,
    one,
    said,
    with_clerk,
    with_minted,
)


def _template(look: Look, **changed: Any) -> Look:
    present = ready()
    return replace(look, present=replace(present, templates={"convex": replace(present.templates["convex"], **changed)}))


@pytest.mark.parametrize(
    ("claim", "value", "verdict"),
    [("aud", "api", Verdict.PROBLEM), ("org_role", None, Verdict.PROBLEM), ("picture", None, Verdict.WARNING)],
)
def test_a_wrong_claim_is_as_bad_as_what_it_breaks(look: Look, claim: str, value: str | None, verdict: Verdict) -> None:
    claims = {**ready().templates["convex"].claims, claim: value}
    assert one(_template(look, claims=claims), "template")[0] is verdict


def test_a_missing_template_a_key_of_its_own_and_long_tokens_are_told(look: Look) -> None:
    assert one(replace(look, present=replace(ready(), templates={})), "template")[0] is Verdict.PROBLEM
    assert one(_template(look, own_key=True, algorithm="HS256"), "template")[0] is Verdict.PROBLEM
    assert one(_template(look, lifetime=86_400), "template")[0] is Verdict.WARNING


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        (lambda look: with_clerk(look, jwt_issuer_domain="https://clerk.other.example"), Verdict.PROBLEM),
        (lambda look: with_clerk(look, jwt_issuer_domain=ISSUER), Verdict.OK),
        (lambda look: replace(look, published=Published(ISSUER, problem="It answers 404.")), Verdict.PROBLEM),
        (lambda look: replace(look, published=Published(ISSUER, f"{ISSUER}/")), Verdict.PROBLEM),
        (lambda look: replace(look, issuer=None, published=None), Verdict.WARNING),
    ],
)
def test_the_issuer_must_be_known_be_this_instances_and_call_itself_so(
    look: Look, change: Callable[[Look], Look], verdict: Verdict
) -> None:
    assert one(change(look), "issuer")[0] is verdict


@pytest.mark.parametrize(
    ("published", "verdict"),
    [
        (Published(ISSUER, ISSUER, frozenset({"ins_1", "ins_0"})), Verdict.OK),
        (Published(ISSUER, ISSUER, frozenset({"ins_2"})), Verdict.PROBLEM),
        (Published(ISSUER, ISSUER, frozenset({"ins_1"}), ("ES256",)), Verdict.PROBLEM),
        (Published(ISSUER, problem="It answers 404."), Verdict.WARNING),
        (None, Verdict.WARNING),
    ],
)
def test_an_issuer_with_other_keys_is_another_instance(look: Look, published: Published | None, verdict: Verdict) -> None:
    assert one(replace(look, published=published), "signing_keys")[0] is verdict


@pytest.mark.parametrize(
    ("template", "verdict"),
    [
        (GOOD, Verdict.OK),
        ({**GOOD, "aud": ["api", "convex"]}, Verdict.OK),
        ({**GOOD, "org_role": "{{org_role}}"}, Verdict.PROBLEM),
        ({**GOOD, "aud": "api"}, Verdict.PROBLEM),
        ({"aud": "convex", "org_id": None}, Verdict.WARNING),
    ],
)
def test_a_token_of_a_live_session_shows_what_clerk_made_of_the_template(
    look: Look, template: dict[str, Any], verdict: Verdict
) -> None:
    assert one(with_minted(look, {}, template), "live_token")[0] is verdict


@pytest.mark.parametrize(
    ("session", "size", "verdicts"),
    [
        ({"aud": "convex"}, 900, [Verdict.OK]),
        ({}, 900, [Verdict.OK]),
        ({"sts": "pending"}, 900, [Verdict.WARNING, Verdict.OK]),
        ({"iss": "https://other.example"}, 900, [Verdict.PROBLEM, Verdict.OK]),
        ({}, 4000, [Verdict.WARNING, Verdict.OK]),
    ],
)
def test_the_session_token_of_a_live_session_is_judged(
    look: Look, session: dict[str, Any], size: int, verdicts: list[Verdict]
) -> None:
    assert [verdict for verdict, _ in said(with_minted(look, session, GOOD, size), "session_token")] == verdicts
