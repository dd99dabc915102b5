"""Each check of `clerk doctor`, on values alone: what it says of a healthy instance, and of one with a thing changed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bridge.clerk.enterprise import Directory, EnterpriseConnection
from bridge.clerk.entrances import Domain, Invitation, Means, Room
from bridge.clerk.errors import KeyRefused, Outage
from bridge.clerk.instance import Greeting
from bridge.instance.checks import CHECKS, judge
from bridge.instance.finding import Verdict
from bridge.instance.governed import Governed
from bridge.instance.issuer import Published
from bridge.instance.look import Look, Ours, Unread, Webhooks
from bridge.instance.minted import Minted, Token
from bridge.settings.values import Clerk
from tests.instance.instances import ISSUER, NOW, healthy, ready, role, role_set, settings

Said = list[tuple[Verdict, str]]
PRODUCTION = Governed("org_prod", ("acme/production",), "org_prod", decided=4, coming=1)
ROOM = Room("org_prod", "Production", "production", 3, 0, "role_set:default")
DIRECTORY = Directory("dir_1", "Acme SCIM", "okta", True, "entc_1", True)
LINKED = EnterpriseConnection("entc_1", "Acme SSO", "saml_okta", True, ("acme.example",), "org_prod", True)
MEANS = Means("user_1", "mia@acme.example", False, False, False, False)


@pytest.fixture
def look(tmp_path: Path) -> Look:
    """A healthy instance with one workspace in use."""
    found = healthy(settings(tmp_path))
    webhooks = Webhooks(NOW - 3_600_000, NOW - 3_600_900)
    return replace(
        found,
        ours=Ours((PRODUCTION,), webhooks, people=frozenset({"user_1"})),
        present=_with_room(found, ROOM),
        means=(MEANS,),
    )


def _with_room(look: Look, room: Room) -> Any:
    return replace(look.present, rooms={room.id: room})  # type: ignore[type-var]


def said(look: Look, check: str) -> Said:
    return [(one.finding.verdict, one.finding.sentence) for one in judge(look) if one.check.name == check]


def one(look: Look, check: str) -> tuple[Verdict, str]:
    [found] = said(look, check)
    return found


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


# --- keys


def _clerk(look: Look, **changed: Any) -> Look:
    bridge = look.settings.bridge
    clerk: Clerk = replace(bridge.clerk, **changed)
    return replace(look, settings=replace(look.settings, bridge=replace(bridge, clerk=clerk)))


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
    verdict, sentence = one(_clerk(look, sandbox=True), "key")
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
    assert one(_clerk(look, calls_per_10s=calls), "calls_limit")[0] is verdict


def test_a_refusal_by_the_plan_that_was_met_is_a_problem(look: Look) -> None:
    ours = replace(look.ours, refused={"user_quota_exceeded": 3, "personal_accounts_not_allowed": 1})
    verdict, sentence = one(replace(look, ours=ours), "plan_limits")
    assert verdict is Verdict.PROBLEM
    assert "3 wait" in sentence


def test_people_who_could_only_be_locked_are_told(look: Look) -> None:
    assert said(replace(look, ours=replace(look.ours, locked=2)), "plan_limits")[0][0] is Verdict.WARNING


# --- roles


def test_a_missing_role_is_a_problem(look: Look) -> None:
    present = ready()
    without = {key: value for key, value in present.roles.items() if key != "org:editor"}
    assert one(replace(look, present=replace(present, roles=without)), "roles") == (
        Verdict.PROBLEM,
        "The instance has no org:editor.",
    )


@pytest.mark.parametrize(("key", "verdict"), [("org:viewer", Verdict.WARNING), ("org:owner", Verdict.PROBLEM)])
def test_a_role_without_its_permissions_is_told_and_an_owner_who_is_none_is_a_problem(
    look: Look, key: str, verdict: Verdict
) -> None:
    present = ready()
    roles = {**present.roles, key: role(key)}
    assert one(replace(look, present=replace(present, roles=roles)), "permissions")[0] is verdict


def test_a_role_set_without_a_role_is_a_problem(look: Look) -> None:
    short = replace(ready(), role_sets=(role_set("org:admin", "org:member"),))
    assert one(replace(look, present=short), "role_sets")[0] is Verdict.PROBLEM


def test_a_role_set_in_migration_is_a_warning(look: Look) -> None:
    moving = tuple(replace(each, migrating=True) for each in ready().role_sets)
    assert one(replace(look, present=replace(ready(), role_sets=moving)), "role_sets")[0] is Verdict.WARNING


def test_creators_who_become_no_owner_are_a_warning(look: Look) -> None:
    other = tuple(replace(each, creator_role="org:admin") for each in ready().role_sets)
    assert one(replace(look, present=replace(ready(), role_sets=other)), "creator_role")[0] is Verdict.WARNING


def test_organizations_that_are_off_are_one_problem_and_not_ten(look: Look) -> None:
    present = ready()
    off = replace(look, present=replace(present, settings=replace(present.settings, enabled=False), roles={}))
    assert one(off, "organizations")[0] is Verdict.PROBLEM
    assert one(off, "roles")[0] is Verdict.UNSEEN


# --- workspaces


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
    capped = replace(look, present=_with_room(look, replace(ROOM, most_members=most)), invitations=invitations)
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


# --- tokens


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
        (lambda look: _clerk(look, jwt_issuer_domain="https://clerk.other.example"), Verdict.PROBLEM),
        (lambda look: _clerk(look, jwt_issuer_domain=ISSUER), Verdict.OK),
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


def _minted(look: Look, session: dict[str, Any], template: dict[str, Any], size: int = 900) -> Look:
    base = {"iss": ISSUER}
    return replace(look, minted=Minted(Token(base | session, size), Token(base | template, 900)))


GOOD = {"aud": "convex", "org_id": "org_prod", "org_role": "org:editor"}


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
    assert one(_minted(look, {}, template), "live_token")[0] is verdict


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
    assert [verdict for verdict, _ in said(_minted(look, session, GOOD, size), "session_token")] == verdicts


# --- webhooks


def test_without_a_signing_secret_there_are_no_webhooks_and_no_complaint_about_events(look: Look) -> None:
    silent = _clerk(replace(look, ours=replace(look.ours, webhooks=Webhooks())), webhook_signing_secret=None)
    assert one(silent, "webhook_secret")[0] is Verdict.WARNING
    assert said(silent, "webhook_events") == []


def test_on_the_sandbox_the_service_sees_to_its_webhooks_itself(look: Look) -> None:
    assert one(_clerk(look, webhook_signing_secret=None, sandbox=True), "webhook_secret")[0] is Verdict.OK


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


# --- side doors


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
    assert {answer.check.name for answer in judge(_minted(look, {}, GOOD))} == {check.name for check in CHECKS}
