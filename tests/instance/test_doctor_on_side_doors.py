"""What `clerk doctor` says of side doors, on values alone."""

from dataclasses import replace

import pytest

from bridge.clerk.enterprise import Directory, EnterpriseConnection
from bridge.clerk.entrances import Domain, Invitation, Means
from bridge.instance.checks import CHECKS, judge
from bridge.instance.finding import Verdict
from bridge.instance.look import Look
from tests.instance.instances import ready
from tests.instance.looks import DIRECTORY, GOOD, LINKED, MEANS, one, with_minted


@pytest.mark.parametrize(
    ("directory", "connection", "verdict"),
    [
        (DIRECTORY, LINKED, Verdict.PROBLEM),
        (DIRECTORY, replace(LINKED, organization=None), Verdict.PROBLEM),
        (DIRECTORY, replace(LINKED, organization="org_x", domains=("else.example",)), Verdict.OK),
        (replace(DIRECTORY, enabled=False), LINKED, Verdict.OK),
    ],
)
def test_clerks_own_directory_over_our_people_is_a_problem(
    look: Look, directory: Directory, connection: EnterpriseConnection, verdict: Verdict
) -> None:
    assert one(replace(look, directories=(directory,), connections=(connection,)), "directory_sync")[0] is verdict


@pytest.mark.parametrize(
    ("connection", "verdict"),
    [
        (LINKED, Verdict.PROBLEM),
        (replace(LINKED, organization=None), Verdict.WARNING),
        (replace(LINKED, active=False), Verdict.OK),
        (replace(LINKED, organization=None, domains=("else.example",)), Verdict.OK),
    ],
)
def test_a_connection_by_which_a_removed_member_joins_again_is_a_problem(
    look: Look, connection: EnterpriseConnection, verdict: Verdict
) -> None:
    assert one(replace(look, connections=(connection,)), "enterprise_connections")[0] is verdict


@pytest.mark.parametrize(
    ("domain", "verdict"),
    [
        (Domain("acme.example", "org_prod", "automatic_invitation"), Verdict.PROBLEM),
        (Domain("acme.example", "org_prod", "enterprise_sso"), Verdict.PROBLEM),
        (Domain("acme.example", "org_prod", "automatic_suggestion"), Verdict.WARNING),
        (Domain("acme.example", "org_x", "automatic_invitation"), Verdict.WARNING),
        (Domain("acme.example", "org_prod", "manual_invitation"), Verdict.OK),
        (Domain("else.example", "org_x", "automatic_invitation"), Verdict.OK),
    ],
)
def test_a_verified_domain_that_lets_people_in_is_told(look: Look, domain: Domain, verdict: Verdict) -> None:
    assert one(replace(look, domains=(domain,)), "organization_domains")[0] is verdict


def test_an_instance_where_domains_may_enrol_is_a_warning(look: Look) -> None:
    present = replace(ready(), settings=replace(ready().settings, domains=True, enrollment_modes=("automatic_invitation",)))
    assert one(replace(look, present=present), "organization_domains")[0] is Verdict.WARNING


def test_pending_invitations_into_our_workspaces_are_a_warning_and_others_are_nobodys_business(look: Look) -> None:
    ours = Invitation("ex@acme.example", "org_prod", "org:editor")
    verdict, sentence = one(replace(look, invitations=(ours,)), "invitations")
    assert (verdict, "ex@acme.example" in sentence) == (Verdict.WARNING, True)
    assert one(replace(look, invitations=(replace(ours, organization="org_x"),)), "invitations")[0] is Verdict.OK


@pytest.mark.parametrize("way", ["password", "social", "passkey"])
def test_a_way_past_the_idp_that_one_of_ours_has_is_a_warning(look: Look, way: str) -> None:
    assert one(replace(look, means=(replace(MEANS, **{way: True}),)), "sign_in_means")[0] is Verdict.WARNING


def test_what_people_who_are_not_ours_can_do_is_not_told(look: Look) -> None:
    other = Means("user_2", "x@else.example", True, True, True, True)
    assert one(replace(look, means=(MEANS, other)), "sign_in_means")[0] is Verdict.OK
    assert one(replace(look, means=(MEANS, other)), "organization_creation")[0] is Verdict.OK


def test_people_who_may_create_organizations_are_told(look: Look) -> None:
    able = replace(look, means=(replace(MEANS, makes_organizations=True),))
    assert one(able, "organization_creation")[0] is Verdict.WARNING
    assert one(replace(look, means=()), "organization_creation")[0] is Verdict.BY_HAND


def test_people_who_are_out_and_can_sign_in_and_losses_that_wait_are_told(look: Look) -> None:
    loose = replace(look, ours=replace(look.ours, out=7, held=2))
    assert one(loose, "deactivated_people")[0] is Verdict.WARNING
    assert one(loose, "holds")[0] is Verdict.WARNING


def test_every_check_says_something_where_it_has_something_to_look_at(look: Look) -> None:
    assert {answer.check.name for answer in judge(with_minted(look, {}, GOOD))} == {check.name for check in CHECKS}
