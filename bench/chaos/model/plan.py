"""Rules R2, R3 and R9: what one plan wants to do about a row. A step is a role to set, or None to remove."""

from typing import NamedTuple

from bench.chaos.model.row import Facts, Row, Terms, Want, rank


class Step(NamedTuple):
    """`row` as it is written before the call; `to` what the call leaves behind. `loss`: the brake has a say."""

    row: Row
    to: str | None
    loss: bool


def planned(row: Row, facts: Facts, terms: Terms) -> Row | Step:
    """The row at peace, or the step towards it."""
    if facts.conflict:
        return row
    new = row._replace(decided=facts.want.role if facts.want else None)
    return _wanted(row, new, facts.want, terms) if facts.want else _unwanted(new, facts, terms)


def _wanted(row: Row, new: Row, want: Want, terms: Terms) -> Row | Step:
    """`row` as it was before this decision."""
    if row.word == "drifted" and row.decided == want.role:
        return row
    new = new._replace(connections=want.connections)
    if row.role is None:
        return Step(new._replace(word="pending", hold=None), want.role, loss=False)
    if not row.ours and terms.leave:
        return new._replace(word="left_alone", hold=None)
    if not row.ours:
        new = new._replace(ours=True, before=row.role)
    if want.role == row.role:
        return new._replace(word="granted", hold=None)
    return _towards(new, want.role, terms)


def _unwanted(row: Row, facts: Facts, terms: Terms) -> Row | Step:
    if row.role is None:
        return row._replace(word="", hold=None)
    if row.ours:
        back = row.before if facts.active else None
        if back == row.role:
            return row._replace(ours=False, word="left_alone", hold=None)
        return _towards(row, back, terms)
    if facts.active or terms.leave:
        return row._replace(word="left_alone", hold=None)
    return _towards(row._replace(ours=True, connections=facts.reach), None, terms)


def _towards(row: Row, to: str | None, terms: Terms) -> Row | Step:
    if rank(to) > rank(row.role) and row.decided is not None:
        return Step(row._replace(word="pending", hold=None), to, loss=False)
    if row.connections & terms.additive:
        return row._replace(word="retained", hold=None)
    if rank(to) > rank(row.role):  # given back what a rule had lowered
        return Step(row._replace(word="pending", hold=None), to, loss=False)
    return Step(row._replace(word="pending"), to, loss=True)
