"""`inferpipe-bridge drift`: what Clerk has against what was decided, and back to that."""

from collections.abc import Iterator
from functools import partial

import click

from bridge.answers.drift import Drift, Line, Place
from bridge.answers.drift import drift as compare
from bridge.cli import desk
from bridge.cli.clerk import client
from bridge.cli.desk import Desk
from bridge.clock import epoch_ms
from bridge.counted import many, people
from bridge.provisioning.actions import repair as restore
from bridge.provisioning.sweep import Kind
from bridge.provisioning.tools import View
from bridge.rulebook import Rulebook

SHOWN = 10  # of those who are not drifted, in each workspace


@click.command()
@click.option("--workspace", metavar="WORKSPACE", help="Only this one: an alias or an organization id.")
@click.option("--repair", is_flag=True, help="Restore what is decided for everybody who was changed by hand.")
@click.option("--yes", is_flag=True, help="Don't ask before a repair.")
@desk.as_json
def drift(workspace: str | None, repair: bool, yes: bool, as_json: bool) -> None:
    """What Clerk has against what was decided: what somebody did by hand there, and who is nobody of ours.

    Who was removed, lowered, raised, banned or made anew by hand, who waits for what, who was never linked, and which
    organizations are gone. Reads Clerk, 500 memberships a call, and changes nothing without --repair.

    A repair lets the running service restore the decision, through the plan and the brake; memberships that are not ours
    are never touched.

    Exit code 1: something is not as decided, by somebody's hand. After a repair: 0.
    """
    if repair and as_json and not yes:
        raise click.UsageError("--repair with --json asks nobody, so say --yes")
    found = desk.at_desk(partial(_compare, workspace=workspace))
    if not as_json:
        click.echo("\n".join([*_lines(found), *([] if repair else _advice(found))]))
    repaired = _repaired(found, yes=yes) if repair else None
    if as_json:
        desk.print_json(found.as_dict() | ({"repaired": repaired} if repair else {}))
    elif repaired is not None:
        done = f"{people(repaired)} will be as decided: the running service does the rest."
        click.echo(done if repaired else "Nothing to repair.")
    if repaired is None and not found.clean:
        click.get_current_context().exit(1)


async def _compare(at: Desk, workspace: str | None) -> Drift:
    view = View(database=at.database, settings=at.settings, rulebook=Rulebook(at.settings.connections), clock=epoch_ms)
    async with client.opened(at.settings) as api:
        return await compare(view, api, workspace)


def _repaired(found: Drift, *, yes: bool) -> int | None:
    """How many people; None: the one who was asked said no."""
    if found.repairable and not yes and not click.confirm(f"Restore what is decided for {people(found.repairable)}?"):
        return None
    return desk.at_desk(lambda at: restore(at.database, found.differences, now=at.now(), actor=at.actor))


def _lines(found: Drift) -> Iterator[str]:
    if not found.places:
        yield "No workspace has been used yet."
    for place in found.places:
        yield from _place(place)
    if found.clean:
        yield "Nobody was changed by hand."


def _advice(found: Drift) -> Iterator[str]:
    drifted = many(sum(place.drifted for place in found.places), "difference")
    if found.repairable:
        yield f"{drifted} by hand. `inferpipe-bridge drift --repair` restores what is decided."
    elif any(place.drifted for place in found.places):
        yield f"{drifted} by hand, and nothing to repair: a ban by hand stays until a hand lifts it."


def _place(place: Place) -> Iterator[str]:
    if place.missing:
        yield f"{place.workspace} ({place.organization}): MISSING. The organization was deleted at Clerk."
        yield f"  `inferpipe-bridge workspaces forget {place.workspace}` lets it be made again."
        return
    counts = [many(place.members, "member"), f"{place.ours:,} ours", f"{place.count(Kind.FOREIGN):,} never linked"]
    counts += [f"{place.drifted:,} by hand", f"{place.count(Kind.WAITS):,} not as decided yet"]
    counts += [f"{place.busy:,} being worked on"] if place.busy else []
    yield f"{place.workspace} ({place.organization}, {place.name}): {', '.join(counts)}"
    if place.renamed:
        yield f"  your files call it {place.renamed}; it stays pinned by its id"
    drifted = [line for line in place.lines if line.drifted]
    others = [line for line in place.lines if not line.drifted]
    rows = [_row(line) for line in [*drifted, *others[:SHOWN]]]
    if rows:
        yield from desk.columns([("person", "in Clerk", "decided", "state", "why"), *rows])
    if len(others) > SHOWN:
        yield f"  … and {len(others) - SHOWN:,} more that nobody changed by hand (--json has all)"


def _row(line: Line) -> tuple[str, ...]:
    who = line.email or line.display or line.clerk_user or line.person or "?"
    return who, line.in_clerk or "-", line.decided or "-", line.state, line.cause or ""
