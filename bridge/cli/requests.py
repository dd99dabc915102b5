"""`inferpipe-bridge requests`: what an IdP asked lately, and what it was told."""

import asyncio
import datetime
import re
from collections.abc import Callable

import click
import orjson

from bridge.cli import desk
from bridge.cli.desk import Desk
from bridge.errors import BridgeError
from bridge.requests import entries
from bridge.requests.entries import Entry, Wanted

_POLL = 0.5  # seconds
_OVERLAP = 200  # replicas commit in another order than they take keys; so many are looked at again
_STATUS = re.compile(r"([1-5])(\d\d|xx)", re.I)


@click.command()
@click.argument("connection")
@click.option("-n", "count", default=50, show_default=True, type=click.IntRange(0, 10_000), help="How many, newest last.")
@click.option("--status", metavar="STATUS", help="Only of this status, such as 409, or of its kind: 4xx.")
@click.option("--method", metavar="METHOD", help="Only of this method, such as PATCH.")
@click.option("--healed", is_flag=True, help="Only those whose dialect had to be healed.")
@click.option("--body", "bodies", is_flag=True, help="Print every body; those of failed requests are printed anyway.")
@click.option("--follow", is_flag=True, help="Go on with what comes, a second later.")
@desk.as_json
def requests(
    connection: str,
    count: int,
    status: str | None,
    method: str | None,
    healed: bool,
    bodies: bool,
    follow: bool,
    as_json: bool,
) -> None:
    """The last SCIM requests of CONNECTION, with answers, healers and bodies. --json prints one a line."""
    lowest, highest = _range(status)
    wanted = Wanted(lowest, highest, (method or "").upper(), healed)

    def show(found: list[Entry]) -> None:
        for one in found:
            text = orjson.dumps(one.as_dict()).decode() if as_json else "\n".join(_lines(one, bodies))
            click.echo(text)

    async def work(at: Desk) -> None:
        at.connection(connection)
        newest = await at.database.read(lambda tx: entries.newest(tx, connection))
        found = await at.database.read(lambda tx: entries.last(tx, connection, wanted, count))
        show(found)
        if not found and not follow and not as_json:
            click.echo(_nothing(at, connection, newest))
        if follow:
            await _follow(at, connection, wanted, max(newest, found[-1].pk if found else 0), show)

    desk.at_desk(work)


async def _follow(at: Desk, connection: str, wanted: Wanted, newest: int, show: Callable[[list[Entry]], None]) -> None:
    """Each one once, although a smaller key may be seen after a larger one."""
    known = await at.database.read(lambda tx: entries.after(tx, connection, newest - _OVERLAP, wanted))
    seen = {one.pk for one in known if one.pk <= newest}
    while True:
        since = newest - _OVERLAP
        found = await at.database.read(lambda tx, since=since: entries.after(tx, connection, since, wanted))  # type: ignore[misc]
        show([one for one in found if one.pk not in seen])
        seen = {one.pk for one in found}
        newest = max(newest, *seen) if seen else newest
        await _pause(_POLL)


async def _pause(seconds: float) -> None:
    await asyncio.sleep(seconds)


def _lines(one: Entry, bodies: bool) -> list[str]:
    lines = [f"... {one.dropped} requests before this one were answered and not kept"] if one.dropped else []
    then = datetime.datetime.fromtimestamp(one.at / 1000).astimezone().isoformat(" ", "milliseconds")[:23]
    head = f"{then}  {one.status}  {one.method:6} {one.path}  {one.ms:.1f} ms  {one.actor or 'nobody'}  {one.address or '-'}"
    lines.append(head + (f"  healed: {', '.join(one.healers)}" if one.healers else ""))
    if one.status >= 400:
        told = ": ".join(text for text in (one.scim_type, one.detail) if text)
        lines += [f"    {told}"] if told else []
        lines.append(f"    request {one.request_id}  {one.agent or ''}".rstrip())
    if one.body and (bodies or one.status >= 400):
        lines.append(f"    {one.body}" + (f"  ({one.size} bytes in all)" if one.body.endswith("…") else ""))
    return lines


def _range(status: str | None) -> tuple[int, int]:
    if status is None:
        return 0, 999
    found = _STATUS.fullmatch(status)
    if found is None:
        raise BridgeError("status_malformed", f"{status} is no status.", hint="Write one such as 409, or a kind: 4xx.")
    kind, rest = int(found[1]) * 100, found[2]
    return (kind, kind + 99) if rest.lower() == "xx" else (kind + int(rest), kind + int(rest))


def _nothing(at: Desk, connection: str, newest: int) -> str:
    if not at.settings.bridge.requests_keep:
        return "No requests are kept: bridge.yaml says `requests: {keep: 0}`."
    return "No request of that kind is kept." if newest else f"No request for {connection} has come yet."
