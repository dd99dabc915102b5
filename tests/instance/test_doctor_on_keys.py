"""What `clerk doctor` says of keys, on values alone."""

from dataclasses import replace

import pytest

from bridge.clerk.errors import KeyRefused, Outage
from bridge.clerk.instance import Greeting
from bridge.instance.finding import Verdict
from bridge.instance.look import Look
from tests.instance.instances import NOW
from tests.instance.looks import one, said, with_clerk


def test_a_refused_key_is_a_problem(look: Look) -> None:
    refused = Greeting(None, NOW, None, KeyRefused("clerk_key_invalid", "The key is invalid.", status=401))
    assert one(replace(look, greeting=refused), "key")[0] is Verdict.PROBLEM


def test_a_clerk_that_can_not_be_reached_is_a_problem(look: Look) -> None:
    away = Greeting(None, None, None, Outage("clerk_unreached", "It can't be reached."))
    verdict, sentence = one(replace(look, greeting=away), "key")
    assert verdict is Verdict.PROBLEM
    assert "It can't be reached." in sentence


def test_something_else_than_clerk_at_the_address_is_a_problem(look: Look) -> None:
    assert one(replace(look, greeting=Greeting(None, NOW, None)), "key")[0] is Verdict.PROBLEM


def test_a_live_key_of_a_development_instance_is_a_problem(look: Look) -> None:
    assert one(replace(look, greeting=Greeting("development", NOW, "2026-05-12")), "key")[0] is Verdict.PROBLEM


def test_the_sandbox_is_said_to_be_none_of_clerks(look: Look) -> None:
    verdict, sentence = one(with_clerk(look, sandbox=True), "key")
    assert (verdict, "not Clerk" in sentence) == (Verdict.OK, True)


@pytest.mark.parametrize(
    ("version", "verdict"), [("2026-05-12", Verdict.OK), ("2021-02-05", Verdict.WARNING), (None, Verdict.WARNING)]
)
def test_another_api_version_is_a_warning(look: Look, version: str | None, verdict: Verdict) -> None:
    assert one(replace(look, greeting=Greeting("production", NOW, version)), "api_version")[0] is verdict


@pytest.mark.parametrize(("off", "verdict"), [(1, Verdict.OK), (-20, Verdict.WARNING), (90, Verdict.PROBLEM)])
def test_a_clock_that_is_off_is_told(look: Look, off: int, verdict: Verdict) -> None:
    assert one(replace(look, at=NOW - 500 + off * 1000), "clock")[0] is verdict


@pytest.mark.parametrize(("calls", "verdict"), [(1000, Verdict.OK), (500, Verdict.OK), (2000, Verdict.PROBLEM)])
def test_a_rate_above_clerks_is_a_problem(look: Look, calls: int, verdict: Verdict) -> None:
    assert one(with_clerk(look, calls_per_10s=calls), "calls_limit")[0] is verdict


def test_a_refusal_by_the_plan_that_was_met_is_a_problem(look: Look) -> None:
    ours = replace(look.ours, refused={"user_quota_exceeded": 3, "personal_accounts_not_allowed": 1})
    verdict, sentence = one(replace(look, ours=ours), "plan_limits")
    assert verdict is Verdict.PROBLEM
    assert "3 wait" in sentence


def test_people_who_could_only_be_locked_are_told(look: Look) -> None:
    assert said(replace(look, ours=replace(look.ours, locked=2)), "plan_limits")[0][0] is Verdict.WARNING
