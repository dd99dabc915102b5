"""`inferpipe-bridge conformance`: what identity providers would make of a SCIM endpoint, step by step."""

import asyncio
import signal
from collections.abc import Sequence
from contextlib import suppress

import click

from bridge.cli import desk
from bridge.errors import BridgeError
from bridge.log import printable
from bridge.replay import conformance as kit
from bridge.replay import endpoint, library
from bridge.replay.conformance import Played, Report, Watcher
from bridge.replay.library import Shelved
from bridge.replay.player import Verdict

_INDENT = " " * 19
_WORD = {"pass": "pass", "fail": "FAIL", "skipped": "skip"}


@click.command()
@click.argument("url")
@click.option("--token", default="", envvar="SCIM_TOKEN", help="Sent as a Bearer token; SCIM_TOKEN keeps it out of `ps`.")
@click.option(
    "--provider", "providers", multiple=True, type=click.Choice(library.PROVIDERS), help="Only this one's; may be repeated."
)
@click.option("--only", multiple=True, metavar="NAME", help="Only this scenario, such as okta/group-push; may be repeated.")
@click.option("--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="Sent with each request, over our own.")
@click.option("--keep", is_flag=True, help="Delete nothing afterwards, to look at it.")
@desk.as_json
def conformance(
    url: str,
    token: str,
    providers: tuple[str, ...],
    only: tuple[str, ...],
    headers: tuple[str, ...],
    keep: bool,
    as_json: bool,
) -> None:
    """Play what identity providers send to the SCIM endpoint URL, any product's, and judge every answer.

    It makes users and groups with names of its own, changes nothing else, and deletes them again. Exit code 1: a step
    failed, or something could not be deleted.
    """
    shelf = library.scenarios(providers or library.PROVIDERS, only)
    given, at = dict(_header(text) for text in headers), endpoint.base(url)
    watcher = Watcher() if as_json else Watcher(_begins, _judged, _ends)
    report = asyncio.run(_examined(at, token, shelf, given, keep, watcher))
    if as_json:
        desk.print_json(report.as_dict())
    else:
        click.echo(_summary(report))
    if not report.ok:
        raise SystemExit(1)


async def _examined(
    url: str, token: str, shelf: Sequence[Shelved], headers: dict[str, str], keep: bool, watcher: Watcher
) -> Report:
    """SIGTERM ends it as ^C does: what was made is deleted first."""
    task = asyncio.current_task()
    assert task is not None
    with suppress(NotImplementedError, RuntimeError):  # not in a thread, not on Windows
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        return await kit.examine(url, token, shelf, headers=headers, keep=keep, watcher=watcher)
    except asyncio.CancelledError:
        raise SystemExit(130) from None


def _begins(shelved: Shelved) -> None:
    click.echo(f"{shelved.name}: {shelved.scenario.name}")


def _judged(verdict: Verdict) -> None:
    time = f"{verdict.ms:6.0f} ms" if verdict.status is not None else " " * 9
    click.echo(f"  {_WORD[verdict.outcome]}  {time}  {verdict.step.name}{'  SLOW' if verdict.slow else ''}")
    told = [verdict.skipped] if verdict.skipped else [*verdict.problems]
    if verdict.failed:
        told += [f"sent: {verdict.sent}"] if verdict.sent else []
        told += [f"who needs this: {verdict.step.who}"] if verdict.step.who else []
        told += [f"source: {verdict.step.why}"] if verdict.step.why else []
    _indented(told)


def _ends(played: Played) -> None:
    _indented([f"kept {path}" for path in played.kept])
    _indented([f"LEFT BEHIND: {sentence}" for sentence in played.left])
    click.echo()


def _indented(texts: Sequence[str]) -> None:
    """A server's words may hold what a terminal obeys."""
    for text in texts:
        click.echo(f"{_INDENT}{printable(text)}")


def _summary(report: Report) -> str:
    counts = f"{report.count('pass')} passed, {report.count('fail')} failed, {report.count('skipped')} skipped"
    slow = f", {report.slow} slower than their provider allows" if report.slow else ""
    alone = "" if report.announced else " It has no ServiceProviderConfig: what needs an announcement was skipped."
    return f"{report.url}: {counts}{slow}.{alone}"


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip() or not value.strip():
        raise BridgeError("header_malformed", f"{text!r} is no header.", hint="Write 'NAME: VALUE'.")
    return name.strip(), value.strip()
