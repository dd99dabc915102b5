"""`inferpipe-bridge demo`: the first minute. Service and sandbox start, two directories arrive, a table says why."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from functools import partial
from urllib.request import urlopen

import click
import orjson
from rich.table import Table

from bridge.answers.explain import Explained
from bridge.answers.explain import explain as explain_person
from bridge.audit import events
from bridge.audit.events import Event
from bridge.callers import tokens
from bridge.callers.tokens import Minted
from bridge.cli import desk, standin
from bridge.cli.desk import Desk
from bridge.clock import epoch_ms
from bridge.dirty import persons as marks
from bridge.dirty import scopes
from bridge.errors import BridgeError
from bridge.people import persons
from bridge.replay.onboarding import Act, onboarding
from bridge.replay.onboarding.cast import MOVER
from bridge.replay.player import play
from bridge.rulebook import Rulebook
from bridge.settings import Settings
from bridge.store.migrate import migrate
from scim.ports import Tx

_UP_SECONDS = 60.0  # of a process that lives; one that died is not waited for
_SHOWN = 12  # rows of the table; the rest is counted
_FIRST = ("Ada Okafor", "Mia Chen", "Jonas Weber")  # an owner, the one who moved, one from the other directory
_EVER = 2**62  # epoch ms
_ONE_CALL = ("clerk.user_created", "membership.added", "membership.raised", "membership.lowered", "membership.removed")
_LOOK_FIRST = "workspace.resolved"  # an organization is looked for before it is made, so that a crash makes no second one


@click.command()
@click.option("--exit", "leave", is_flag=True, help="Stop after the table instead of going on.")
def demo(leave: bool) -> None:
    """Set up, start service and sandbox, play two onboardings on an empty data folder, and keep running."""
    settings = desk.settings()
    settings.bridge.data.mkdir(parents=True, exist_ok=True)
    migrate(settings.bridge.database_url)
    if not settings.bridge.clerk.sandbox:
        raise BridgeError("demo_needs_sandbox", "The demo plays on the sandbox only.", hint="Unset CLERK_SECRET_KEY.")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # whatever it is doing, its processes end with it
    with ExitStack() as started:
        started.callback(_stop, standin.ensure_sandbox(settings))
        service = _start(settings)
        started.callback(_stop, service)
        try:
            asyncio.run(_play(settings))
            if not leave:
                _wait(service)
        except KeyboardInterrupt:
            click.echo("\nstopping", err=True)


async def _play(settings: Settings) -> None:
    async with desk.opened(settings) as at:
        empty = not await at.database.read(lambda tx: persons.page(tx, "main", 0, 1))
        if empty:
            before = _calls(settings)
            await _onboard(at)
            await _table(at, _calls(settings) - before)
        else:
            click.echo(f"{settings.bridge.data} is not empty: nothing is played, everything goes on as it was.")
        _point_at(settings)


async def _onboard(at: Desk) -> None:
    acts = onboarding()
    secrets = {name: await _token(at, name) for name in {act.connection for act in acts}}
    for act in acts:
        await _act(at, act, secrets[act.connection])
        await _idle(at)


async def _token(at: Desk, connection: str) -> str:
    minted, now = Minted.new(), at.now()
    await at.database.write(
        lambda tx: tokens.create(tx, minted, connection, label="demo", expires=None, now=now, actor=at.actor)
    )
    return minted.secret


async def _act(at: Desk, act: Act, secret: str) -> None:
    base = f"http://{_host(at.settings.bridge.listen)}/scim/v2/{act.connection}"
    with desk.progress(act.title, len(act.scenario.steps)) as step:
        verdicts = await play(act.scenario, base, secret, on_step=lambda _: step(1))
    failed = [verdict for verdict in verdicts if verdict.failed]
    if failed:
        raise BridgeError("demo_failed", f"{act.title}: {failed[0].step}: {'; '.join(failed[0].problems)}")
    click.echo(f"  {act.title}: {len(verdicts)} requests, all answered as they should be", err=True)


async def _idle(at: Desk) -> None:
    """Until nobody is due, those included whose losses settle and whose group is still to be expanded."""
    with desk.progress("the reconciler brings Clerk to what is decided", 1):
        while await at.database.read(_due):  # noqa: ASYNC110 - another process's
            await asyncio.sleep(0.05)


def _due(tx: Tx) -> bool:
    return bool(scopes.pending(tx, "main", now=_EVER)) or marks.count_due(tx, "main") > 0


async def _table(at: Desk, calls: int) -> None:
    people = await at.database.read(partial(_everybody, settings=at.settings, rulebook=Rulebook(at.settings.connections)))
    aliases = sorted({alias for one in at.settings.connections.values() for alias in one.workspaces})
    people.sort(key=lambda one: (_name(one) not in _FIRST, _name(one)))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("person", "from", *aliases, "why"):
        table.add_column(title, no_wrap=title != "why", overflow="fold")
    for one in people[:_SHOWN]:
        table.add_row(*_row(one, aliases))
    desk.console().print(table)
    having = sum(any(row.in_clerk for row in one.workspaces) for one in people)
    needed = await at.database.read(_needed)
    verdict = "no fewer would do" if calls <= needed else f"{calls - needed} more than it needed"
    rest = f"... {len(people) - _SHOWN} more   " if len(people) > _SHOWN else ""
    click.echo(
        f"{rest}{len(people)} people, {len(aliases)} workspaces, {having} with access, {calls} Clerk calls: {verdict}"
    )


def _everybody(tx: Tx, settings: Settings, rulebook: Rulebook) -> list[Explained]:
    now = epoch_ms()
    found = [explain_person(tx, settings, rulebook, one.pk, now=now) for one in persons.page(tx, "main", 0, 1000)]
    return [one for one in found if one is not None]


def _row(one: Explained, aliases: list[str]) -> list[str]:
    roles = {row.workspace: row.in_clerk or "-" for row in one.workspaces}
    providers = sorted({(account.provider or "?").capitalize() for account in one.accounts})
    return [_name(one), ", ".join(providers), *(roles.get(alias, "-") for alias in aliases), _why(one)]


def _name(one: Explained) -> str:
    return one.accounts[0].display or one.accounts[0].email or "?"


def _why(one: Explained) -> str:
    """The rules that gave something, once each, with the fact behind them."""
    reasons = {f"{because['rule']} <- {', '.join(because['facts'])}" for row in one.workspaces for because in row.because}
    if not reasons:
        return f"{one.accounts[0].state} in the directory"
    return "; ".join(sorted(reasons)) + (" (since the move)" if _moved(one) else "")


def _moved(one: Explained) -> bool:
    """The directory changed their groups after they came."""
    return _name(one) == MOVER.name


def _needed(tx: Tx) -> int:
    """The calls that these changes need, by the audit trail: one per change, two for an organization, and one look at who
    loses something or leaves."""
    happened = events.last(tx, None, 100_000)
    counted = Counter(event.action for event in happened)
    leavers = {event.person for event in happened if event.action == "membership.removed" or _leaves(event)}
    return sum(counted[action] for action in _ONE_CALL) + 2 * counted[_LOOK_FIRST] + len(leavers)


def _leaves(event: Event) -> bool:
    return event.action == "user.changed" and event.facts.get("active") is False


def _point_at(settings: Settings) -> None:
    service, sandbox = _host(settings.bridge.listen), _host(settings.bridge.sandbox_listen)
    command = os.path.relpath(sys.argv[0]) if sys.argv[0].endswith("inferpipe-bridge") else "inferpipe-bridge"
    click.echo(
        f"""
Sign in   http://{sandbox}/idp/example-okta   as one of them, at a stand-in for Okta; owners need a second factor
          {settings.bridge.public_url}/login      by e-mail address
Look at   http://{sandbox}/           people, workspaces and roles as they change
          http://{service}/readyz     what waits; /metrics beside it
          http://{service}/scim/v2/example-okta   where an Okta connector would push
Try       {command} explain mia.chen@acme.example
          {command} who production
          {command} audit --follow"""
    )


def _start(settings: Settings) -> "subprocess.Popen[bytes]":
    """The service, in a process of its own, with its log in the data folder."""
    log, address = settings.bridge.data / "serve.log", f"http://{_host(settings.bridge.listen)}"
    if _answers(f"{address}/healthz"):
        raise BridgeError(
            "already_serving", f"A service answers at {address} already.", hint="Stop it, or set BRIDGE_LISTEN."
        )
    with log.open("ab") as out:
        command = [sys.executable, "-m", "bridge.cli", "serve"]
        process = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL)  # noqa: S603
    deadline = time.monotonic() + _UP_SECONDS
    while not _answers(f"{address}/healthz"):
        if process.poll() is not None or time.monotonic() > deadline:
            _stop(process)
            raise BridgeError("service_failed", "The service did not start.", hint=f"{log} says why.")
        time.sleep(0.05)
    return process


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=1):  # noqa: S310 - our own address
            return True
    except OSError:
        return False


def _calls(settings: Settings) -> int:
    with urlopen(f"http://{_host(settings.bridge.sandbox_listen)}/_sandbox/calls", timeout=5) as answer:
        return int(orjson.loads(answer.read())["total"])


def _wait(service: "subprocess.Popen[bytes]") -> None:
    click.echo("\nRunning. Ctrl-C stops it.", err=True)
    service.wait()


def _stop(process: "subprocess.Popen[bytes] | None") -> None:
    if process is not None and process.poll() is None:
        process.terminate()
        process.wait(timeout=15)


def _host(address: tuple[str, int]) -> str:
    return f"{address[0]}:{address[1]}"
