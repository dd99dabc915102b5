"""Rule R9: whose change is what Clerk has? A changed id is foreign, a hand raise is undone, lowering and removal stand."""

from bench.chaos.model.row import Row, rank


def observed(row: Row) -> Row:
    """The row after the bridge looked in Clerk."""
    if not row.linked:
        return row._replace(open=False)
    if not row.there:
        return _forgotten(row)
    if row.role is None and row.actual is not None:
        return _appeared(row)
    row = row._replace(open=False)
    if row.actual is None:
        return _gone(row)
    if not row.same:
        return _foreign(row)
    return row if row.actual == row.role else _changed(row)


def _forgotten(row: Row) -> Row:
    """The user was deleted by hand: nothing is left of what it had, and a new one may be made."""
    if row.role is None:
        return row._replace(linked=False)
    return Row(hold=row.hold)


def _gone(row: Row) -> Row:
    if row.role is None:
        return row
    gone = row._replace(role=None, ours=False, before=None, same=False)
    return gone._replace(word="drifted" if row.decided else "")


def _appeared(row: Row) -> Row:
    """Our own add whose answer was lost has the decided role; anything else is somebody else's, whatever role it has."""
    seen = row._replace(open=False)
    if row.made and row.word == "pending" and row.decided == row.actual:
        return seen._replace(role=row.actual, same=True, ours=True, word="granted")
    return _foreign(seen)


def _changed(row: Row) -> Row:
    seen = row._replace(role=row.actual)
    if not row.ours:
        return seen
    if row.actual == row.decided:
        return seen._replace(word="granted")
    return seen if rank(row.actual) > rank(row.role) else seen._replace(word="drifted")


def _foreign(row: Row) -> Row:
    return row._replace(role=row.actual, same=True, ours=False, before=None, word="left_alone")
