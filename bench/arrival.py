"""A company arrives as fast as Clerk lets it in, while some people leave and others stand at the door.

    python -m bench.arrival [--people 10000] [--postgresql] [--quick]

Everybody is in one, two or three workspaces. The load may take 1.1 times what Clerk's limit dictates for its calls; beside
it each of 50 people who are deactivated must be signed out within two seconds of the request, and each of 50 who come by
SCIM and sign in for the first time must have a ticket within two seconds (SAML excluded: bench/doorway.py).
"""

import asyncio
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from sqlalchemy import text

from bench import directory as model
from bench.changing.client import Client
from bench.directory import Directory, Human
from bench.house import House
from bench.peers import postgresql, scratch
from bench.report import Report, say, table
from bench.wire import Wire, bearer
from bridge.store.database import Database, open_database

NAME = "acme"
WORKSPACES = {name: {"create": name.capitalize()} for name in ("production", "research", "support")}
TEAMS = {"one": ["support"], "two": ["support", "research"], "three": list(WORKSPACES)}
RULES = [{"name": team, "when": {"group": team}, "grant": dict.fromkeys(grant, "editor")} for team, grant in TEAMS.items()]
OTHERS = 50  # who leave, and who come to the door
WITHIN = 2.0  # seconds
LONGEST = 300.0  # until a run is given up
RATIO = 1.1
LIMIT, WINDOW = 1000, 10.0  # Clerk's, in production
CHUNK = 400  # people pushed before they are put into their teams
LOADERS = 4
_SIGNED_OUT = text(
    """SELECT signed_out FROM person JOIN account ON account.person = person.pk
    WHERE account.connection = :connection AND account.subject = :subject"""
)


@dataclass
class Times:
    """Seconds: from the request to the end of the sessions, from the door to the ticket, of the whole load."""

    out: list[float] = field(default_factory=list)
    entered: list[float] = field(default_factory=list)
    load: float = 0.0
    calls: int = 0
    refused: int = 0

    @property
    def dictated(self) -> float:
        """By the limit alone: the first window's calls may go at once."""
        return max(0.0, (self.calls - LIMIT) / LIMIT * WINDOW)


async def run(folder: Path, *, people: int, others: int, judge_time: bool, database_url: str = "") -> Report:
    """Load, and judge."""
    report, times = Report(), Times()
    house = House(folder, database_url, serve=("-m", "bench.doorway"))
    house.connection(NAME, workspaces=WORKSPACES)
    house.mapping(NAME, RULES)
    store = open_database(house.database_url)
    directory = Directory(NAME)
    try:
        await house.start_sandbox()
        await house.start()
        await house.at_work()
        scene = Scene(house, store, directory, report, times)
        leavers = await scene.before(others, judge_time=judge_time)
        await scene.load(people, leavers, others)
        await _judge(house, directory, report)
    finally:
        await store.close()
        house.close()
    if judge_time:
        _bars(times, report)
    _show(times, people)
    return report


@dataclass
class Scene:
    """The running load and what is measured beside it."""

    house: House
    store: Database
    directory: Directory
    report: Report
    times: Times
    arrived: int = 0
    token: str = ""

    def client(self) -> Client:
        wire = Wire(self.house.ports[0], bearer(self._token()))
        return Client(0, wire, self.directory, [], random.Random(1), self.report)

    async def before(self, leavers: int, *, judge_time: bool) -> list[Human]:
        """Those who will leave are there, with two sessions each, and Clerk's window is empty again. In each team is
        somebody who stays: the brake would hold the last one of a workspace, if they left before anybody had arrived."""
        client = self.client()
        for team in TEAMS:
            await client.group(team)
        people = await self._push(client, leavers + len(TEAMS))
        await self.house.idle()
        users = {one["external_id"]: one["id"] for one in (await self.house.sandbox_says("state"))["users"]}
        with Wire(self.house.sandbox_port, bearer("sk_test_sandbox") | {"Content-Type": "application/json"}) as clerk:
            for user in users.values():
                for _ in range(2):
                    await clerk.call("POST", "/v1/sessions", {"user_id": user})
        if judge_time:
            await asyncio.sleep(WINDOW)
        await self.house.sandbox_says("calls/reset", "POST")
        return people[:leavers]

    async def load(self, people: int, leavers: Sequence[Human], others: int) -> None:
        """Everybody arrives; spread over the time that it will take, people leave and people come to the door."""
        began = time.monotonic()
        arriving = asyncio.gather(*(self._arrive(people // LOADERS) for _ in range(LOADERS)))
        takes = max(2.0, people * 3 / LIMIT * WINDOW * 0.9)
        beside = asyncio.gather(
            *(self._leaves(one, takes * (place + 0.5) / len(leavers)) for place, one in enumerate(leavers)),
            *(self._enters(takes * (place + 1.0) / others) for place in range(others)),
        )
        await arriving
        say(f"{people} people pushed after {time.monotonic() - began:.0f} s; Clerk follows")
        await beside
        await self.house.idle(7200)
        self.times.load = time.monotonic() - began
        counted = await self.house.sandbox_says("calls")
        self.times.calls = counted["total"]
        self.times.refused = counted["statuses"].get("429", 0)

    async def _arrive(self, people: int) -> None:
        client = self.client()
        for start in range(0, people, CHUNK):
            await self._push(client, min(CHUNK, people - start))

    async def _push(self, client: Client, count: int) -> list[Human]:
        people = []
        for _ in range(count):
            self.arrived += 1
            person = await client.create(f"p{self.arrived:06}")
            assert person is not None, "a refusal is in the report"
            people.append(person)
        for place, team in enumerate(TEAMS):
            await client.join(self.directory.teams[team], people[place :: len(TEAMS)])
        return people

    async def _leaves(self, person: Human, after: float) -> None:
        await asyncio.sleep(after)
        client, began = self.client(), time.monotonic()
        value = {"Operations": [{"op": "replace", "value": {"active": False}}]}
        await client.wire.call("PATCH", f"/scim/v2/{NAME}/Users/{person.id}", value)
        person.active = False
        while (await self._row(person))["signed_out"] is None:
            if time.monotonic() - began > LONGEST:
                raise RuntimeError(f"{person.email} left, and is still signed in after {LONGEST:.0f} s")
            await asyncio.sleep(0.02)
        self.times.out.append(time.monotonic() - began)

    async def _enters(self, after: float) -> None:
        await asyncio.sleep(after)
        client = self.client()
        (person,) = await self._push(client, 1)
        began = time.monotonic()
        answer = await client.wire.call("POST", "/bench/enter", {"connection": NAME, "subject": person.id})
        self.times.entered.append(time.monotonic() - began)
        self.report.must(answer.status == 200, f"somebody at the door got {answer.status}")

    async def _row(self, person: Human) -> Any:
        return await self.store.read(lambda tx: tx.one(_SIGNED_OUT, connection=NAME, subject=person.id))

    def _token(self) -> str:
        if not self.token:
            self.token = self.house.token(NAME)
        return self.token


async def _judge(house: House, directory: Directory, report: Report) -> None:
    decided = directory.decided(model.ruleset(house.folder / "config", house.environment(), NAME))
    state = await house.sandbox_says("state")
    found = model.in_clerk(state)
    wrong = [email for email in decided.keys() | found.keys() if decided.get(email) != found.get(email)]
    report.must(not wrong, f"{len(wrong)} of {len(decided)} people don't have in Clerk what is decided: {sorted(wrong)[:3]}")
    report.must(len(state["users"]) == len(directory.people), "somebody is in Clerk twice, or not at all")


def _bars(times: Times, report: Report) -> None:
    ratio = times.load / times.dictated
    report.must(ratio <= RATIO, f"the load took {ratio:.2f} times what the limit dictates")
    for what, seconds in (("signed out", times.out), ("let in", times.entered)):
        late = [one for one in seconds if one >= WITHIN]
        report.must(not late, f"{len(late)} of {len(seconds)} people were {what} after {WITHIN:g} s or more")


def _show(times: Times, people: int) -> None:
    table(
        (f"{people:,} people in up to {len(WORKSPACES)} workspaces", ""),
        [
            ("calls to Clerk", f"{times.calls:,}"),
            ("of them refused by its limit", times.refused),
            ("seconds that the limit dictates for them", f"{times.dictated:.1f}"),
            ("seconds it took", f"{times.load:.1f}"),
            ("ratio", f"{times.load / times.dictated:.3f}" if times.dictated else "-"),
        ],
    )
    table(
        ("seconds", "people", "median", "worst"),
        [
            (what, len(seconds), f"{sorted(seconds)[len(seconds) // 2]:.2f}", f"{max(seconds):.2f}")
            for what, seconds in (
                ("from a deactivation to no session", times.out),
                ("from the door to a ticket", times.entered),
            )
        ],
    )


@click.command()
@click.option("--people", default=10_000, show_default=True)
@click.option("--postgresql", "on_postgresql", is_flag=True, help="On PostgreSQL instead of SQLite.")
@click.option("--quick", is_flag=True, help="120 people, 5 who leave and 5 at the door; no bars of time.")
def main(people: int, on_postgresql: bool, quick: bool) -> None:
    """Let a company arrive at Clerk's limit; exit code 1 if a bar is missed."""
    size: dict[str, Any] = {"people": 120, "others": 5} if quick else {"people": people, "others": OTHERS}
    with scratch() as folder:
        if on_postgresql:
            with postgresql() as url:
                report = asyncio.run(run(folder, **size, judge_time=not quick, database_url=url))
        else:
            report = asyncio.run(run(folder, **size, judge_time=not quick))
    sys.exit(report.end("everybody is in Clerk as decided, and nobody waited behind the load"))


if __name__ == "__main__":
    main()
