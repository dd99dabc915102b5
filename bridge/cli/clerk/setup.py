"""`inferpipe-bridge clerk setup`: what the instance lacks, as a plan; then, if you say so, done."""

import sys
from dataclasses import dataclass

import click

from bridge.audit import events
from bridge.audit.events import Event
from bridge.clerk.api import Api
from bridge.clerk.errors import NotNow
from bridge.cli import desk
from bridge.cli.clerk import client, told
from bridge.cli.desk import Desk
from bridge.errors import BridgeError
from bridge.instance import apply, convex, issuer, present
from bridge.instance.apply import End, Outcome
from bridge.instance.convex import Dashboard
from bridge.instance.governed import governed
from bridge.instance.plan import plan
from bridge.instance.present import Present
from bridge.instance.steps import Plan
from bridge.instance.wanted import Wanted, wanted
from mappings.roles import Role

_ROUNDS = 3  # switching organizations on shows what else is missing
_WORDS = [str(role) for role in reversed(Role)]


@dataclass(frozen=True, slots=True)
class Run:
    """What one run came to. `after`: what is still to be done then."""

    before: Plan
    outcomes: tuple[Outcome, ...]
    after: Plan

    @property
    def failed(self) -> bool:
        """Clerk refused something, or somebody has to do something that no step can."""
        return any(one.end is not End.DONE for one in self.outcomes) or bool(self.after.by_hand)


@click.command()
@click.option("--apply", "--yes", "go", is_flag=True, help="Do it without asking.")
@click.option(
    "--creator",
    type=click.Choice([*_WORDS, "keep"]),
    default="owner",
    show_default=True,
    help="What whoever creates a workspace by hand becomes.",
)
@click.option(
    "--default-role",
    type=click.Choice([*_WORDS, "keep"]),
    default="keep",
    show_default=True,
    help="What whoever joins a workspace without a role named becomes.",
)
@click.option(
    "--publishable-key",
    metavar="PK",
    envvar=["VITE_CLERK_PUBLISHABLE_KEY", "CLERK_PUBLISHABLE_KEY"],
    help="The instance's publishable key; it says who issues the tokens. VITE_CLERK_PUBLISHABLE_KEY does the same.",
)
@desk.as_json
def setup(go: bool, creator: str, default_role: str, publishable_key: str | None, as_json: bool) -> None:
    """Roles, permissions, role set and the token for Convex, as the dashboard needs them.

    Shows what the instance lacks, one line a call, and asks before it does anything; --apply doesn't ask. What is there
    and not wanted stays. Run it as often as you like: it does what is still missing. Ends with what Convex and the
    dashboard have to be told. Exit code 1: Clerk refused something, or something is to be done by hand.
    """
    given = Dashboard(convex.issuer_of(publishable_key), publishable_key) if publishable_key else None

    async def work(at: Desk) -> tuple[Run, Dashboard]:
        goal = wanted(at.settings.bridge.roles, creator=_role(creator), default=_role(default_role))
        async with client.opened(at.settings) as api:
            return await _run(at, api, goal, go, as_json), given or await issuer.find(api, at.settings.bridge.clerk)

    run, dashboard = desk.at_desk(work)
    if as_json:
        desk.print_json(told.as_dict(run.before, run.outcomes, run.after, dashboard))
    else:
        told.ending(run.outcomes, run.after, dashboard)
    if run.failed:
        raise SystemExit(1)


async def _run(at: Desk, api: Api, goal: Wanted, go: bool, quiet: bool) -> Run:
    """Plan, ask, do; and plan again, which comes to nothing unless a step showed what else is missing."""
    has = await _look(at, api)
    before = after = plan(has, goal)
    outcomes: list[Outcome] = []
    for _ in range(_ROUNDS):
        if not quiet and (after.steps or not outcomes):
            told.plan(after)
        if not after.steps or any(one.end is not End.DONE for one in outcomes) or not (go or _agreed(quiet)):
            break
        await _apply(at, api, has, after, outcomes, quiet)
        has = await _look(at, api)
        after = plan(has, goal)
    return Run(before, tuple(outcomes), after)


async def _apply(at: Desk, api: Api, has: Present, steps: Plan, outcomes: list[Outcome], quiet: bool) -> None:
    """Each outcome is in the audit trail before the next call."""

    async def tell(outcome: Outcome) -> None:
        outcomes.append(outcome)
        facts = {"end": outcome.end, "code": outcome.code, "why": outcome.step.why}
        event = Event("clerk:main", at.now(), at.actor, "clerk.setup", subject=outcome.step.what, facts=facts)
        await at.database.write(lambda tx: events.record(tx, event))
        if not quiet:
            told.outcome(outcome)

    try:
        await apply.apply(api, has, steps, tell)
    except NotNow as error:
        done = sum(one.end is End.DONE for one in outcomes)
        sentence = f"{error.sentence} {done} of {len(steps.steps)} steps are done."
        raise BridgeError("setup_interrupted", sentence, hint="Run it again: it does what is still missing.") from error


async def _look(at: Desk, api: Api) -> Present:
    known = await at.database.read(lambda tx: governed(tx, at.settings, "main"))
    return await present.read(api, [one.organization for one in known if one.organization is not None])


def _agreed(quiet: bool) -> bool:
    """Where nobody can answer, the plan was all that was asked for."""
    return not quiet and sys.stdin.isatty() and click.confirm("Do it?")


def _role(word: str) -> Role | None:
    return None if word == "keep" else Role.parse(word)
