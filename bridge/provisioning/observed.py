"""PURE: what Clerk is seen to have against what we believed: whose change it was, ours that got lost or a hand's (rule R9).

Runs after a lost answer, after a crash, and when Clerk answers that something is not as it was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bridge.people.grant import Grant, State

RAISED = "was raised by hand in Clerk"


@dataclass(frozen=True, slots=True)
class Seen:
    """A membership as Clerk has it. `made_here`: it bears our mark for this person, so it is an add of ours."""

    id: str
    role: str
    made_here: bool = False


def observed(
    believed: Sequence[Grant], seen: Mapping[int, Seen], ranks: Mapping[str, int], *, now: int
) -> tuple[Grant, ...]:
    """The rows that must be corrected; `seen` by workspace. `ranks`: role key -> rank."""
    rows = {row.workspace: row for row in believed}
    corrected = [_one(pk, rows.get(pk), seen.get(pk), ranks, now) for pk in sorted(rows.keys() | seen.keys())]
    return tuple(row for row in corrected if row is not None and row != rows.get(row.workspace))


def _one(pk: int, row: Grant | None, seen: Seen | None, ranks: Mapping[str, int], now: int) -> Grant | None:
    if seen is None:
        return _gone(row) if row is not None and row.in_clerk is not None else row
    if row is None:
        return Grant(pk, (), None, seen.role, seen.id, False, None, State.LEFT_ALONE, "was here before us", (), None, now)
    if row.in_clerk is None:
        return _appeared(row, seen)
    if row.membership not in {None, seen.id}:
        return _foreign(row, seen, "was made anew by hand")
    if row.in_clerk == seen.role:
        return replace(row, membership=seen.id)
    return _changed(row, seen, ranks)


def _gone(row: Grant) -> Grant:
    gone = replace(row, in_clerk=None, membership=None, ours=False, before=None, ending_at=None)
    if row.decided is None:
        return gone
    return replace(gone, state=State.DRIFTED, cause="was removed by hand in Clerk")


def _appeared(row: Grant, seen: Seen) -> Grant:
    """We knew of none: our own add whose answer was lost bears our mark; anything else was made by others, perhaps before
    us and in the very role that is decided."""
    if seen.made_here and row.state is State.PENDING and row.decided == seen.role:
        return replace(row, in_clerk=seen.role, membership=seen.id, ours=True, state=State.GRANTED, cause=None)
    return _foreign(row, seen, "was here before us")


def _changed(row: Grant, seen: Seen, ranks: Mapping[str, int]) -> Grant:
    now_there = replace(row, in_clerk=seen.role, membership=seen.id)
    if not row.ours:
        return now_there
    if seen.role == row.decided:
        return replace(now_there, state=State.GRANTED, cause=None, ending_at=None)
    if ranks.get(seen.role, 0) > ranks.get(row.in_clerk or "", 0):
        return replace(now_there, cause=RAISED)  # the next plan undoes it
    return replace(now_there, state=State.DRIFTED, cause="was lowered by hand in Clerk")


def _foreign(row: Grant, seen: Seen, cause: str) -> Grant:
    return replace(row, in_clerk=seen.role, membership=seen.id, ours=False, before=None, state=State.LEFT_ALONE, cause=cause)
