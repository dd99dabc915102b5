"""What `clerk setup` says: the plan, each outcome, and what Convex and the dashboard have to be told."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from bridge.cli import desk
from bridge.counted import many
from bridge.instance import convex
from bridge.instance.apply import End, Outcome
from bridge.instance.convex import Dashboard
from bridge.instance.steps import IdOf, Plan, Step

_MARKS = {End.DONE: "done   ", End.REFUSED: "REFUSED", End.SKIPPED: "skipped"}


def plan(found: Plan) -> None:
    """What is to be done, by whom, and what stays."""
    if not found.steps:
        rest = "what is left is for you" if found.by_hand else "the instance has what the bridge and the dashboard need"
        click.echo(f"Nothing to do: {rest}.")
    rows = [(str(number), step.what, step.why) for number, step in enumerate(found.steps, 1)]
    for line in desk.columns(rows):
        click.echo(line)
    for line in found.by_hand:
        click.echo(f"by hand: {line}")
    for line in found.left:
        click.echo(f"left as it is: {line}")
    if found.steps:
        click.echo(f"{many(len(found.steps), 'call')}. Nothing is taken away.")


def outcome(one: Outcome) -> None:
    click.echo(f"{_MARKS[one.end]}  {one.step.what}")
    if one.end is not End.DONE:
        click.echo(f"         {one.sentence}" + (f" ({one.code})" if one.code else ""))
    if one.hint:
        click.echo(f"         hint: {one.hint}")


def ending(outcomes: Sequence[Outcome], after: Plan, dashboard: Dashboard) -> None:
    """How it stands now, and what is to be written elsewhere."""
    if outcomes:
        left = f"{many(len(after.steps), 'step')} still to do." if after.steps else "Nothing is left to do."
        click.echo(f"{many(sum(one.end is End.DONE for one in outcomes), 'step')} done. {left}")
    elif after.steps:
        click.echo("Nothing has been changed. --apply does it.")
    if dashboard.issuer is not None:
        click.echo(f"\nconvex/auth.config.ts:\n\n{convex.auth_config(dashboard.issuer)}")
    click.echo("The dashboard's environment:\n")
    for name, value in convex.environment(dashboard):
        click.echo(f"{name}={value}")
    click.echo(f"\n{convex.SESSION_TOKEN}")


def as_dict(before: Plan, outcomes: Sequence[Outcome], after: Plan, dashboard: Dashboard) -> dict[str, Any]:
    """For scripts: `steps` as planned, with their outcomes where there are any."""
    issuer = dashboard.issuer
    return {
        "steps": [_step(step) for step in before.steps],
        "by_hand": list(before.by_hand),
        "left": list(before.left),
        "outcomes": [
            {"what": one.step.what, "end": one.end, "code": one.code, "sentence": one.sentence, "hint": one.hint}
            for one in outcomes
        ],
        "still_to_do": [step.what for step in after.steps],
        "convex": {"issuer": issuer, "auth_config": convex.auth_config(issuer) if issuer else None},
        "environment": dict(convex.environment(dashboard)),
    }


def _step(step: Step) -> dict[str, Any]:
    call = {"method": step.call.method, "path": step.call.path, "ids": _shown(step.call.ids), "body": _shown(step.call.body)}
    return {"what": step.what, "why": step.why, "call": call}


def _shown(value: Any) -> Any:
    """An id that is still to come stands as what it is of."""
    if isinstance(value, IdOf):
        return f"<id of {value.key}>"
    if isinstance(value, Mapping):
        return {key: _shown(one) for key, one in value.items()}
    return [_shown(one) for one in value] if isinstance(value, list) else value
