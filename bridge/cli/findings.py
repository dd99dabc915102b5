"""What the doctors found, as text or JSON; exit code 1 if there is a problem."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import click

from bridge.cli import desk
from bridge.counted import many
from bridge.finding import Answer, Verdict

_ORDER = (Verdict.PROBLEM, Verdict.WARNING, Verdict.UNSEEN, Verdict.OK, Verdict.BY_HAND)
_COLOURS = {Verdict.PROBLEM: "red", Verdict.WARNING: "yellow", Verdict.UNSEEN: "yellow", Verdict.OK: "green"}


def tell(
    answers: Sequence[Answer], as_json: bool, *, more: Mapping[str, Any] | None = None, after: Sequence[str] = ()
) -> None:
    """The worst first. `more` stands in the JSON beside the checks, `after` as lines behind them."""
    counts = Counter(one.finding.verdict for one in answers)
    if as_json:
        counted = {verdict: counts[verdict] for verdict in Verdict}
        desk.print_json({"counts": counted, "checks": [one.as_dict() for one in answers], **(more or {})})
    else:
        for verdict in _ORDER:
            _those(verdict, [one for one in answers if one.finding.verdict is verdict])
        for line in after:
            click.echo(line)
        click.echo(", ".join(_counted(verdict, counts[verdict]) for verdict in _ORDER))
    if counts[Verdict.PROBLEM]:
        raise SystemExit(1)


def _those(verdict: Verdict, answers: Sequence[Answer]) -> None:
    for one in answers:
        mark = click.style(f"{verdict:<8}", fg=_COLOURS.get(verdict))
        click.echo(f"{mark} {one.check.name}: {one.finding.sentence}")
        if one.finding.hint:
            click.echo(f"         {one.finding.hint}  [{one.check.page}]")
    if answers:
        click.echo()


def _counted(verdict: Verdict, count: int) -> str:
    return many(count, verdict) if verdict in (Verdict.PROBLEM, Verdict.WARNING) else f"{count} {verdict}"
