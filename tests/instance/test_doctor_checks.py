"""`clerk doctor` on values alone: what it says of a healthy instance, and of one that tells it nothing."""

from dataclasses import replace

from bridge.instance.checks import judge
from bridge.instance.finding import Verdict
from bridge.instance.look import Look, Ours, Unread


def test_a_healthy_instance_is_ok_but_for_what_must_be_looked_at_by_hand(look: Look) -> None:
    assert {answer.finding.verdict for answer in judge(look)} == {Verdict.OK, Verdict.BY_HAND}
    hands = {answer.check.name for answer in judge(look) if answer.finding.verdict is Verdict.BY_HAND}
    assert hands == {
        "plan_limits",
        "membership_required",
        "session_token",
        "webhook_endpoint",
        "email_sign_in",
        "sign_up",
        "sign_in_tokens",
        "session_lifetime",
    }


def test_whatever_is_not_ok_says_what_to_do(look: Look) -> None:
    broken = replace(look, present=Unread("x", "no."), published=None, issuer=None, ours=Ours(out=3, held=2, locked=1))
    assert all(answer.finding.hint for answer in judge(broken) if answer.finding.verdict is not Verdict.OK)


def test_what_clerk_does_not_say_is_unseen_and_never_ok(look: Look) -> None:
    nothing = Unread("unsupported_subscription_plan_features", "Not in your plan.")
    blind = replace(
        look,
        present=nothing,
        connections=nothing,
        directories=nothing,
        domains=nothing,
        invitations=nothing,
        means=nothing,
        key_ids=nothing,
        told=nothing,
    )
    unseen = {answer.check.name for answer in judge(blind) if answer.finding.verdict is Verdict.UNSEEN}
    assert unseen >= {"roles", "template", "directory_sync", "invitations", "organization_domains", "signing_keys"}
    assert all("Not in your plan." in answer.finding.sentence for answer in judge(blind) if answer.check.name in unseen)
