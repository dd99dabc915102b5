"""What `clerk doctor` says of workspaces, on values alone."""

from dataclasses import replace

import pytest

from bridge.clerk.entrances import Invitation
from bridge.instance.finding import Verdict
from bridge.instance.governed import Governed
from bridge.instance.look import Look
from tests.instance.instances import ready
from tests.instance.looks import PRODUCTION, ROOM, one, with_room


def test_a_workspace_that_was_deleted_at_clerk_is_a_problem(look: Look) -> None:
    verdict, sentence = one(replace(look, present=ready()), "workspaces")
    assert verdict is Verdict.PROBLEM
    assert "acme/production" in sentence


def test_a_blocked_workspace_is_a_problem_with_clerks_own_words(look: Look) -> None:
    blocked = replace(PRODUCTION, blocked_code="organization_membership_quota_exceeded", blocked_sentence="Full.")
    verdict, sentence = one(replace(look, ours=replace(look.ours, governed=(blocked,))), "workspaces")
    assert (verdict, "Full." in sentence) == (Verdict.PROBLEM, True)


@pytest.mark.parametrize(
    ("most", "invited", "verdict"),
    [(0, 9, Verdict.OK), (20, 0, Verdict.OK), (4, 0, Verdict.WARNING), (3, 0, Verdict.PROBLEM), (5, 2, Verdict.PROBLEM)],
)
def test_a_cap_counts_members_invitations_and_who_is_still_to_come(
    look: Look, most: int, invited: int, verdict: Verdict
) -> None:
    invitations = [Invitation(f"x{number}@acme.example", "org_prod", "org:viewer") for number in range(invited)]
    capped = replace(look, present=with_room(look, replace(ROOM, most_members=most)), invitations=invitations)
    assert one(capped, "member_caps")[0] is verdict


def test_a_workspace_still_to_be_made_is_held_against_the_cap_of_new_ones(look: Look) -> None:
    lab = Governed("Acme/Lab", ("acme/lab",), None, decided=30, coming=30)
    present = replace(ready(), settings=replace(ready().settings, most_members=5))
    crowded = replace(look, present=present, ours=replace(look.ours, governed=(lab,)))
    assert one(crowded, "member_caps")[0] is Verdict.PROBLEM


@pytest.mark.parametrize(
    ("reference", "organization", "verdict"),
    [
        ("production", None, Verdict.PROBLEM),
        ("production", "org_prod", Verdict.WARNING),
        ("org_prod", "org_prod", Verdict.OK),
        ("Acme/Lab", None, Verdict.OK),
    ],
)
def test_a_slug_in_a_file_needs_slugs(look: Look, reference: str, organization: str | None, verdict: Verdict) -> None:
    present = replace(ready(), settings=replace(ready().settings, slugs=False))
    named = Governed(reference, ("acme/production",), organization)
    assert one(replace(look, present=present, ours=replace(look.ours, governed=(named,))), "slugs")[0] is verdict


def test_membership_required_is_known_by_its_refusal(look: Look) -> None:
    ours = replace(look.ours, refused={"personal_accounts_not_allowed": 2})
    assert one(replace(look, ours=ours), "membership_required")[0] is Verdict.WARNING
