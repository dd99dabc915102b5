"""What `clerk doctor` says of webhooks, on values alone."""

from dataclasses import replace

import pytest

from bridge.instance.finding import Verdict
from bridge.instance.look import Look, Webhooks
from tests.instance.instances import NOW
from tests.instance.looks import one, said, with_clerk


def test_without_a_signing_secret_there_are_no_webhooks_and_no_complaint_about_events(look: Look) -> None:
    silent = with_clerk(replace(look, ours=replace(look.ours, webhooks=Webhooks())), webhook_signing_secret=None)
    assert one(silent, "webhook_secret")[0] is Verdict.WARNING
    assert said(silent, "webhook_events") == []


def test_on_the_sandbox_the_service_sees_to_its_webhooks_itself(look: Look) -> None:
    assert one(with_clerk(look, webhook_signing_secret=None, sandbox=True), "webhook_secret")[0] is Verdict.OK


@pytest.mark.parametrize(
    ("webhooks", "verdict"),
    [
        (Webhooks(), Verdict.WARNING),
        (Webhooks(NOW - 1000, NOW - 2000), Verdict.OK),
        (Webhooks(NOW - 1000, NOW - 900_000), Verdict.WARNING),
        (Webhooks(NOW - 9 * 86_400_000, NOW - 9 * 86_400_000), Verdict.WARNING),
        (Webhooks(NOW - 1000, NOW - 2000, waiting_since=NOW - 3_600_000), Verdict.PROBLEM),
    ],
)
def test_events_that_never_came_came_late_or_wait_are_told(look: Look, webhooks: Webhooks, verdict: Verdict) -> None:
    assert one(replace(look, ours=replace(look.ours, webhooks=webhooks)), "webhook_events")[0] is verdict
