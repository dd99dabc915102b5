"""All that may be true of one person in one workspace, kept up with what happens and narrowed by what is seen.

Between two events the bridge may have looked at the person any number of times, by the facts of now or still by those of
just before; so an event meets every row that can be reached. At rest only rows remain that a whole look leaves as they are.
"""

from collections.abc import Hashable, Iterable

from bench.chaos.model.reconcile import outcomes
from bench.chaos.model.row import Facts, Hold, Row, Terms


class Belief:
    """`facts` of one moment are several where nobody can tell whether two accounts are known to be one human yet."""

    def __init__(self, terms: Terms, facts: frozenset[Facts], *, role: str | None = None) -> None:
        """`role`: of a membership that was there before us."""
        self._terms = terms
        self._facts = self._before = self._settled = facts
        self.rows: set[Row] = {Row(actual=role)}

    def learn(self, facts: frozenset[Facts]) -> None:
        """The directory changed, or what a human decided past it."""
        if facts != self._facts:
            self._reach()
            self._before, self._facts = self._facts, facts

    def change(self, role: str) -> None:
        """Somebody changed the role by hand."""
        self._by_hand([row._replace(actual=role) for row in self._reached() if row.actual is not None])

    def remove(self) -> None:
        """Somebody removed the membership by hand."""
        self._by_hand(
            [row._replace(actual=None, same=False, made=False) for row in self._reached() if row.actual is not None]
        )

    def add(self, role: str) -> None:
        """Somebody made a membership by hand."""
        self._by_hand([row._replace(actual=role, same=False, made=False) for row in self._reached() if row.actual is None])

    def delete(self) -> None:
        """Somebody deleted the Clerk user by hand."""
        self._by_hand([row._replace(actual=None, same=False, made=False, there=False) for row in self._reached()])

    def fill(self) -> None:
        """From now on Clerk takes no more members there."""
        self._reach()
        self._terms = self._terms._replace(full=True)

    def answer(self, answer: str) -> None:
        """Somebody answered a hold, at rest, in which this row waits; a discard is for the facts of then."""
        digest = next(iter(self._settled)).digest
        self.rows = {row._replace(hold=_answered(row.hold, answer, digest)) for row in self.rows}

    def rest(self, facts: frozenset[Facts]) -> set[Row]:
        """The rows that may be left when everything is done; `facts`: those that are still possible then."""
        self._reach()
        reached = set(self.rows)
        for _ in range(3):
            reached |= {found for row in reached for one in facts for found in outcomes(row, one, self._terms, strict=True)}
        self.rows = {row for row in reached if any(row in outcomes(row, one, self._terms, strict=True) for one in facts)}
        self._before, self._settled = self._facts, facts
        return self.rows

    def seen(self, role: str | None, word: str) -> bool:
        """Keep what agrees with Clerk and with the state that the bridge tells; False: nothing does."""
        agreeing = {row for row in self.rows if row.actual == role and _same_word(row, word)}
        self.rows = agreeing or self.rows
        return bool(agreeing)

    def _by_hand(self, rows: Iterable[Row]) -> None:
        self.rows = set(rows)
        self._before = self._facts

    def _reached(self) -> set[Row]:
        self._reach()
        return self.rows

    def _reach(self) -> None:
        fresh, facts = set(self.rows), self._facts | self._before
        while fresh:
            found = {one for row in fresh for of in facts for one in outcomes(row, of, self._terms, strict=False)}
            fresh = found - self.rows
            self.rows |= fresh


def _answered(hold: Hold | None, answer: str, digest: Hashable) -> Hold | None:
    if hold is None or hold.answer != "waiting":
        return hold
    return Hold(answer, hold.to, digest if answer == "discarded" else None)


def _same_word(row: Row, word: str) -> bool:
    """Where there is no membership and none is wanted, there is nothing to tell."""
    return row.word == word or (row.actual is None and row.decided is None)
