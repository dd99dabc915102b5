"""PURE: an event against what we believe. Nothing that we did ourselves, and nothing of others, costs a call.

A membership differs exactly where a look would correct the row (`provisioning/observed`), so both tell the same story.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from bridge.people.grant import Grant
from bridge.provisioning.observed import Seen, observed
from bridge.webhooks.event import Event
from bridge.webhooks.page import Concerned, Known


class Verdict(StrEnum):
    """What becomes of an event; `act` does it."""

    BELIEVED = "believed"  # we have it like that: most often, it was our own call
    FOREIGN = "foreign"  # nobody, or no workspace, of ours
    LOOK = "look"  # it differs: the worker must look
    UNBARRED = "unbarred"  # a ban or lock of ours was lifted by hand
    RETRY = "retry"  # a workspace may take calls again
    LATER = "later"  # somebody is at work on this person: their outcome is not written yet
    IGNORED = "ignored"  # a type that says nothing to us


def judge(event: Event, known: Concerned, ranks: Mapping[str, int], *, now: int) -> Verdict:
    """`ranks`: role key -> rank, as a look needs them; `now` in epoch ms."""
    if event.noun == "organization":
        return _organization(event, known)
    if event.noun not in {"user", "organizationMembership", "organizationInvitation"}:
        return Verdict.IGNORED
    who = known.about(event)
    if who is None:
        return Verdict.FOREIGN
    if event.noun == "organizationMembership":
        places = known.places.get(event.organization or "", ())
        verdict = _membership(event, who, places, ranks, now) if places else Verdict.FOREIGN
    else:
        verdict = _user(event, who) if event.noun == "user" else _invitation(event)
    return _at_rest(who, verdict)


def _organization(event: Event, known: Concerned) -> Verdict:
    """What becomes of one that was deleted is known before anything is judged."""
    if event.organization not in known.places:
        return Verdict.FOREIGN
    return Verdict.RETRY if event.verb == "updated" else Verdict.BELIEVED


def _user(event: Event, who: Known) -> Verdict:
    if event.verb == "deleted":
        return Verdict.LOOK
    if who.clerk_user != event.clerk_user:  # somebody made a user with our id, or our own create was never answered
        return Verdict.LOOK if event.verb == "created" and who.clerk_user is None else Verdict.FOREIGN
    lifted = {"banned": event.facts.get("banned") is False, "locked": event.facts.get("locked") is False}
    return Verdict.UNBARRED if event.verb == "updated" and lifted.get(who.barred or "") else Verdict.BELIEVED


def _invitation(event: Event) -> Verdict:
    return Verdict.LOOK if event.verb in {"accepted", "revoked"} else Verdict.BELIEVED


def _membership(event: Event, who: Known, places: Sequence[int], ranks: Mapping[str, int], now: int) -> Verdict:
    seen = None if event.verb == "deleted" else Seen(event.facts["id"], event.facts["role"])
    rows = [who.rows[place] for place in places if place in who.rows]
    differs = any(_differs(row, seen, event.facts["id"], ranks, now) for row in rows) if rows else seen is not None
    return Verdict.LOOK if differs else Verdict.BELIEVED


def _differs(row: Grant, seen: Seen | None, membership: str, ranks: Mapping[str, int], now: int) -> bool:
    if seen is None:
        return row.in_clerk is not None and row.membership in {None, membership}
    corrected = observed([row], {row.workspace: seen}, ranks, now=now)
    return any((one.in_clerk, one.ours, one.state) != (row.in_clerk, row.ours, row.state) for one in corrected)


def _at_rest(who: Known, verdict: Verdict) -> Verdict:
    """Somebody at work on a person may be the cause of the event; a look that is to come anyway sees it."""
    if verdict in {Verdict.LOOK, Verdict.UNBARRED} and who.busy:
        return Verdict.LATER
    return Verdict.BELIEVED if verdict is Verdict.LOOK and who.unsure else verdict
