"""Everything that one look of the bridge at a person can make of a row.

Rules R6 (the brake lets go, holds, or keeps what was discarded), R7 (losses settle), R8 (a last owner is kept). `strict` is
a run that comes to its end after a look; without it a loss may still settle, and the process may die between two steps.
"""

from collections.abc import Iterator

from bench.chaos.model.observe import observed
from bench.chaos.model.plan import Step, planned
from bench.chaos.model.row import GOVERNORS, Facts, Hold, Row, Terms

_DEEPEST = 6


def outcomes(row: Row, facts: Facts, terms: Terms, *, strict: bool) -> set[Row]:
    """All rows that one run can leave behind."""
    looks = [observed(row)] if strict or row.open else [row, observed(row)]
    return {found for seen in looks for found in _run(seen, facts, terms, strict, _DEEPEST)}


def _run(row: Row, facts: Facts, terms: Terms, strict: bool, depth: int) -> Iterator[Row]:
    assert depth, "a row never comes to rest"
    if not row.linked:
        if not facts.somewhere or facts.conflict:
            yield from _stranger(row, facts, terms, strict, depth)
            return
        row = _linked(row)  # found by its address, or made anew
        if not strict:
            yield row._replace(open=True)
    found = planned(row, facts, terms)
    if terms.full and not facts.conflict:
        yield from _blocked(row, found, facts)
    if isinstance(found, Row):
        yield found
        return
    for step in _ruled(found, facts, terms, strict):
        if isinstance(step, Row):
            yield step
        else:
            yield from _applied(step, row, facts, terms, strict, depth)


def _linked(row: Row) -> Row:
    """What was there before us is nobody's lost answer."""
    return observed(row._replace(linked=True, there=True, open=False, looked=False))


def _stranger(row: Row, facts: Facts, terms: Terms, strict: bool, depth: int) -> Iterator[Row]:
    """Nobody whom a rule gave anything. When they leave they are looked for by address, once."""
    row = row._replace(decided=facts.want.role if facts.want else None)
    if facts.active or facts.conflict or not facts.takes:
        yield row._replace(looked=row.looked and not facts.active)
        return
    if row.actual is None or row.looked:
        yield row._replace(looked=True)
    if not row.looked:
        yield from _run(_linked(row), facts, terms, strict, depth - 1)


def _blocked(row: Row, found: Row | Step, facts: Facts) -> Iterator[Row]:
    """Nothing is tried while the workspace is blocked, whatever it was for, and nobody's membership becomes ours (R10)."""
    planned_row = found.row if isinstance(found, Step) else found
    if facts.want is not None and planned_row.word != "drifted":
        yield planned_row._replace(word="blocked", hold=None, ours=row.ours, before=row.before)
    elif facts.want is None and isinstance(found, Step):
        yield planned_row._replace(word="blocked", hold=None)


def _ruled(step: Step, facts: Facts, terms: Terms, strict: bool) -> Iterator[Row | Step]:
    """What settling, the brake and the last owner leave of a step."""
    if not step.loss:
        yield step
        return
    row, hold = step.row, step.row.hold
    if facts.active and not strict:
        yield row  # it settles
    if facts.revoked:  # past the brake
        hold, row = None, row._replace(hold=None)
    elif hold is not None and hold.answer == "waiting":
        yield row._replace(word="held", hold=Hold("waiting", step.to))
        return
    elif hold is not None and hold.answer == "discarded" and hold.facts == facts.digest:
        yield row._replace(word="retained")
        return
    elif not (hold is not None and hold.answer == "approved" and hold.to == step.to):
        yield row._replace(word="held", hold=Hold("waiting", step.to))
    if row.role == "owner" or (row.role in GOVERNORS and step.to not in GOVERNORS):
        yield row._replace(word="retained")
    yield step._replace(row=row)


def _applied(step: Step, before: Row, facts: Facts, terms: Terms, strict: bool, depth: int) -> Iterator[Row]:
    """The call, and what is left if the process dies before it or before its outcome is written."""
    row, to = step.row, step.to
    if not strict:
        yield row._replace(open=True)
    adds = row.role is None
    if not row.there or adds != (row.actual is None):  # Clerk refuses: it has something else; look, and plan again
        yield from _run(observed(before), facts, terms, strict, depth - 1)
        return
    done = row._replace(actual=to, made=to is not None and (adds or row.made))
    if not strict:
        yield done._replace(open=True, same=row.same and not adds)
    if to is None:
        yield Row(actual=None, linked=True)
    elif row.decided is None:
        yield done._replace(role=to, same=True, ours=False, before=None, word="left_alone", hold=None)
    else:
        yield done._replace(role=to, same=True, ours=True, word="granted", hold=None)
