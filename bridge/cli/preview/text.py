"""A preview for a terminal: counts first, then every cause with its people."""

from collections.abc import Iterator

from bridge.answers.preview import Affected, Change, Preview
from bridge.cli.preview import words


def lines(found: Preview, *, everybody: bool) -> Iterator[str]:
    """`everybody`: name all people of each cause."""
    yield words.first(found)
    yield from (str(problem) for problem in (*found.checked.problems, *found.findings))
    yield from _table(found)
    yield f"  {words.last(found)}"
    yield from (f"  {sentence}" for sentence in words.beside(found))
    who = found.by_cause()
    for number in sorted(range(len(who)), key=lambda number: -found.causes[number].people):
        cause = found.causes[number]
        at = f"line {cause.line}: " if cause.line else ""
        yield ""
        yield f"{words.caption(cause.people, cause.kind, cause.workspace)}: {at}{cause.text}"
        if cause.hint:
            yield f"    {cause.hint}"
        yield from _people(who[number], everybody)


def _table(found: Preview) -> Iterator[str]:
    if not found.places:
        return
    rows: list[tuple[str, ...]] = [("", *words.COLUMNS, "")]
    rows += [(place.workspace, *words.cells(place), words.states(place)) for place in found.places]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for name, *cells, states in rows:
        counts = "  ".join(cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=False))
        yield f"  {name.ljust(widths[0])}  {counts}   {states}".rstrip()


def _people(who: list[tuple[Affected, Change]], everybody: bool) -> Iterator[str]:
    shown, more = words.named(who, everybody)
    rest = f" … and {more:,} more (--all names everybody)" if more else ""
    yield f"    {', '.join(shown)}{rest}"
