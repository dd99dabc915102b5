"""PURE: what an event comes to against what we believe."""

from dataclasses import replace
from typing import Any

import pytest

from bridge.people.grant import Grant, State
from bridge.webhooks.event import Event
from bridge.webhooks.judge import Verdict, judge
from bridge.webhooks.page import Concerned, Known

RANKS = {"org:viewer": 1, "org:editor": 2, "org:admin": 3, "org:owner": 4}
ROW = Grant(1, ("acme",), "org:editor", "org:editor", "orgmem_1", True, None, State.GRANTED, None, (), None, 0)
MIA = Known(7, "p7", "user_7", None, busy=False, unsure=False, rows={1: ROW})


def verdict(type: str, who: Known = MIA, *, user: str = "user_7", place: str = "org_1", **facts: Any) -> Verdict:
    """Of an event about this person, who is a guest by invitation orginv_7 as well."""
    linked = {who.clerk_user: who} if who.clerk_user else {}
    known = Concerned(linked, {}, {who.id: who}, {"orginv_7": who}, {"org_1": (1,), "org_2": (2,)})
    return judge(Event("msg_1", type, 1000, user, place, facts), known, RANKS, now=2000)


def membership(verb: str, who: Known = MIA, *, role: str = "org:editor", id: str = "orgmem_1", **more: Any) -> Verdict:
    return verdict(f"organizationMembership.{verb}", who, role=role, **{"id": id, **more})


@pytest.mark.parametrize("verb", ["created", "updated"])
def test_what_we_believe_already_is_no_news(verb: str) -> None:
    assert membership(verb) is Verdict.BELIEVED


@pytest.mark.parametrize(
    "changed",
    [{"role": "org:admin"}, {"role": "org:viewer"}, {"role": "org:custom"}, {"id": "orgmem_2"}],
    ids=["raised", "lowered", "unknown role", "made anew"],
)
def test_what_differs_is_looked_at(changed: dict[str, str]) -> None:
    assert membership("updated", **changed) is Verdict.LOOK


def test_the_end_of_the_membership_we_know_is_looked_at_and_that_of_an_earlier_one_is_not() -> None:
    assert membership("deleted") is Verdict.LOOK
    assert membership("deleted", id="orgmem_0") is Verdict.BELIEVED


def test_the_end_of_one_that_we_ended_is_no_news() -> None:
    gone = replace(MIA, rows={1: replace(ROW, decided=None, in_clerk=None, membership=None)})
    assert membership("deleted", gone) is Verdict.BELIEVED
    assert membership("deleted", replace(MIA, rows={})) is Verdict.BELIEVED


def test_a_membership_where_we_have_none_is_looked_at() -> None:
    assert membership("created", place="org_2") is Verdict.LOOK


def test_whoever_is_at_work_is_left_for_later_unless_it_is_as_we_believe() -> None:
    busy = replace(MIA, busy=True)
    assert membership("updated", busy, role="org:admin") is Verdict.LATER
    assert membership("updated", busy) is Verdict.BELIEVED


def test_who_will_be_looked_at_anyway_needs_no_second_look() -> None:
    assert membership("updated", replace(MIA, unsure=True), role="org:admin") is Verdict.BELIEVED


def test_people_and_places_of_others_are_foreign() -> None:
    assert membership("created", user="user_8") is Verdict.FOREIGN
    assert membership("created", place="org_9") is Verdict.FOREIGN
    assert verdict("user.deleted", user="user_8") is Verdict.FOREIGN
    assert verdict("organization.updated", place="org_9") is Verdict.FOREIGN
    assert verdict("organizationInvitation.accepted", id="orginv_8") is Verdict.FOREIGN


def test_a_deleted_user_is_looked_at() -> None:
    assert verdict("user.deleted") is Verdict.LOOK


def test_a_user_with_our_id_that_we_have_not_linked_is_looked_at() -> None:
    unlinked = replace(MIA, clerk_user=None)
    assert verdict("user.created", unlinked, external_id="p7") is Verdict.LOOK
    assert verdict("user.created", MIA, external_id="p7") is Verdict.BELIEVED
    assert verdict("user.created", MIA, user="user_8", external_id="p7") is Verdict.FOREIGN


@pytest.mark.parametrize(("barred", "fact"), [("banned", "banned"), ("locked", "locked")])
def test_a_bar_of_ours_that_was_lifted_is_put_back(barred: str, fact: str) -> None:
    who = replace(MIA, barred=barred)
    assert verdict("user.updated", who, **{fact: False}) is Verdict.UNBARRED
    assert verdict("user.updated", who, **{fact: True}) is Verdict.BELIEVED
    assert verdict("user.updated", MIA, **{fact: False}) is Verdict.BELIEVED


def test_an_invitation_of_ours_is_looked_at_when_it_ends() -> None:
    assert verdict("organizationInvitation.created", id="orginv_7") is Verdict.BELIEVED
    assert verdict("organizationInvitation.accepted", id="orginv_7") is Verdict.LOOK
    assert verdict("organizationInvitation.revoked", id="orginv_7") is Verdict.LOOK


def test_a_workspace_that_was_changed_is_tried_again() -> None:
    assert verdict("organization.updated") is Verdict.RETRY


@pytest.mark.parametrize("type", ["email.created", "role.updated", "(unreadable)", "organizationDomain.created"])
def test_what_says_nothing_to_us_is_ignored(type: str) -> None:
    assert verdict(type) is Verdict.IGNORED
