"""What both answers of `preview` say alike: the first line, the last one, states and captions."""

from collections.abc import Iterator, Sequence

from bridge.answers.preview import Affected, Change, Place, Preview
from bridge.cli import desk
from bridge.counted import many, people, they

KINDS = {"add": "gain", "remove": "lose", "raise": "are raised in", "lower": "are lowered in"}
_ONE = {"add": "gains", "remove": "loses", "raise": "is raised in", "lower": "is lowered in"}
COLUMNS = ("gains", "loses", "raised", "lowered", "unchanged")
SHOWN = 8  # people of a cause, without --all
_STATES = {
    "held": "HOLD: {n} would wait for `hold approve`: {why}",
    "retained": "KEPT: {n} would stay: {why}",
    "blocked": "BLOCKED: {n} can't be done: {why}",
    "pending": "NOT DONE: {n}: {why}",
    "conflict": "CONFLICT: {n}: {why}",
    "outside_domains": "OUTSIDE: {n}: {why}",
    "drifted": "DRIFTED: {n} stay as somebody set them by hand in Clerk",
}


def first(found: Preview) -> str:
    """What is compared with what, and how the file stands."""
    against = "nothing: no version is in service"
    if found.against is not None:
        version, since = found.against
        against = f"version {version} (in service since {desk.day_of(since)})"
    checked = found.checked
    assert checked.ruleset is not None, "a preview has rules"
    rules, limits = len(checked.ruleset.rules), len(checked.ruleset.limits)
    warnings = sum(one.severity == "warning" for one in (*checked.problems, *found.findings))
    parts = [many(rules, "rule"), many(limits, "limit"), f"{many(len(checked.tests), 'test')} pass"]
    parts[2] = parts[2] if len(checked.tests) != 1 else "1 test passes"
    return (
        f"{found.connection}: your file against {against}, {people(found.people)}.  "
        f"{', '.join(parts)}, {many(warnings, 'warning')}."
    )


def last(found: Preview) -> str:
    """How many change, and what it costs."""
    changed = len(found.affected)
    rest = found.people - changed
    calls = f"{many(found.calls, 'Clerk call')} now, {found.later:,} after approval"
    return (
        f"{they(changed, 'changes', 'change')}, {rest:,} {'does not' if rest == 1 else 'do not'}; "
        f"{calls}. Nothing has been changed yet."
    )


def beside(found: Preview) -> Iterator[str]:
    """What else a reader must know."""
    yield from found.notes
    if found.anyway:
        yield f"{many(found.anyway, 'change is', 'changes are')} due whatever the file says (inferpipe-bridge plan)."
    if found.averted:
        yield f"{many(found.averted, 'change')} that {'is' if found.averted == 1 else 'are'} due now would lapse."


def cells(place: Place) -> tuple[str, ...]:
    """The counts of one workspace, in the order of `COLUMNS`."""
    counts = (place.counts.get(kind, 0) for kind in KINDS)
    return tuple(f"{count:,}" for count in (*counts, place.unchanged))


def states(place: Place) -> str:
    """What is not simply done there."""
    return "  ".join(
        _STATES[state].format(n=f"all {n:,}" if n > 1 and n == sum(place.counts.values()) else f"{n:,}", why=why)
        for state, (n, why) in place.states.items()
    )


def caption(people_: int, kind: str, workspace: str) -> str:
    """``31 people lose production``."""
    return f"{people(people_)} {(_ONE if people_ == 1 else KINDS)[kind]} {workspace}"


def named(who: Sequence[tuple[Affected, Change]], everybody: bool) -> tuple[list[str], int]:
    """The people of a cause, with their roles, and how many more there are."""
    shown = who if everybody else who[:SHOWN]
    return [f"{one.email or one.id} ({_roles(change)})" for one, change in shown], len(who) - len(shown)


def _roles(change: Change) -> str:
    roles = f"{change.from_role or 'nothing'} -> {change.to_role or 'nothing'}"
    return f"{roles}, {change.state}" if change.state else roles
