"""Sums up what becomes of everybody: per workspace, per cause, and who."""

from collections.abc import Callable, Mapping, Sequence

from bridge.answers.preview.causes import Causes
from bridge.answers.preview.look import Seen
from bridge.answers.preview.value import KINDS, Affected, Change, Place
from bridge.people.grant import State
from bridge.provisioning import forecast
from bridge.provisioning.forecast import Wish
from bridge.provisioning.forecast.foresee import LAST_RESORT
from mappings.compare import Reason

_UNWANTED = "not wanted"
_AS_HEIR = Reason(0, LAST_RESORT)


class Counting:
    """`words`: what files call each workspace; `role`: our word for a role key."""

    def __init__(self, words: Mapping[int, str], role: Callable[[str | None], str | None]) -> None:
        self.causes = Causes()
        self.affected: list[Affected] = []
        self.calls = self.later = self.anyway = self.averted = 0
        self._words = words
        self._role = role
        self._counts: dict[int, dict[str, int]] = {}
        self._states: dict[int, dict[str, tuple[int, str]]] = {}

    def add(self, one: Seen, changes: Sequence[forecast.Change], without: Sequence[forecast.Change] | None) -> None:
        """One person; what comes without the file too, is not its doing. `without` None: they stay as they are."""
        as_it_is = _fates(one, without)
        by_file = [change for change in changes if as_it_is.get(change.wish, _UNWANTED) != change.state]
        self.anyway += len(changes) - len(by_file)
        self.averted += len({wish[0] for wish in as_it_is} - {change.workspace for change in changes})
        if by_file:
            self.affected.append(Affected(one.id, one.email, tuple(self._change(one, change) for change in by_file)))

    def places(self, present: Mapping[int, int]) -> tuple[Place, ...]:
        """Every workspace somebody is in or comes to, by name. `present`: how many are in each."""
        return tuple(self._place(pk, present.get(pk, 0)) for pk in sorted({*present, *self._counts}, key=self._called))

    def _change(self, one: Seen, change: forecast.Change) -> Change:
        pk, state = change.workspace, change.state
        counts = self._counts.setdefault(pk, dict.fromkeys(KINDS, 0))
        counts[change.kind] += 1
        self.calls += change.calls
        if state is not None:
            people, why = self._states.setdefault(pk, {}).get(str(state), (0, change.why or ""))
            self._states[pk][str(state)] = people + 1, why
            self.later += state is State.HELD
        cause = self.causes.of(self._called(pk), change.kind, one.reasons.get(pk, _AS_HEIR), one.groups)
        roles = self._role(change.from_role), self._role(change.to_role)
        return Change(self._called(pk), change.kind, *roles, str(state) if state else None, change.why, cause)

    def _place(self, pk: int, present: int) -> Place:
        counts = self._counts.get(pk, dict.fromkeys(KINDS, 0))
        unchanged = present - sum(counts[kind] for kind in KINDS if kind != "add")
        return Place(self._called(pk), counts, unchanged, self._states.get(pk, {}))

    def _called(self, pk: int) -> str:
        return self._words.get(pk, str(pk))


def _fates(one: Seen, without: Sequence[forecast.Change] | None) -> dict[Wish, State | None]:
    """What is wanted without the file, and what becomes of it: of who is not due, nothing."""
    if without is not None:
        return {change.wish: change.state for change in without}
    wishes = one.without.wishes if one.without is not None else ()
    return {wish: one.states.get(wish[0], State.PENDING) for wish in wishes}
